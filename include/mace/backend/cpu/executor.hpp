// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ranges>
#include <span>
#include <thread>
#include <type_traits>

#include "mace/backend/concept.hpp"
#include "mace/backend/cpu/bf16.hpp"
#include "mace/backend/cpu/dense.hpp"
#include "mace/backend/cpu/isa.hpp"
#include "mace/backend/cpu/normals.hpp"
#include "mace/backend/cpu/thread_pool.hpp"
#include "mace/backend/precision.hpp"
#include "mace/core/activation.hpp"
#include "mace/core/buffer.hpp"
#include "mace/core/philox.hpp"

namespace mace {

/// Most threads that a host executor starts: as many as there are processors, or eight. Where there are fewer
/// processors, up to eight cost nothing; a thousand take most of the time to wake.
inline int most_threads() {
  return std::max(8, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Options of the host executor.
struct CpuOptions {
  std::uint64_t seed = 0;  ///< seed of all random numbers
  int threads = 1;         ///< including the caller's, at most most_threads(); results do not depend on it
  Isa isa = best_isa();    ///< instruction set of the kernels; a narrower one is useful for comparisons
  Precision precision = Precision::fp32;  ///< of the factors of products with frozen weights
};

/// Weights in the memory layout of the matrix product, for repeated use; made by `Cpu::pack` or `Cpu::freeze`.
template <class Real>
struct PackedWeights {
  Buffer<Real> panels;
  Buffer<std::uint32_t> pairs;  ///< the weights rounded to bfloat16, which replace `panels`
  Index inputs = 0, outputs = 0;
  Isa isa = Isa::portable;  ///< instruction set for which the weights are packed
};

/// Host executor. Its primitives run on `threads` threads and give the same bits for any number of threads. Only one
/// thread at a time may use an executor.
class Cpu {
 public:
  using Space = HostSpace;
  template <class Real>
  using Packed = PackedWeights<Real>;

  /// @throws Error if the machine does not support the instruction set or the precision, or the threads cannot be
  /// started.
  explicit Cpu(const CpuOptions& options) : options_(options), pool_(std::min(options.threads, most_threads())) {
    options_.threads = pool_.threads();
    require(options.isa <= best_isa(), "cpu: wanted an instruction set that this machine has");
    require(options.precision != Precision::tf32, "cpu: wanted Precision::fp32 or bf16, got tf32");
    require(options.precision == Precision::fp32 || (bf16::available() && options.isa == Isa::avx512),
            "cpu: Precision::bf16 wants AVX-512 BF16, which this machine does not have or `isa` leaves out");
  }

  std::uint64_t seed() const { return options_.seed; }
  /// Number of threads, including the caller's.
  int threads() const { return options_.threads; }
  Isa isa() const { return options_.isa; }
  /// Number of columns to pass at a time through a chain of layers, each of which runs on all threads, so that
  /// activations stay in the cache.
  Index column_block() const { return 384 * options_.threads; }

  // Memory

  /// Allocates `size` zero-initialized values.
  template <class T>
  Buffer<T> allocate(Index size) const {
    return Buffer<T>(size);
  }
  /// Copies a vector, an array or a span of the host to a new buffer in the executor's memory.
  template <std::ranges::contiguous_range Range>
  auto upload(const Range& values) const {
    Buffer<std::ranges::range_value_t<Range>> buffer(static_cast<Index>(std::ranges::size(values)));
    std::ranges::copy(values, buffer.data());
    return buffer;
  }
  /// Copies values within the executor's memory.
  /// @throws Error if the sizes differ.
  template <class T>
  void copy(std::span<const T> from, std::span<T> to) const {
    require(from.size() == to.size(), "copy: wanted ", to.size(), " values, got ", from.size());
    std::copy(from.begin(), from.end(), to.begin());
  }
  /// Sets all values to `value`.
  template <class T>
  void fill(std::span<T> values, T value) const {
    std::fill(values.begin(), values.end(), value);
  }
  /// Copies column indices[i] of `from` to column i of `to` for each i.
  template <class T>
  void gather(MatrixView<const T> from, std::span<const std::int32_t> indices, MatrixView<T> to) {
    const Index count = static_cast<Index>(indices.size());
    const auto copy_column = [&](Index i) {
      std::copy_n(from.column(indices[static_cast<std::size_t>(i)]), from.rows(), to.column(i));
    };
    if (count * from.rows() < 65536)  // too little work to wake the pool
      for (Index i = 0; i < count; ++i) copy_column(i);
    else
      for_each_sample(count, copy_column);
  }

  // Loops

  /// Calls f(0) … f(count - 1) in parallel, where a call does the work of one sample.
  template <class F>
  void for_each_sample(Index count, const F& f) {
    const Index block = std::max<Index>(1, count / (16 * options_.threads));
    pool_.run((count + block - 1) / block, [&](Index b) {
      for (Index i = b * block, end = std::min(count, i + block); i < end; ++i) f(i);
    });
  }
  /// Calls f(0) … f(count - 1) in parallel and vectorized, where a call does a few operations on one entry of flat
  /// buffers.
  template <class F>
  void for_each_element(Index count, const F& f) {
    const Index block = 16384;
    const auto task = [&](Index b) { dispatch(isa(), ElementLoop{}, &f, b * block, std::min(count, (b + 1) * block)); };
    if (count <= 4 * block)
      for (Index b = 0; b * block < count; ++b) task(b);
    else
      pool_.run((count + block - 1) / block, task);
  }

  // Tasks

  /// Number of tasks that `side_by_side` runs concurrently.
  Index workers() const { return options_.threads; }
  /// Calls f(task, worker) for the tasks 0 … count - 1, which may call the executor's primitives. Tasks begin in order,
  /// so a task may wait for an earlier one but not for a later one. Concurrent tasks have different workers in
  /// 0 … workers() - 1, so each may use scratch memory of its worker.
  template <class F>
  void side_by_side(Index count, const F& f) {
    pool_.run(count, [&](Index task) { f(task, static_cast<Index>(pool_.worker())); });
  }
  /// Largest value of chain_length().
  static constexpr Index max_chain = 192;
  /// Number of samples that one task should pass through a chain of layers if there are `samples` in all. It fits in
  /// the cache, balances the workers and is a multiple of the matrix product's tile.
  Index chain_length(Index samples) const {
    const Index tasks = (samples + max_chain * workers() - 1) / (max_chain * workers()) * workers();
    return tasks == 0 ? max_chain : ((samples + tasks - 1) / tasks + 11) / 12 * 12;
  }

  // Random numbers

  /// Fills a matrix with standard normal numbers; entry r of column c is number r of sample c.
  void fill_normal(MatrixView<float> out, const RandomKey& key) {
    const Index blocks = (out.rows() + 3) / 4 * out.cols(), together = 1024;
    pool_.run((blocks + together - 1) / together, [&](Index b) {
      dispatch(isa(), NormalKernel{}, out, &key, b * together, std::min(blocks, (b + 1) * together));
    });
  }

  // Dense layers: weights [inputs, outputs], one column per neuron (the memory layout of PyTorch); x [inputs, n], y
  // [outputs, n]

  /// Forward pass of a dense layer: y = activation(weights^T x + bias).
  /// @throws Error if the shapes do not match.
  template <class Real>
  void affine(MatrixView<const Real> weights, std::span<const Real> bias, MatrixView<const Real> x, MatrixView<Real> y,
              Activation activation) {
    layer<Real>(dense::by_neurons(weights), nullptr, bias, x, y, activation);
  }
  /// Forward pass with packed weights.
  /// @throws Error if the shapes do not match or the weights were packed for another instruction set.
  template <class Real>
  void affine(const PackedWeights<Real>& weights, std::span<const Real> bias, MatrixView<const Real> x,
              MatrixView<Real> y, Activation activation) {
    require(weights.isa == isa(), "affine: wanted weights that were packed for this executor's instruction set");
    if constexpr (std::is_same_v<Real, float>)
      if (weights.pairs.size() > 0) return rounded_layer(weights, bias, x, y, activation);
    layer<Real>({nullptr, weights.outputs, weights.inputs, 0, 0}, weights.panels.data(), bias, x, y, activation);
  }
  /// Packs weights for repeated calls of `affine`. `packed` keeps its memory if the dimensions are unchanged.
  template <class Real>
  void pack(MatrixView<const Real> weights, PackedWeights<Real>& packed) {
    const Index size = dense::packed_size<Real>(isa(), weights.cols(), weights.rows());
    if (packed.panels.size() != size) packed.panels = Buffer<Real>(size);
    packed.inputs = weights.rows();
    packed.outputs = weights.cols();
    packed.isa = isa();
    packed.pairs = {};
    dense::pack(pool_, isa(), dense::by_neurons(weights), packed.panels.data());
  }
  /// Packs weights that will not change. In products with them both factors are rounded to the executor's precision.
  template <class Real>
  void freeze(MatrixView<const Real> weights, PackedWeights<Real>& packed) {
    if constexpr (std::is_same_v<Real, float>)
      if (options_.precision == Precision::bf16) {
        packed = {{}, Buffer<std::uint32_t>(bf16::packed_size(weights)), weights.rows(), weights.cols(), isa()};
        return bf16::pack(weights, packed.pairs.data());
      }
    pack(weights, packed);
  }

  /// Gradient in a dense layer's input: dx = weights dy.
  /// @throws Error if the shapes do not match.
  template <class Real>
  void affine_input_gradient(MatrixView<const Real> weights, MatrixView<const Real> dy, MatrixView<Real> dx) {
    check_layer("affine_input_gradient", weights.rows(), weights.cols(), dx, dy);
    dense::multiply<Real>(pool_, isa(),
                          {{weights.data(), weights.rows(), weights.cols(), 1, weights.rows()},
                           nullptr,
                           dy.data(),
                           1,
                           dy.rows(),
                           nullptr,
                           Real(1),
                           dx.data(),
                           dx.rows()},
                          dy.cols());
  }
  /// Gradient in a dense layer's weights and biases, summed over the samples: dweights = x dy^T, dbias = dy 1.
  /// @throws Error if the shapes do not match.
  template <class Real>
  void affine_weight_gradient(MatrixView<const Real> x, MatrixView<const Real> dy, MatrixView<Real> dweights,
                              std::span<Real> dbias) {
    check_layer("affine_weight_gradient", dweights.rows(), dweights.cols(), x, dy);
    check_bias("affine_weight_gradient", dweights.cols(), dbias.size());
    dense::multiply<Real>(pool_, isa(), dense::outer_product(x, dy, dweights.data()), dy.rows());
    Real* const to = dbias.data();
    const auto store = [=](Index i, Real sum) { to[i] = sum; };
    dispatch(isa(), dense::RowSumKernel<Real>{}, dy, &store);
  }
  /// Computes the same gradient to the same bits, but passes each entry to a function instead of storing it. With few
  /// samples computing a gradient costs less than storing it.
  /// @param x inputs of the layer, [inputs, n]
  /// @param dy gradient in the layer's outputs before activation, [outputs, n]
  /// @param weight function of an index into the layer's weights and the gradient in that weight
  /// @param bias function of an index into the layer's biases and the gradient in that bias
  template <class Real, class Weight, class Bias>
  void affine_weight_gradient_to(MatrixView<const Real> x, MatrixView<const Real> dy, const Weight& weight,
                                 const Bias& bias) {
    check_layer("affine_weight_gradient_to", x.rows(), dy.rows(), x, dy);
    dense::multiply_and_take(pool_, isa(), dense::outer_product<Real>(x, dy, nullptr), dy.rows(), weight);
    dispatch(isa(), dense::RowSumKernel<Real>{}, dy, &bias);
  }

  // Selection

  /// Selects the `indices.size()` largest keys, in descending order with ties by lower index. Keys of minus infinity
  /// or NaN are infeasible: if too few remain, the other indices are `first` with weight 0.
  /// @param keys the keys
  /// @param first offset added to the indices
  /// @param order workspace of at least keys.size() entries
  /// @param indices receives the indices of the selected keys plus `first`
  /// @param weights receives equal weights of the selected keys, which sum to one
  /// @param found_so_far the number of selected keys is added to it
  void top_k(std::span<const float> keys, std::int32_t first, std::span<std::int32_t> order,
             std::span<std::int32_t> indices, std::span<float> weights, std::int32_t* found_so_far) const {
    std::int32_t feasible = 0;
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i] > -numeric::infinity) order[static_cast<std::size_t>(feasible++)] = static_cast<std::int32_t>(i);
    const auto better = [&](std::int32_t a, std::int32_t b) {
      const float left = keys[static_cast<std::size_t>(a)], right = keys[static_cast<std::size_t>(b)];
      return left > right || (left == right && a < b);
    };
    const std::int32_t found = std::min(feasible, static_cast<std::int32_t>(indices.size()));
    std::partial_sort(order.begin(), order.begin() + found, order.begin() + feasible, better);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const bool there = static_cast<std::int32_t>(i) < found;
      indices[i] = first + (there ? order[i] : 0);
      weights[i] = there ? 1.0f / static_cast<float>(found) : 0.0f;
    }
    *found_so_far += found;
  }

