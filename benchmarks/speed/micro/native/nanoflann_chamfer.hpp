// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

namespace mace::benchmarks {

/// A cloud in nanoflann's k-d tree.
class NanoflannCloud {
 public:
  NanoflannCloud(const float* xyz, std::size_t points);
  ~NanoflannCloud();
  /// CD_k of this cloud and another, both ways; the other gets a tree of its own.
  float chamfer_sum(const float* xyz, std::size_t points, int k) const;

 private:
  struct Tree;
  std::unique_ptr<Tree> tree_;
};

}  // namespace mace::benchmarks
