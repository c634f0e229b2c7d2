// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/core/philox.hpp"
#include "mace/core/vec.hpp"
#include "mace/fit/adam.hpp"
#include "mace/model/mlp.hpp"

namespace mace {

namespace detail {

/// Classifier of two sets of points: an MLP with two hidden layers.
template <int Dims>
class Classifier {
  using Net = Mlp<Activation::relu, Dims, 10 * Dims, 10 * Dims, 1>;
  static constexpr Index batch = 200;

 public:
  Classifier(Cpu& exec, Random random)
      : exec_(exec),
        random_(random),
        weights_(static_cast<std::size_t>(Net::parameters)),
        gradient_(weights_.size()),
        trace_(exec, batch),
        state_(Adam{}.make_state(exec, Net::parameters)) {
    for (int l = 0; l < Net::layers; ++l) {
      const MatrixView<float> w = Net::weights(weights_.data(), l);
      const float bound = std::sqrt(6.0f / static_cast<float>(w.rows() + w.cols()));  // Glorot and Bengio, 2010
      for (Index i = 0; i < w.size(); ++i) w.data()[i] = random_.uniform(-bound, bound);
      for (float& b : Net::bias(weights_.data(), l)) b = random_.uniform(-bound, bound);
    }
  }

  /// Trains until ten consecutive epochs have not lowered the loss by 1e-4, for at most 1000 epochs. The first
  /// `first` points form one class, the others form the second.
  void train(const std::vector<Vec<Dims>>& points, std::vector<std::int32_t> order, std::int32_t first) {
    double best = 1e30;
    for (int epoch = 0, idle = 0; epoch < 1000 && idle < 10; ++epoch) {
      shuffle(order);
      double loss = 0;
      for (std::size_t from = 0; from < order.size(); from += batch)
        loss += step(points, std::span(order).subspan(from, std::min<std::size_t>(batch, order.size() - from)), first);
      loss /= static_cast<double>(order.size());
      idle = loss > best - 1e-4 ? idle + 1 : 0;
      best = std::min(best, loss);
    }
  }

  /// Number of points that are classified correctly.
  Index right(const std::vector<Vec<Dims>>& points, std::span<const std::int32_t> order, std::int32_t first) {
    Index count = 0;
    for (std::size_t from = 0; from < order.size(); from += batch) {
      const auto part = order.subspan(from, std::min<std::size_t>(batch, order.size() - from));
      const MatrixView<const float> raw = forward(points, part);
      for (std::size_t i = 0; i < part.size(); ++i)
        count += (raw(0, static_cast<Index>(i)) > 0) == (part[i] >= first) ? 1 : 0;
    }
    return count;
  }

  void shuffle(std::vector<std::int32_t>& order) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.word() % i]);
  }

 private:
  MatrixView<const float> forward(const std::vector<Vec<Dims>>& points, std::span<const std::int32_t> part) {
    inputs_.clear();
    for (const std::int32_t i : part) inputs_.push_back(points[static_cast<std::size_t>(i)]);
    return trace_.forward(exec_, weights_.data(), input());
  }
  MatrixView<const float> input() const { return as_columns(std::span(inputs_)); }

  /// Takes one Adam step on a batch, and returns the sum of its losses before the step.
  double step(const std::vector<Vec<Dims>>& points, std::span<const std::int32_t> part, std::int32_t first) {
    const MatrixView<const float> raw = forward(points, part);
    const MatrixView<float> dy = trace_.output_gradient(raw.cols());
    double loss = 0;
    for (Index i = 0; i < raw.cols(); ++i) {
      const double z = static_cast<double>(raw(0, i)), y = part[static_cast<std::size_t>(i)] >= first ? 1 : 0;
      loss += std::log1p(std::exp(-std::abs(z))) + std::max(z, 0.0) - y * z;
      dy(0, i) = static_cast<float>((y - 1 / (1 + std::exp(-z))) / static_cast<double>(raw.cols()));
    }
    trace_.backward(exec_, weights_.data(), input(), gradient_.data(), {});
    Adam{.rate = 1e-3}.ascend(exec_, state_, std::span<float>(weights_), std::span<const float>(gradient_));
    return loss;
  }

  Cpu& exec_;
  Random random_;
  std::vector<float> weights_, gradient_;
  MlpTrace<Cpu, Net> trace_;
  Adam::State<Cpu> state_;
  std::vector<Vec<Dims>> inputs_;
};

