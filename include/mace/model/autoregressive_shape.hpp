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

/// A network with as many hidden layers of one width as the sequence has numbers.
template <class>
struct RepeatedWidth;
template <std::size_t... Layer>
struct RepeatedWidth<std::index_sequence<Layer...>> {
  template <int Inputs, int Width, int Outputs>
  using Net = Mlp<Activation::leaky_relu, Inputs, (static_cast<void>(Layer), Width)..., Outputs>;
};

}  // namespace detail

/// The shape of p(x | c) = prod_j p(x_j | x_<j, c): a network a joint, with `Depth` hidden layers of `Width` and a
/// mixture of `Mixtures` truncated Gaussians as its output, and where each network stands in one flat buffer. A type
/// only.
template <int Joints, int Condition, int Mixtures = 2, int Depth = 5, int Width = 200>
struct AutoregressiveShape {
  static_assert(Joints >= 1 && Condition >= 1 && Mixtures >= 1 && Depth >= 1 && Width >= 1,
                "mace::AutoregressiveShape: wanted sizes of at least 1");
  static constexpr int joints = Joints;        ///< numbers of a sample
  static constexpr int condition = Condition;  ///< numbers it depends on (a goal, say)
  static constexpr int mixtures = Mixtures;

  /// The network of a joint: in go the condition and the joints before it, out come the raw numbers of a MixtureHead.
  template <int Joint>
  using Net = typename detail::RepeatedWidth<std::make_index_sequence<static_cast<std::size_t>(Depth)>>::template Net<
      Condition + Joint, Width, 3 * Mixtures>;

  /// Calls visit(std::integral_constant<int, j>) for every joint j, in order.
  template <class Visit>
  static constexpr void for_each_joint(const Visit& visit) {
    [&]<int... Joint>(std::integer_sequence<int, Joint...>) {
      (visit(std::integral_constant<int, Joint>()), ...);
    }
    (std::make_integer_sequence<int, Joints>());
  }

  /// Calls visit(std::integral_constant<int, joint>()).
  template <class Visit>
  static constexpr void visit_joint(Index joint, const Visit& visit) {
    for_each_joint([&](auto j) {
      if (j == joint) visit(j);
    });
  }

  /// Where the network of a joint begins.
  static constexpr Index offset(int joint) {
    Index sum = 0;
    for_each_joint([&](auto j) { sum += j < joint ? Net<j>::parameters : 0; });
    return sum;
  }
  /// Numbers in the flat buffer, gaps included.
  static constexpr Index parameters = offset(Joints);

  /// Calls visit(name, tensor) for every tensor: "joint.0.0.weight", "joint.0.0.bias", …; the names are those of the
  /// files.
  template <class Real, class Visit>
  static void for_each_tensor(Real* flat, const Visit& visit) {
    for_each_joint(
        [&](auto j) { Net<j>::for_each_tensor("joint." + std::to_string(j) + ".", flat + offset(j), visit); });
  }
};

/// The paper's network for a Panda (App. B; 1.1 million weights): 7 joints on where the gripper shall be.
using PaperArm = AutoregressiveShape<7, 3>;

/// The limits of one joint, and its coordinate t that goes from -1 to 1 between them.
template <class Real = float>
struct JointRange {
  Real low, high;

  MACE_HD Real half() const { return Real(0.5) * (high - low); }
  MACE_HD bool contains(Real x) const { return x >= low && x <= high; }
  MACE_HD Real to_unit(Real x) const { return (x - low - (high - x)) / (high - low); }
  /// Never outside the limits, whatever is rounded.
  MACE_HD Real from_unit(Real t) const {
    const Real x = Real(0.5) * (low + high) + half() * t;
    return x < low ? low : (x > high ? high : x);
  }
  /// log p(x) of log p(t); minus infinity for an x outside the limits.
  MACE_HD Real log_density(Real x, Real of_t) const {
    return contains(x) ? of_t - numeric::log(half()) : -static_cast<Real>(numeric::infinity);
  }
};

/// The limits of every joint, in the joint's own unit (radians, meters).
template <int Joints, class Real = float>
struct JointLimits {
  Vec<Joints, Real> low, high;

  MACE_HD JointRange<Real> range(int joint) const { return {low[joint], high[joint]}; }

  /// Itself. Errors: limits that are not finite, or not in order.
  const JointLimits& checked() const {
    for (int j = 0; j < Joints; ++j)
      require(low[j] < high[j] && numeric::is_finite(static_cast<float>(high[j] - low[j])), "JointLimits: joint ", j,
              ": wanted finite limits, the lower first, got ", low[j], " and ", high[j]);
    return *this;
  }
};

}  // namespace mace
