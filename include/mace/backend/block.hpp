// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

#include "mace/core/config.hpp"
#include "mace/core/view.hpp"

/// Kernels whose threads share memory are written for a block of threads, whatever that is: on a device a block, in the
/// tests as many threads of the host with a barrier, where a race or a missing `sync` is found without a device.
namespace mace {

/// Threads 0 … threads() - 1, of which the caller is thread(); at sync() all wait for each other and see what the
/// others wrote. lanes() threads that follow one another go through the code together, and may add up what each has:
/// all of them get the sum.
template <class B>
concept ThreadBlock = requires(B& block) {
  { block.thread() } -> std::convertible_to<int>;
  { block.threads() } -> std::convertible_to<int>;
  { block.lanes() } -> std::convertible_to<int>;
  { block.sum_over_lanes(1.0f) } -> std::same_as<float>;
  block.sync();
};

/// Puts combine(values[0], …, values[threads - 1]) into values[0], always in the same order. `values`, in shared
/// memory, has a place a thread, which all have written; a power of two of them.
template <class Block, class T, class Combine>
MACE_HD void combine_block(Block& block, T* values, const Combine& combine) {
  for (int half = block.threads() / 2; half > 0; half /= 2) {
    block.sync();
    if (block.thread() < half) values[block.thread()] = combine(values[block.thread()], values[block.thread() + half]);
  }
  block.sync();
}

}  // namespace mace
