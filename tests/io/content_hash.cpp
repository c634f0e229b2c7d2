// SPDX-License-Identifier: Apache-2.0
#include "mace/io/content_hash.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "io/support.hpp"

using mace::detail::content_hash;
using mace::detail::ContentHash;

TEST_CASE("content hash: published values of MurmurHash3_x64_128") {
  CHECK(content_hash("") == ContentHash{0, 0});
  CHECK(content_hash("hello") == ContentHash{0xcbd8a7b341bd9b02, 0x5b1e906a48ae1d19});
  CHECK(content_hash("The quick brown fox jumps over the lazy dog") ==
        ContentHash{0xe34bbc7bbc071b6c, 0x7a433ca9c49a9347});
  CHECK(mace::detail::hex_digits(content_hash("hello"), 6) == "cbd8a7");
}

TEST_CASE("content hash: every bit and every length counts") {
  const std::string text(40, 'a');
  std::set<ContentHash> seen;
  for (std::size_t length = 0; length <= text.size(); ++length) seen.insert(content_hash(text.substr(0, length)));
  for (std::size_t at = 0; at < text.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      seen.insert(content_hash(io_test::bytes_of(changed)));
    }
  CHECK(seen.size() == 41 + 8 * 40);
}
