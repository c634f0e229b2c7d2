// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/range.hpp"
#include "mace/core/vec.hpp"

/// Many numbers as a short text: what a page's clouds and poses are stored in.
namespace mace::examples {

/// Bytes in the standard alphabet of RFC 4648, with padding.
inline std::string base64(std::span<const std::byte> bytes) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t here = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t b = 0; b < 3; ++b)
      word = word << 8 | (b < here ? std::to_integer<std::uint32_t>(bytes[i + b]) : 0);
    for (std::size_t c = 0; c < 4; ++c) text += c <= here ? alphabet[word >> (18 - 6 * c) & 63u] : '=';
  }
  return text;
}

/// Numbers as they lie in memory: little endian.
template <class Number>
std::string base64_of(const std::vector<Number>& numbers) {
  static_assert(std::endian::native == std::endian::little);
  return base64(std::as_bytes(std::span(numbers)));
}

/// An upright box around all that it was told of: the range that positions are rounded in.
class Bounds {
 public:
  void include(const Vec<3, double>& point) {
    for (std::size_t i = 0; i < 3; ++i)
      if (const double x = point[static_cast<int>(i)]; std::isfinite(x)) along_[i].include(x);
  }
  /// x, y, z of one point after the other.
  void include(std::span<const float> xyz) {
    for (std::size_t i = 0; i < xyz.size(); ++i)
      if (std::isfinite(xyz[i])) along_[i % 3].include(static_cast<double>(xyz[i]));
  }

  /// Along an axis: at least a micrometer long, also where nothing was told of.
  Range along(std::size_t axis) const {
    const Range& range = along_[axis];
    if (!(range.low <= range.high)) return {0, 1e-6};
    return range.length() >= 1e-6 ? range : range.stretched_to(1e-6);
  }

  /// Positions as shares of the bounds in 65535ths, so at most half of one off. What is outside goes to the border, a
  /// NaN to the lower one.
  void pack(std::span<const float> xyz, std::vector<std::uint16_t>& packed) const {
    const std::array<Range, 3> ranges{along(0), along(1), along(2)};
    for (std::size_t i = 0; i < xyz.size(); ++i) {
      const Range& range = ranges[i % 3];
      const double share = (static_cast<double>(xyz[i]) - range.low) / range.length();
      packed.push_back(static_cast<std::uint16_t>(std::lround(65535 * (share > 0 ? std::min(share, 1.0) : 0.0))));
    }
  }

 private:
  std::array<Range, 3> along_;
};

}  // namespace mace::examples
