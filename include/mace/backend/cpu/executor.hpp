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

struct CpuOptions {
  std::uint64_t seed = 0;
  int threads = 1;       ///< including the caller's; results do not depend on it
  Isa isa = best_isa();  ///< a narrower one than the machine has serves comparisons
  Precision precision = Precision::fp32;
};

/// Weights in the kernel's own order, for many products with them: made by `Cpu::pack` or `Cpu::freeze`.
template <class Real>
struct PackedWeights {
  Buffer<Real> panels;
  Buffer<std::uint32_t> pairs;  ///< in their place, rounded to bfloat16
  Index inputs = 0, outputs = 0;
  Isa isa = Isa::portable;  ///< whose panels these are
};

/// The host as executor: its primitives run on `threads` threads and give the same bits for any number of them.
/// One thread at a time may use an executor.
class Cpu {
 public:
  using Space = HostSpace;
  template <class Real>
  using Packed = PackedWeights<Real>;

  explicit Cpu(const CpuOptions& options) : options_(options), pool_(options.threads) {
    require(options.isa <= best_isa(), "cpu: wanted an instruction set that this machine has");
    require(options.precision != Precision::tf32, "cpu: wanted Precision::fp32 or bf16, got tf32");
    require(options.precision == Precision::fp32 || (bf16::available() && options.isa == Isa::avx512),
            "cpu: Precision::bf16 wants AVX-512 BF16, which this machine does not have or `isa` leaves out");
  }

  std::uint64_t seed() const { return options_.seed; }
  int threads() const { return options_.threads; }
  Isa isa() const { return options_.isa; }
  /// How many columns a chain of layers that is shared out layer by layer should take at a time so that they stay in
  /// the cache.
  Index column_block() const { return 384 * options_.threads; }

  // Memory

  /// `size` zeros.
  template <class T>
  Buffer<T> allocate(Index size) const {
    return Buffer<T>(size);
  }
  /// A copy of host memory where the executor works: of a vector, an array or a span.
  template <std::ranges::contiguous_range Range>
  auto upload(const Range& values) const {
    Buffer<std::ranges::range_value_t<Range>> buffer(static_cast<Index>(std::ranges::size(values)));
    std::ranges::copy(values, buffer.data());
    return buffer;
  }
  /// Copies values of the executor's memory.
  template <class T>
  void copy(std::span<const T> from, std::span<T> to) const {
    require(from.size() == to.size(), "copy: wanted ", to.size(), " values, got ", from.size());
    std::copy(from.begin(), from.end(), to.begin());
  }
  template <class T>
  void fill(std::span<T> values, T value) const {
    std::fill(values.begin(), values.end(), value);
  }
  /// Column indices[i] of `from` becomes column i of `to`.
  template <class T>
  void gather(MatrixView<const T> from, std::span<const std::int32_t> indices, MatrixView<T> to) {
    const Index count = static_cast<Index>(indices.size());
    const auto copy_column = [&](Index i) {
      std::copy_n(from.column(indices[static_cast<std::size_t>(i)]), from.rows(), to.column(i));
    };
    if (count * from.rows() < 65536)  // not worth waking anybody
      for (Index i = 0; i < count; ++i) copy_column(i);
    else
      for_each_sample(count, copy_column);
  }

  // Loops

  /// f(0) … f(count - 1), in parallel: one call a sample.
  template <class F>
  void for_each_sample(Index count, const F& f) {
    const Index block = std::max<Index>(1, count / (16 * options_.threads));
    pool_.run((count + block - 1) / block, [&](Index b) {
      for (Index i = b * block, end = std::min(count, i + block); i < end; ++i) f(i);
    });
  }
  /// f(0) … f(count - 1), in parallel and vectorized: a few operations on one entry of some flat buffers.
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

  /// How many tasks of `side_by_side` run at a time.
  Index workers() const { return options_.threads; }
  /// f(task, worker) for tasks 0 … count - 1. They may call the executor's primitives. They begin in order, so a task
  /// may wait for one before it, never for one after it. No two that run at a time have the same worker, 0 … workers()
  /// - 1, whose memory they may use.
  template <class F>
  void side_by_side(Index count, const F& f) {
    pool_.run(count, [&](Index task) { f(task, static_cast<Index>(pool_.worker())); });
  }
  /// How many samples one task should take through a chain of layers if there are `samples` in all: few enough to stay
  /// in the cache, at most max_chain; about as many for every worker; whole tiles of the matrix product.
  static constexpr Index max_chain = 192;
  Index chain_length(Index samples) const {
    const Index tasks = (samples + max_chain * workers() - 1) / (max_chain * workers()) * workers();
    return tasks == 0 ? max_chain : ((samples + tasks - 1) / tasks + 11) / 12 * 12;
  }

  // Random numbers

  /// Standard normals; entry r of column c is lane r of sample c.
  void fill_normal(MatrixView<float> out, const RandomKey& key) {
    const Index blocks = (out.rows() + 3) / 4 * out.cols(), together = 1024;
    pool_.run((blocks + together - 1) / together, [&](Index b) {
      dispatch(isa(), NormalKernel{}, out, &key, b * together, std::min(blocks, (b + 1) * together));
    });
  }

  // Dense layers: weights [inputs, outputs], one neuron's weights a column (PyTorch's bytes); x [inputs, n], y
  // [outputs, n]