/// Standardizes the points to mean 0 and standard deviation 1 of the first `count` points.
template <int Dims>
std::vector<Vec<Dims>> standardized(std::vector<Vec<Dims>> points, std::size_t count) {
  for (int d = 0; d < Dims; ++d) {
    double mean = 0, square = 0;
    for (std::size_t i = 0; i < count; ++i) mean += static_cast<double>(points[i][d]) / static_cast<double>(count);
    for (std::size_t i = 0; i < count; ++i) {
      const double off = static_cast<double>(points[i][d]) - mean;
      square += off * off / static_cast<double>(count - 1);
    }
    const double scale = square > 0 ? 1 / std::sqrt(square) : 1;
    for (auto& p : points) p[d] = static_cast<float>((static_cast<double>(p[d]) - mean) * scale);
  }
  return points;
}

}  // namespace detail

/// Classifier two-sample test as sbibm defines it (Lueckmann et al., AISTATS 2021): the accuracy, over five folds, of a
/// network trained to distinguish the samples from the reference; 0.5 if they are indistinguishable, 1 if they are
/// always distinguished. Points are standardized by the reference. The network has two hidden layers of 10 Dims units,
/// ReLU, and is trained by Adam (rate 1e-3, batches of 200) until ten epochs bring no improvement.
///
/// Unlike sbibm, it has no weight penalty (there 1e-4) and uses other random numbers. Near 0.5 both agree to 0.005; for
/// clearly different sets, training noise moves either by some 0.03. Points have equal weight: resample weighted
/// samples first (weights::resample, Posterior::resample).
/// @param exec       the executor
/// @param reference  points of the reference, at least 10
/// @param samples    points to compare, at least 10
/// @param seed       seed of the random numbers
/// @throws Error if there are fewer than 10 points on a side, or a coordinate is not finite.
template <int Dims>
double c2st(Cpu& exec, std::span<const Vec<Dims>> reference, std::span<const Vec<Dims>> samples,
            std::uint64_t seed = 1) {
  require(reference.size() >= 10 && samples.size() >= 10, "c2st: wanted 10 points or more on both sides, got ",
          reference.size(), " and ", samples.size());
  constexpr std::size_t folds = 5;
  std::vector<Vec<Dims>> points(reference.begin(), reference.end());
  points.insert(points.end(), samples.begin(), samples.end());
  points = detail::standardized<Dims>(std::move(points), reference.size());
  for (const auto& p : points)
    for (const float x : p.v) require(numeric::is_finite(x), "c2st: wanted finite points, got ", x);

  std::vector<std::int32_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  const auto first = static_cast<std::int32_t>(reference.size());
  Cpu alone({});
  detail::Classifier<Dims>(alone, Random({seed, Stream::evaluation, 0}, 0)).shuffle(order);
  std::vector<double> accuracy(folds);
  exec.side_by_side(folds, [&](Index task, Index) {
    const auto f = static_cast<std::size_t>(task);
    const std::size_t from = f * order.size() / folds, to = (f + 1) * order.size() / folds;
    std::vector<std::int32_t> fitted(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(from));
    fitted.insert(fitted.end(), order.begin() + static_cast<std::ptrdiff_t>(to), order.end());
    Cpu one({});  // one thread per fold: the batches are too small to share
    detail::Classifier<Dims> classifier(one, Random({seed, Stream::evaluation, 1}, static_cast<std::uint32_t>(f)));
    classifier.train(points, std::move(fitted), first);
    const auto held_out = std::span<const std::int32_t>(order).subspan(from, to - from);
    accuracy[f] = static_cast<double>(classifier.right(points, held_out, first)) / static_cast<double>(to - from);
  });
  return std::accumulate(accuracy.begin(), accuracy.end(), 0.0) / folds;
}

}  // namespace mace
