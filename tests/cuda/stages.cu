// SPDX-License-Identifier: Apache-2.0
// Compile only. Every stage, and every formula marked MACE_HD, as device code: nvcc must accept each lambda, functor
// and function. Nothing here runs, so nothing here says that the results on a device are right.
#include <cstdint>
#include <span>

#include "mace/core/half.hpp"
#include "mace/cuda.cuh"
#include "mace/robot/panda.hpp"
#include "mace/train/vae_gradient.hpp"
#include "shapes/box.hpp"
#include "support/plain_ascent.hpp"

namespace mace {

// The completion task: MACE-VAE, a cut, the k-wise Chamfer score.

using Completion = LatentVae<Cuda, SmallVae>;
using Cut = HalfSpaceCut<SmallVae::points>;
using Match = CloudMatch<SmallVae::points, DeviceSpace>;

template class LatentVae<Cuda, SmallVae>;
template class Tuner<Cuda, Completion, Cut, Match>;
template class Tuner<Cuda, Completion, Cut, Match, test::PlainAscent>;
template class Tuner<Cuda, Completion, Cut, Match, Adam, TopQuantile, MomentMatch>;

// A mixture, with a simulator and a score of one sample each, as a user writes them.

struct Stay {
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  MACE_HD Outcome operator()(const Sample& x) const { return x; }
};

struct NearTo {
  using Outcome = Vec<2>;
  Vec<2> target;
  MACE_HD float operator()(const Outcome& x) const { return -norm(x - target); }
};

using Mixture = GaussianMixture<Cuda, 2, 3>;

template class GaussianMixture<Cuda, 2, 3>;
template class Tuner<Cuda, Mixture, Stay, NearTo>;
template class Tuner<Cuda, Mixture, Stay, NearTo, test::PlainAscent>;

// An arm whose joints the same functors can judge.

using Joints = Autoregressive<Cuda, AutoregressiveShape<2, 3>>;

template class Autoregressive<Cuda, AutoregressiveShape<2, 3>>;
template class AutoregressiveGradient<Cuda, AutoregressiveShape<2, 3>, double>;
template class Tuner<Cuda, Joints, Stay, NearTo>;

// An arm's collisions, and its goal.

using LaunchArm = Arm<2, DeviceSpace>;

template class Tuner<Cuda, Joints, LaunchArm, Reach>;

void reach(Cuda& exec, Joints& model, const ArmDescription& arm, const Scene& scene, const Goal<float>& goal) {
  Tuner tuner(exec, model, LaunchArm(exec, arm, scene), Reach{.goal = goal});
  tuner.run();
}

// The grasping task, with three kinds of observation: contacts, rays that met nothing, a part of the surface.

using Fingertips = Contact<SmallVae::points>;
using Senses = FanOut<Fingertips, FanOut<Fingertips, Cut, DeviceSpace>, DeviceSpace>;
using SensesScore = Product<ContactMatch<>, Product<Untouched<>, Match, DeviceSpace>, DeviceSpace>;

template class Tuner<Cuda, Completion, Fingertips, ContactMatch<>>;
template class Tuner<Cuda, Completion, Senses, SensesScore>;

void grasp(Cuda& exec, Completion& model, Senses senses, SensesScore score) {
  Tuner tuner(exec, model, std::move(senses), std::move(score));
  tuner.run();
}

// Samples of the posterior, by a simulator with noise.

struct Shaken {
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  MACE_HD Outcome operator()(const Sample& x, Random& random) const { return {x[0] + random.normal(), x[1]}; }
};

template class Posterior<Cuda, Mixture, Expected<Shaken, 4>, ExpectedScore<NearTo, 4>>;

void sample_posterior(Cuda& exec, Mixture& model, std::span<Vec<2>> samples) {
  Posterior posterior(exec, model, Stay{}, NearTo{{1, 2}});
  posterior.run(ShowProgress());
  posterior.resample({}, samples);
}

// The networks, and what they are trained with.

template class MlpTrace<Cuda, SmallVae::Decoder>;
template class MlpTrace<Cuda, SmallVae::Decoder, double>;
template class PackedMlp<Cuda, SmallVae::Decoder>;
template class PackedPointEncoder<Cuda, SmallVae::Encoder>;
template class VaeGradient<Cuda, SmallVae>;
template class VaeGradient<Cuda, SmallVae, double>;

// Member templates are instantiated by a call only.

template <class... Policies>
void tune_completion(Cuda& exec, Completion& model, std::span<const float> observation, const Policies&... policies) {
  Tuner tuner(exec, model, Cut::none(), Match(exec, observation, {}), {}, policies...);
  tuner.run([](const RoundRecord&) { return true; });
}

template <class Update>
void tune_mixture(Cuda& exec, Mixture& model, const Update& update) {
  Tuner tuner(exec, model, Stay{}, NearTo{{1, 2}}, {}, update);
  tuner.run(StopAtScore{0.5f}, KeepBest{});
}

void every_policy(Cuda& exec, Completion& completion, std::span<const float> observation, Mixture& mixture) {
  tune_completion(exec, completion, observation, Adam{});
  tune_completion(exec, completion, observation, test::PlainAscent{});
  tune_completion(exec, completion, observation, Adam{}, TopQuantile{}, MomentMatch{});
  tune_mixture(exec, mixture, Adam{});
  tune_mixture(exec, mixture, test::PlainAscent{});
}

template <class Update>
void ascend_in_double(Cuda& exec, const Update& update, std::span<double> parameters,
                      std::span<const double> gradient) {
  auto state = update.template make_state<Cuda, double>(exec, static_cast<Index>(parameters.size()));
  update.ascend(exec, state, parameters, gradient);
}
template void ascend_in_double(Cuda&, const Adam&, std::span<double>, std::span<const double>);
template void ascend_in_double(Cuda&, const test::PlainAscent&, std::span<double>, std::span<const double>);

// Formulas, one kernel a header; what they give is written out, or the compiler would drop them.

__global__ void random_numbers(RandomKey key, std::uint32_t* words, float* out) {
  const std::uint32_t sample = threadIdx.x;
  const Vec<4, std::uint32_t> raw = philox4x32({sample, 1, 2, 3}, {4, 5}), named = key.words(sample, 6);
  for (int i = 0; i < 4; ++i) words[4 * sample + i] = raw[i] ^ named[i];
  const Vec<4> four = normals(key, sample, 7);
  Random random(key, sample);
  float first, second;
  to_normals(random.word(), random.word(), first, second);
  out[sample] = four[0] + four[1] + four[2] + four[3] + first + second + to_uniform(named[0]) + random.uniform() +
                random.uniform(-1.0f, 1.0f) + random.normal();
}

__global__ void boxes(RandomKey key, float* clouds, Index points) {
  Random random(key, threadIdx.x);
  const Box box = random_box(random);
  sample_box(box, random, clouds + 3 * points * threadIdx.x, points);
}

template <class Real>
__global__ void elementary(const Real* x, Real* out) {
  const Real value = x[threadIdx.x];
  Real sine, cosine;
  numeric::sincos(value, sine, cosine);
  out[threadIdx.x] = numeric::sqrt(value) + numeric::exp(value) + numeric::log(value) + sine * cosine +
                     numeric::erf(value) + numeric::inverse_erf(value);
}
template __global__ void elementary(const float*, float*);
template __global__ void elementary(const double*, double*);

__global__ void classes(const float* x, float* out) {
  const float value = x[threadIdx.x];
  out[threadIdx.x] =
      numeric::is_finite(value) && !numeric::is_nan(value) ? numeric::round_small(value) : numeric::not_a_number;
}

template <class Real>
__global__ void vectors(const Vec<3, Real>* x, MatrixView<Real> out) {
  const Vec<3, Real> a = x[threadIdx.x], b = x[threadIdx.x + 1];
  Vec<3, Real> sum = a + b;
  sum[0] = dot(sum, a - b) + norm(a);
  const MatrixView<const Real> same = out.columns(0, out.size() / out.rows());
  for (int i = 0; i < 3; ++i) out(i, threadIdx.x) = sum[i] + same.column(threadIdx.x + 1)[i];
}
template __global__ void vectors(const Vec<3>*, MatrixView<float>);
template __global__ void vectors(const Vec<3, double>*, MatrixView<double>);

template <class Real>
__global__ void activations(Activation activation, const Real* x, Real* y, Real* dy) {
  const Index i = threadIdx.x;
  const Real slope = negative_slope<Real>(activation);
  y[i] = activate(x[i], slope) + activation_derivative(x[i], slope);
  detail::ThroughActivation<Real>{y, dy, slope}(i);
}
template __global__ void activations(Activation, const float*, float*, float*);
template __global__ void activations(Activation, const double*, double*, double*);

template <int K, class Real>
__global__ void chamfer(const Real* a, Index a_points, const Real* b, Index b_points, Real* gradient, Real* out) {
  KSmallest<K, Real> nearest;
  for (Index j = 0; j < b_points; ++j) nearest.insert(squared_distance(a, b + 3 * j));
  out[0] = nearest.mean();
  out[1] = directed_chamfer_sum(Neighbors<K>{}, a, a_points, b, b_points);
  out[2] = chamfer_sum(Neighbors<K>{}, a, a_points, b, b_points);
  out[3] = chamfer_mean(Neighbors<K>{}, a, a_points, b, b_points);
  out[4] = chamfer_gradient(a, a_points, b, b_points, gradient);
}
template __global__ void chamfer<1>(const float*, Index, const float*, Index, float*, float*);
template __global__ void chamfer<5>(const float*, Index, const float*, Index, float*, float*);
template __global__ void chamfer<5>(const double*, Index, const double*, Index, double*, double*);

__global__ void half_space(CutPlane half, const float* points, bool* kept) {
  kept[threadIdx.x] = half.contains(points + 3 * threadIdx.x);
}

__global__ void narrow_floats(const float* x, std::uint16_t* half, std::uint16_t* bfloat16, float* out) {
  const std::uint32_t i = threadIdx.x;
  half[i] = float_to_half(x[i]);
  bfloat16[i] = float_to_bfloat16(x[i]);
  out[i] = half_to_float(half[i]) + bfloat16_to_float(bfloat16[i]);
}

template <class Real>
__global__ void gaussian_of_latents(const Real* m, const Real* log_s, Index samples, Real mean, Real log_sigma,
                                    Real* out) {
  latent_gaussian::Statistics<Real> q;
  for (Index i = 0; i < samples; ++i) q.add(Real(1), m[i], log_s[i]);
  latent_gaussian::maximizer(q, out[0], out[1]);
  out[2] = latent_gaussian::mean_gradient(q, mean, log_sigma);
  out[3] = latent_gaussian::log_sigma_gradient(q, mean, log_sigma);
  out[4] = latent_gaussian::kl_divergence(m[0], log_s[0], mean, log_sigma);
}
template __global__ void gaussian_of_latents(const float*, const float*, Index, float, float, float*);
template __global__ void gaussian_of_latents(const double*, const double*, Index, double, double, double*);

template <int Dims, int Components, class Real>
__global__ void mixture(const Real* theta, const Vec<Dims, Real>* x, Real* gradient, Real* out) {
  const MixtureDensity<Dims, Components, Real> density{theta};
  Real share[Components];
  density.responsibilities(*x, share);
  for (int k = 0; k < Components; ++k) density.add_gradient(*x, k, share[k], density.mixing(k), Real(1), gradient);
  *out = density.log_density(*x);
}
template __global__ void mixture<2, 3>(const float*, const Vec<2>*, float*, float*);
template __global__ void mixture<2, 3>(const double*, const Vec<2, double>*, double*, double*);

template <int Mixtures, class Real>
__global__ void mixture_head(const Real* raw, JointRange<Real> range, Real* gradient, Real* out) {
  const MixtureHead<Mixtures, Real> head{raw};
  const Real x = range.from_unit(head.draw(out[0], out[1]));
  out[0] = head.log_density(range.to_unit(x)) + head.gradient(range.to_unit(x), Real(1), gradient);
  out[1] = range.contains(x) ? range.half() : Real(0);
}
template __global__ void mixture_head<2>(const float*, JointRange<float>, float*, float*);
template __global__ void mixture_head<2>(const double*, JointRange<double>, double*, double*);

template <int Joints, class Real>
__global__ void kinematics(const SerialChain<Joints, Real> chain, const Vec<Joints, Real>* q, Pose<Real>* poses,
                           typename SerialChain<Joints, Real>::Jacobian* jacobians, bool* within) {
  const std::uint32_t i = threadIdx.x;
  const auto frames = chain.frames(q[i]);
  poses[i] = frames.tip.inverse() * chain.pose(q[i]);
  poses[i].position = chain.position(q[i]);
  jacobians[i] = chain.jacobian(frames);
  within[i] = chain.within_limits(q[i]);
}
template __global__ void kinematics(SerialChain<7>, const Vec<7>*, Pose<>*, SerialChain<7>::Jacobian*, bool*);
template __global__ void kinematics(SerialChain<16, double>, const Vec<16, double>*, Pose<double>*,
                                    SerialChain<16, double>::Jacobian*, bool*);

template <class Real>
__global__ void distances(const Capsule<Real>* capsules, const OrientedBox<Real>* boxes, const Ground<Real> ground,
                          Real* out) {
  const std::uint32_t i = threadIdx.x;
  const Capsule<Real> here = capsules[i], next = capsules[i + 1];
  out[i] = signed_distance(here, boxes[i]) + signed_distance(here, next) +
           signed_distance(here, Sphere<Real>{next.a, next.radius}) + signed_distance(here, ground);
}
template __global__ void distances(const Capsule<>*, const OrientedBox<>*, Ground<>, float*);
template __global__ void distances(const Capsule<double>*, const OrientedBox<double>*, Ground<double>, double*);

__global__ void panda(const Vec<7>* q, Vec<3>* narrow, Vec<3>* wide) {
  narrow[threadIdx.x] = panda_chain().position(q[threadIdx.x]);
  wide[threadIdx.x] = panda_chain<double>().joint[6].origin.as<float>().position;
}

}  // namespace mace