  /// Sets *some to 1 if any value is NaN or infinite, else to 0.
  void find_not_finite(std::span<const float> values, std::int32_t* some) { *some = all_finite(values) ? 0 : 1; }
  /// Returns whether no value is NaN or infinite; waits for the result.
  bool all_finite(std::span<const float> values) {
    const Index count = static_cast<Index>(values.size()), block = 65536;
    std::atomic<bool> finite{true};
    pool_.run((count + block - 1) / block, [&](Index b) {
      if (!finite_block(values.data() + b * block, std::min(block, count - b * block))) finite = false;
    });
    return finite;
  }

  /// Computes the summary of a round's log scores.
  void summarize(std::span<const float> log_scores, ScoreSummary* out) const {
    ScoreSummary summary;
    double sum = 0;
    for (const float log_score : log_scores) {
      sum += static_cast<double>(numeric::exp(log_score));
      summary.best_log_score = std::max(summary.best_log_score, log_score);
      summary.nans += numeric::is_nan(log_score) ? 1 : 0;
    }
    summary.mean_score = static_cast<float>(sum / static_cast<double>(log_scores.size()));
    *out = summary;
  }

  // Rounds. A device runs on while the host reads earlier results; on the host each call returns when its work is done.

  /// Waits until all queued work is done.
  void finish() const {}
  /// Number of later rounds that may be queued before the results of a round are read.
  static constexpr Index rounds_ahead = 0;
  /// Recorded work of a round, for `replay`; call forget() before the work changes.
  struct Recording {
    void forget() {}
  };
  /// Runs `work`, which must be the same in each call with one recording, so that a device can record and replay it.
  /// Returns whether the work was replayed.
  template <class Work>
  bool replay(Recording&, const Work& work) {
    work();
    return false;
  }
  /// Runs `work` if *flag, in the executor's memory, is not 0.
  template <class Work>
  void only_if(const std::int32_t* flag, const Work& work) {
    if (*flag != 0) work();
  }
  /// Sends one value per round to the host.
  template <class T>
  class Mailbox {
   public:
    explicit Mailbox(Cpu&) {}
    /// Sends *value from the executor's memory in the given round.
    void post(Cpu&, Index, const T* value) { value_ = *value; }
    /// Waits for the value sent in a round, which must be one of the last rounds_ahead + 1.
    const T& wait(Cpu&, Index) const { return value_; }

