// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "mace/io/byte_reader.hpp"

namespace mace::detail {

/// A 128-bit hash.
using ContentHash = std::array<std::uint64_t, 2>;

/// Hash of bytes: MurmurHash3_x64_128 with seed 0 (A. Appleby, 2011), about 3 GB/s. Two files that differ have the same
/// hash with a probability of 3e-39, so equal hashes are taken for equal contents. It does not withstand someone who
/// makes files with equal hashes on purpose.
inline ContentHash content_hash(std::span<const std::byte> bytes) {
  constexpr std::uint64_t c1 = 0x87c37b91114253d5, c2 = 0x4cf5ad432745937f;
  const auto first = [](std::uint64_t word) { return std::rotl(word * c1, 31) * c2; };
  const auto second = [](std::uint64_t word) { return std::rotl(word * c2, 33) * c1; };
  const auto mixed = [](std::uint64_t h) {
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;
    return h ^ (h >> 33);
  };
  std::uint64_t a = 0, b = 0, words[2];
  std::size_t at = 0;
  for (; at + sizeof(words) <= bytes.size(); at += sizeof(words)) {
    std::memcpy(words, bytes.data() + at, sizeof(words));
    a = (std::rotl(a ^ first(words[0]), 27) + b) * 5 + 0x52dce729;
    b = (std::rotl(b ^ second(words[1]), 31) + a) * 5 + 0x38495ab5;
  }
  // The rest, filled up with zeros, which leave a hash as it is.
  std::memset(words, 0, sizeof(words));
  if (at < bytes.size()) std::memcpy(words, bytes.data() + at, bytes.size() - at);
  a ^= first(words[0]) ^ bytes.size();
  b ^= second(words[1]) ^ bytes.size();
  a += b;
  b += a;
  a = mixed(a);
  b = mixed(b);
  a += b;
  return {a, b + a};
}

inline ContentHash content_hash(std::string_view text) {
  return content_hash(std::as_bytes(std::span(text)));
}

/// The first hexadecimal digits of a hash, at most 16.
inline std::string hex_digits(const ContentHash& hash, int count) {
  std::string digits;
  for (int i = 0; i < count; ++i) digits += "0123456789abcdef"[hash[0] >> (60 - 4 * i) & 15];
  return digits;
}

}  // namespace mace::detail
