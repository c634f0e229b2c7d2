// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include "mace/core/activation.hpp"
#include "mace/core/buffer.hpp"
#include "mace/core/philox.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Summary of the scores of one round.
struct ScoreSummary {
  float mean_score = 0;  ///< mean of exp(log score)
  float best_log_score = -numeric::infinity;
  std::int32_t nans = 0;  ///< number of log scores that are NaN
};

/// Interface of a backend: memory, loops, random numbers, dense layers, selection and rounds. `Cpu` documents its
/// members. A stage uses no other members; custom kernels are free functions with the executor as first argument.
template <class E>
concept Executor = requires(E& exec, RandomKey key, Activation activation, MatrixView<float> m,
                            MatrixView<const float> c, std::span<float> values, std::span<const float> read,
                            std::span<std::int32_t> indices, std::span<const std::int32_t> chosen,
                            typename E::template Packed<float>& packed, void (*task)(Index, Index), void (*work)(),
                            ScoreSummary* summary, std::int32_t* found, typename E::Recording& recording) {
  typename E::template Mailbox<float>;
  typename E::Space;
  { exec.seed() } -> std::convertible_to<std::uint64_t>;
  { exec.column_block() } -> std::convertible_to<Index>;
  { exec.workers() } -> std::convertible_to<Index>;
  { exec.chain_length(Index{}) } -> std::convertible_to<Index>;
  { E::max_chain } -> std::convertible_to<Index>;
  exec.side_by_side(Index{}, task);
  { exec.template allocate<float>(Index{}) } -> std::same_as<Buffer<float, typename E::Space>>;
  { exec.upload(read) } -> std::same_as<Buffer<float, typename E::Space>>;
  exec.copy(read, values);
  exec.fill(values, 0.0f);
  exec.gather(c, chosen, m);
  exec.fill_normal(m, key);
  exec.pack(c, packed);
  exec.freeze(c, packed);
  exec.affine(c, read, c, m, activation);
  exec.affine_input_gradient(c, c, m);
  exec.affine_weight_gradient(c, c, m, values);
  exec.top_k(read, std::int32_t{}, indices, indices, values, found);
  exec.summarize(read, summary);
  exec.find_not_finite(read, found);
  { exec.all_finite(read) } -> std::same_as<bool>;
  { E::rounds_ahead } -> std::convertible_to<Index>;
  { exec.replay(recording, work) } -> std::same_as<bool>;
  recording.forget();
  exec.finish();
  /// Runs `work` only if *found is not 0. A device always calls `work`; there the kernels of its loops and copies read
  /// *found, but matrix products run unconditionally (see Cuda::only_if).
  exec.only_if(found, work);
};

/// A stage of whole rounds whose kernel launches a device can record once and replay: it uses only the executor's
/// primitives, does the same in every round and never waits for the device. Such a stage declares `static constexpr
/// bool capturable = true`. (Functors of one sample need no declaration; a stage that runs an external engine is not
/// capturable.)
template <class Stage>
concept Capturable = requires {
  requires Stage::capturable;
};

}  // namespace mace
