// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

#include "mace/core/config.hpp"
#include "mace/core/view.hpp"

/// Kernels with shared memory are written against the concept ThreadBlock. On a device it is a CUDA block; in the tests
/// it is a group of host threads with a barrier, so that data races and missing calls of `sync` are found without a
/// device.
namespace mace {

/// A block of threads 0 … threads() - 1, in which the calling thread is thread(). sync() is a barrier after which all
/// threads see each other's writes. Groups of lanes() consecutive threads run in lockstep (warps); sum_over_lanes(x)
/// returns to each thread the sum of x over its group.
template <class B>
concept ThreadBlock = requires(B& block) {
  { block.thread() } -> std::convertible_to<int>;
  { block.threads() } -> std::convertible_to<int>;
  { block.lanes() } -> std::convertible_to<int>;
  { block.sum_over_lanes(1.0f) } -> std::same_as<float>;
  block.sync();
};

/// Reduces one value per thread to values[0], always in the same order.
/// @param block the block; its number of threads is a power of two
/// @param values shared memory with one entry per thread, already written by each thread
/// @param combine function that reduces two values to one
template <class Block, class T, class Combine>
MACE_HD void combine_block(Block& block, T* values, const Combine& combine) {
  for (int half = block.threads() / 2; half > 0; half /= 2) {
    block.sync();
    if (block.thread() < half) values[block.thread()] = combine(values[block.thread()], values[block.thread() + half]);
  }
  block.sync();
}

}  // namespace mace