  /// y = activation(weights^T x + bias).
  template <class Real>
  void affine(MatrixView<const Real> weights, std::span<const Real> bias, MatrixView<const Real> x, MatrixView<Real> y,
              Activation activation) {
    layer<Real>(dense::by_neurons(weights), nullptr, bias, x, y, activation);
  }
  template <class Real>
  void affine(const PackedWeights<Real>& weights, std::span<const Real> bias, MatrixView<const Real> x,
              MatrixView<Real> y, Activation activation) {
    require(weights.isa == isa(), "affine: wanted weights that were packed for this executor's instruction set");
    if constexpr (std::is_same_v<Real, float>)
      if (weights.pairs.size() > 0) return rounded_layer(weights, bias, x, y, activation);
    layer<Real>({nullptr, weights.outputs, weights.inputs, 0, 0}, weights.panels.data(), bias, x, y, activation);
  }
  /// Prepares weights for many calls of `affine`; `packed` keeps its memory if it had these dimensions before.
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
  /// The same for weights that will not change: they and what they are multiplied with are rounded as the executor's
  /// precision says.
  template <class Real>
  void freeze(MatrixView<const Real> weights, PackedWeights<Real>& packed) {
    if constexpr (std::is_same_v<Real, float>)
      if (options_.precision == Precision::bf16) {
        packed = {{}, Buffer<std::uint32_t>(bf16::packed_size(weights)), weights.rows(), weights.cols(), isa()};
        return bf16::pack(weights, packed.pairs.data());
      }
    pack(weights, packed);
  }

  /// dx = weights dy: the gradient of the layer's input.
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
  /// dweights = x dy^T and dbias = dy 1: the gradient of the layer's weights, summed over the samples.
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
  /// The same gradient, to the same bits, but each entry goes to weight(entry, gradient) or bias(entry, gradient) at
  /// once, counted as in the layer's weights and biases: with few samples a gradient costs less to compute than to
  /// keep.
  template <class Real, class Weight, class Bias>
  void affine_weight_gradient_to(MatrixView<const Real> x, MatrixView<const Real> dy, const Weight& weight,
                                 const Bias& bias) {
    check_layer("affine_weight_gradient_to", x.rows(), dy.rows(), x, dy);
    dense::multiply_and_take(pool_, isa(), dense::outer_product<Real>(x, dy, nullptr), dy.rows(), weight);
    dispatch(isa(), dense::RowSumKernel<Real>{}, dy, &bias);
  }

  // Selection

  /// The `indices.size()` largest of `keys`, largest first, ties by lower index, as `first` + their place; each gets an
  /// equal weight, all together one. Keys of minus infinity do not count: where fewer are left, the rest of the indices
  /// repeat `first` with weight zero. Adds how many were found to *found. `order` is workspace of at least keys.size()
  /// entries.
  void top_k(std::span<const float> keys, std::int32_t first, std::span<std::int32_t> order,
             std::span<std::int32_t> indices, std::span<float> weights, std::int32_t* found_so_far) const {
    std::int32_t possible = 0;
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i] > -numeric::infinity) order[static_cast<std::size_t>(possible++)] = static_cast<std::int32_t>(i);
    const auto better = [&](std::int32_t a, std::int32_t b) {
      const float left = keys[static_cast<std::size_t>(a)], right = keys[static_cast<std::size_t>(b)];
      return left > right || (left == right && a < b);
    };
    const std::int32_t found = std::min(possible, static_cast<std::int32_t>(indices.size()));
    std::partial_sort(order.begin(), order.begin() + found, order.begin() + possible, better);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const bool there = static_cast<std::int32_t>(i) < found;
      indices[i] = first + (there ? order[i] : 0);
      weights[i] = there ? 1.0f / static_cast<float>(found) : 0.0f;
    }
    *found_so_far += found;
  }

  /// *some = whether any of the values is NaN or infinite.
  void find_not_finite(std::span<const float> values, std::int32_t* some) { *some = all_finite(values) ? 0 : 1; }
  /// Whether none is; waits for the answer.
  bool all_finite(std::span<const float> values) {
    const Index count = static_cast<Index>(values.size()), block = 65536;
    std::atomic<bool> finite{true};
    pool_.run((count + block - 1) / block, [&](Index b) {
      if (!finite_block(values.data() + b * block, std::min(block, count - b * block))) finite = false;
    });
    return finite;
  }

  /// *out = mean score, best log score and number of NaNs of a round.
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

  // Rounds. A device works on while the host looks at earlier results; here everything is done when a call returns.

  /// Waits until all that was asked for is done.
  void finish() const {}
  /// How many rounds may have been begun after one before its results are looked at.
  static constexpr Index rounds_ahead = 0;
  /// What was recorded of a round, for `replay`; forget() it where the work is another from then on.
  struct Recording {
    void forget() {}
  };
  /// Does `work`. It is the same on every call with one recording, so a device records it and replays it; returns
  /// whether it did.
  template <class Work>
  bool replay(Recording&, const Work& work) {
    work();
    return false;
  }
  /// Does `work` if *flag, in the executor's memory, is not zero.
  template <class Work>
  void only_if(const std::int32_t* flag, const Work& work) {
    if (*flag != 0) work();
  }
  /// Values on their way to the host, one for each of a few rounds.
  template <class T>
  class Mailbox {
   public:
    explicit Mailbox(Cpu&) {}
    /// Sends *value, of the executor's memory, in the given round.
    void post(Cpu&, Index, const T* value) { value_ = *value; }
    /// What was sent in a round, one of the last rounds_ahead + 1.
    const T& wait(Cpu&, Index) const { return value_; }

   private:
    T value_{};
  };

 private:
  struct ElementLoop {
    template <int Bytes, class F>
    MACE_INLINE void run(const F* f, Index first, Index last) const {
      const F local = *f;  // or what the loop stores might change its members, and it would not vectorize
      for (Index i = first; i < last; ++i) local(i);
    }
  };

  /// Without a branch, so that it vectorizes.
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

/// The host as executor.
inline Cpu cpu(const CpuOptions& options = {}) {
  return Cpu(options);
}

}  // namespace mace