   private:
    T value_{};
  };

 private:
  struct ElementLoop {
    template <int Bytes, class F>
    MACE_INLINE void run(const F* f, Index first, Index last) const {
      const F local = *f;  // a copy, since stores might alias its members and keep the loop from vectorizing
      for (Index i = first; i < last; ++i) local(i);
    }
  };

  /// Branch-free, so that the loop vectorizes.
  static bool finite_block(const float* values, Index count) {
    unsigned bad = 0;
    for (Index i = 0; i < count; ++i) bad |= numeric::is_finite(values[i]) ? 0u : 1u;
    return bad == 0;
  }

  template <class Real>
  void layer(const dense::Factor<Real>& weights, const Real* panels, std::span<const Real> bias,
             MatrixView<const Real> x, MatrixView<Real> y, Activation activation) {
    check_layer("affine", weights.depth, weights.outputs, x, y);
    check_bias("affine", weights.outputs, bias.size());
    dense::multiply<Real>(
        pool_, isa(),
        {weights, panels, x.data(), 1, x.rows(), bias.data(), negative_slope<Real>(activation), y.data(), y.rows()},
        x.cols());
  }
  void rounded_layer(const PackedWeights<float>& weights, std::span<const float> bias, MatrixView<const float> x,
                     MatrixView<float> y, Activation activation) {
    check_layer("affine", weights.inputs, weights.outputs, x, y);
    check_bias("affine", weights.outputs, bias.size());
    bf16::multiply(pool_,
                   {weights.pairs.data(), x.data(), weights.inputs, weights.outputs, bias.data(),
                    negative_slope<float>(activation), y.data()},
                   x.cols());
  }
  template <class X, class Y>
  static void check_layer(const char* who, Index inputs, Index outputs, const X& x, const Y& y) {
    require(x.rows() == inputs && y.rows() == outputs && x.cols() == y.cols(), who, ": wanted x [", inputs,
            ", n] and y [", outputs, ", n], got [", x.rows(), ", ", x.cols(), "] and [", y.rows(), ", ", y.cols(), "]");
  }
  static void check_bias(const char* who, Index outputs, std::size_t size) {
    require(static_cast<Index>(size) == outputs, who, ": wanted a bias of ", outputs, " values, got ", size);
  }
  CpuOptions options_;
  ThreadPool pool_;
};

static_assert(Executor<Cpu>);

/// Creates a host executor.
/// @throws Error as the constructor of Cpu does.
inline Cpu cpu(const CpuOptions& options = {}) {
  return Cpu(options);
}

}  // namespace mace
