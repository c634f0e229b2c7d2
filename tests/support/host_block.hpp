// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <barrier>
#include <cstddef>
#include <thread>
#include <vector>

#include "mace/backend/block.hpp"

namespace mace::test {

/// A block whose threads are the host's (backend/block.hpp).
class HostBlock {
 public:
  HostBlock(int thread, int threads, std::barrier<>& barrier) : thread_(thread), threads_(threads), barrier_(barrier) {}
  int thread() const { return thread_; }
  int threads() const { return threads_; }
  void sync() const { barrier_.arrive_and_wait(); }
  int lanes() const { return 1; }
  template <class T>
  T sum_over_lanes(T value) const {
    return value;
  }

 private:
  int thread_, threads_;
  std::barrier<>& barrier_;
};

/// kernel(block, b, shared) for blocks 0 ... blocks - 1, one after the other, of so many threads; shared memory is what
/// the last block left, as on a device.
template <class Kernel>
void run_blocks(int threads, Index blocks, const Kernel& kernel) {
  std::vector<std::max_align_t> shared(Kernel::shared_bytes() / sizeof(std::max_align_t) + 1);
  std::barrier<> barrier(threads);
  std::vector<std::jthread> team;
  for (int t = 0; t < threads; ++t)
    team.emplace_back([&, t] {
      HostBlock block(t, threads, barrier);
      for (Index b = 0; b < blocks; ++b) {
        kernel(block, b, shared.data());
        barrier.arrive_and_wait();
      }
    });
}

}  // namespace mace::test
