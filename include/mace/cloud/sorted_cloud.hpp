// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Point cloud in Morton order for exact nearest-neighbor search on the host. Coordinates are stored by axis, in blocks
/// of 16 neighboring points with bounding boxes, by which the search prunes. Coordinates may be NaN or infinite, and
/// the cloud may be empty. `assign` allocates memory only for a cloud larger than any before.
class SortedCloud {
 public:
  static constexpr Index block = 16;

  SortedCloud() = default;
  explicit SortedCloud(std::span<const float> xyz) { assign(xyz.data(), static_cast<Index>(xyz.size() / 3)); }

  /// Sorts and stores a cloud of `points` points, given as x, y, z of one after the other.
  void assign(const float* xyz, Index points) {
    points_ = points;
    blocks_ = (points + block - 1) / block;
    int broken = 0;
    for (Index i = 0; i < 3 * points; ++i) broken |= numeric::is_finite(xyz[i]) ? 0 : 1;
    finite_ = broken == 0;
    sort(xyz);
    const auto padded = static_cast<std::size_t>(blocks_ * block);
    for (int axis = 0; axis < 3; ++axis) {
      auto& out = coordinate_[static_cast<std::size_t>(axis)];
      out.resize(padded);
      for (Index i = 0; i < points; ++i) out[static_cast<std::size_t>(i)] = xyz[3 * original(i) + axis];
      // Padding repeats the last point as a query; searches never visit it as a target.
      std::fill(out.begin() + points, out.end(), points > 0 ? out[static_cast<std::size_t>(points - 1)] : 0.0f);
      bound(axis);
    }
  }

  /// Reserves memory for a cloud of `points` points.
  void reserve(Index points) {
    const auto padded = static_cast<std::size_t>((points + block - 1) / block * block);
    for (auto& c : coordinate_) c.reserve(padded);
    for (auto* bounds : {&low_, &high_})
      for (auto& b : *bounds) b.reserve((padded + 255) / 256 * 16);
    code_.reserve(padded), order_.reserve(padded), swap_.reserve(padded);
  }

  Index points() const { return points_; }
  /// Returns whether all coordinates are finite. If not, a search in the cloud is safe but its result is meaningless.
  bool finite() const { return finite_; }
  Index blocks() const { return blocks_; }
  /// Coordinates of all points along an axis, in Morton order, padded to whole blocks.
  const float* coordinate(int axis) const { return coordinate_[static_cast<std::size_t>(axis)].data(); }
  /// Smallest (`low`) and largest (`high`) coordinates of each block along an axis, padded to a multiple of 16 blocks.
  const float* low(int axis) const { return low_[static_cast<std::size_t>(axis)].data(); }
  const float* high(int axis) const { return high_[static_cast<std::size_t>(axis)].data(); }
  /// Index in the assigned cloud of the i-th point in Morton order.
  Index original(Index i) const { return order_[static_cast<std::size_t>(i)]; }

 private:
  /// Moves bit i of seven bits to bit 3 i.
  static std::uint32_t spread(std::uint32_t x) {
    x = (x | (x << 8)) & 0x0000f00fu;
    x = (x | (x << 4)) & 0x000c30c3u;
    return (x | (x << 2)) & 0x00249249u;
  }

  /// Grid cell of a scaled coordinate; 0 for NaN, which also results if the extent or its inverse overflows.
  static std::uint32_t cell(float place) { return static_cast<std::uint32_t>(std::min(127.0f, std::max(0.0f, place))); }

  /// Sorts the points by 21-bit Morton codes with a stable radix sort of two passes.
  void sort(const float* xyz) {
    std::array<float, 3> low{}, scale{};
    for (int axis = 0; axis < 3; ++axis) {
      float smallest = numeric::infinity, largest = -numeric::infinity;
      for (Index i = 0; i < points_; ++i) {
        smallest = std::min(smallest, xyz[3 * i + axis]);
        largest = std::max(largest, xyz[3 * i + axis]);
      }
      low[static_cast<std::size_t>(axis)] = smallest;
      scale[static_cast<std::size_t>(axis)] = largest > smallest ? 127.0f / (largest - smallest) : 0.0f;
    }
    const auto n = static_cast<std::size_t>(points_);
    code_.resize(n);
    order_.resize(n);
    swap_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      std::uint32_t code = 0;
      for (std::size_t axis = 0; axis < 3; ++axis)
        code |= spread(cell((xyz[3 * i + axis] - low[axis]) * scale[axis])) << axis;
      code_[i] = code;
      swap_[i] = static_cast<std::int32_t>(i);
    }
    radix_pass(swap_, order_, 0);
    radix_pass(order_, swap_, 11);
    order_.swap(swap_);
  }

  void radix_pass(const std::vector<std::int32_t>& from, std::vector<std::int32_t>& to, int shift) const {
    std::array<std::int32_t, 2048> start{};
    const auto digit = [&](std::int32_t i) { return (code_[static_cast<std::size_t>(i)] >> shift) & 2047u; };
    for (const std::int32_t i : from) ++start[digit(i)];
    std::int32_t total = 0;
    for (std::int32_t& s : start) total += std::exchange(s, total);
    for (const std::int32_t i : from) to[static_cast<std::size_t>(start[digit(i)]++)] = i;
  }

  void bound(int axis) {
    const auto a = static_cast<std::size_t>(axis);
    const auto padded = static_cast<std::size_t>((blocks_ + 15) / 16 * 16);
    low_[a].assign(padded, 0.0f);
    high_[a].assign(padded, 0.0f);
    for (Index b = 0; b < blocks_; ++b) {
      const float* first = coordinate(axis) + b * block;
      const auto [least, most] = std::minmax_element(first, first + std::min(block, points_ - b * block));
      low_[a][static_cast<std::size_t>(b)] = *least;
      high_[a][static_cast<std::size_t>(b)] = *most;
    }
  }

  Index points_ = 0, blocks_ = 0;
  bool finite_ = true;
  std::array<std::vector<float>, 3> coordinate_, low_, high_;
  std::vector<std::uint32_t> code_;
  std::vector<std::int32_t> order_, swap_;
};

}  // namespace mace
