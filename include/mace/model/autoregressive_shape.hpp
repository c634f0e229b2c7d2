// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/model/mixture_head.hpp"
#include "mace/model/mlp.hpp"

namespace mace {

namespace detail {

/// A network with one hidden layer of equal width per number of the sequence.
template <class>
struct RepeatedWidth;
template <std::size_t... Layer>
struct RepeatedWidth<std::index_sequence<Layer...>> {
  template <int Inputs, int Width, int Outputs>
  using Net = Mlp<Activation::leaky_relu, Inputs, (static_cast<void>(Layer), Width)..., Outputs>;
};

}  // namespace detail

/// Shape of p(x | c) = prod_j p(x_j | x_<j, c): one network per joint, with `Depth` hidden layers of `Width` and a
/// mixture of `Mixtures` truncated Gaussians as output, and the offset of each network in one flat buffer. The type
/// holds no data.
template <int Joints, int Condition, int Mixtures = 2, int Depth = 5, int Width = 200>
struct AutoregressiveShape {
  static_assert(Joints >= 1 && Condition >= 1 && Mixtures >= 1 && Depth >= 1 && Width >= 1,
                "mace::AutoregressiveShape: wanted sizes of at least 1");
  static constexpr int joints = Joints;        ///< joints, the numbers of a sample
  static constexpr int condition = Condition;  ///< numbers of the condition c, such as a goal
  static constexpr int mixtures = Mixtures;    ///< components of a joint's mixture

  /// Network of a joint, from the condition and the previous joints to the raw outputs of a MixtureHead.
  template <int Joint>
  using Net = typename detail::RepeatedWidth<std::make_index_sequence<static_cast<std::size_t>(Depth)>>::template Net<
      Condition + Joint, Width, 3 * Mixtures>;

  /// Calls visit(std::integral_constant<int, j>()) for every joint j, in order.
  template <class Visit>
  static constexpr void for_each_joint(const Visit& visit) {
    [&]<int... Joint>(std::integer_sequence<int, Joint...>) {
      (visit(std::integral_constant<int, Joint>()), ...);
    }
    (std::make_integer_sequence<int, Joints>());
  }

  /// Calls visit(std::integral_constant<int, joint>()) for one joint.
  /// @param joint  index of the joint
  /// @param visit  generic callable
  template <class Visit>
  static constexpr void visit_joint(Index joint, const Visit& visit) {
    for_each_joint([&](auto j) {
      if (j == joint) visit(j);
    });
  }

  /// Offset of a joint's network in the flat buffer.
  static constexpr Index offset(int joint) {
    Index sum = 0;
    for_each_joint([&](auto j) { sum += j < joint ? Net<j>::parameters : 0; });
    return sum;
  }
  /// Size of the flat buffer, gaps included.
  static constexpr Index parameters = offset(Joints);

  /// Calls visit(name, tensor) for every tensor, by its name in the files: "joint.0.0.weight", "joint.0.0.bias", …
  /// @param flat   the flat buffer
  /// @param visit  generic callable
  template <class Real, class Visit>
  static void for_each_tensor(Real* flat, const Visit& visit) {
    for_each_joint(
        [&](auto j) { Net<j>::for_each_tensor("joint." + std::to_string(j) + ".", flat + offset(j), visit); });
  }
};

/// The paper's network for a Panda (App. B; 1.1 million weights): 7 joints, conditioned on the target position of the
/// gripper.
using PaperArm = AutoregressiveShape<7, 3>;

/// Limits of one joint, and the conversion to a coordinate t that goes from -1 to 1 between them.
template <class Real = float>
struct JointRange {
  Real low, high;  ///< limits, radians or meters

  /// Half the range.
  MACE_HD Real half() const { return Real(0.5) * (high - low); }
  /// True if x is within the limits.
  MACE_HD bool contains(Real x) const { return x >= low && x <= high; }
  /// Converts a joint value x to t.
  MACE_HD Real to_unit(Real x) const { return (x - low - (high - x)) / (high - low); }
  /// Converts t to a joint value, which is never outside the limits despite rounding.
  MACE_HD Real from_unit(Real t) const {
    const Real x = Real(0.5) * (low + high) + half() * t;
    return x < low ? low : (x > high ? high : x);
  }
  /// Converts log p(t) to log p(x); minus infinity outside the limits.
  /// @param x     joint value
  /// @param of_t  log p(t)
  MACE_HD Real log_density(Real x, Real of_t) const {
    return contains(x) ? of_t - numeric::log(half()) : -static_cast<Real>(numeric::infinity);
  }
};

/// Limits of all joints, radians or meters.
template <int Joints, class Real = float>
struct JointLimits {
  Vec<Joints, Real> low, high;  ///< lower and upper limits

  /// Limits of one joint.
  MACE_HD JointRange<Real> range(int joint) const { return {low[joint], high[joint]}; }

  /// Validates the limits and returns `*this`.
  /// @throws Error unless every joint has finite limits with low < high.
  const JointLimits& checked() const {
    for (int j = 0; j < Joints; ++j)
      require(low[j] < high[j] && numeric::is_finite(static_cast<float>(high[j] - low[j])), "JointLimits: joint ", j,
              ": wanted finite limits, the lower first, got ", low[j], " and ", high[j]);
    return *this;
  }
};

}  // namespace mace
