// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/collision/bounded_hull.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/core/error.hpp"
#include "mace/core/philox.hpp"

namespace mace {

/// Options for finding the self-collision pairs of an arm by sampling.
struct SelfCollisionOptions {
  /// Number of configurations, drawn uniformly within the joint limits.
  int samples = 10000;
  /// Pairs in collision in at least this share of the samples are left out.
  double always = 0.95;
  /// Pairs whose smallest distance found is above this margin are left out, meters.
  double margin = 0.02;
  /// Seed of the samples and of the search.
  std::uint64_t seed = 0;
};

namespace detail {

/// Distances between the links of an arm at one configuration, set by go_to().
class LinkDistances {
 public:
  explicit LinkDistances(const ArmDescription& arm) : arm_(arm), hulls_(arm.links.size()) {
    for (std::size_t link = 0; link < arm.links.size(); ++link)
      for (const Polytope& hull : arm.links[link].hulls) hulls_[link].emplace_back(hull);
  }

  void go_to(std::span<const double> q) {
    for (std::size_t i = 0; i < arm_.chain.joints.size(); ++i)
      frames_[i + 1] = arm_.chain.joints[i].moved(frames_[i], q[i]);
  }

  /// The distance between two links if it is below `least`, otherwise `least`; zero or negative if they intersect.
  double distance(const std::pair<int, int>& pair, double least) const {
    const auto a = static_cast<std::size_t>(pair.first), b = static_cast<std::size_t>(pair.second);
    for (const BoundedHull& left : hulls_[a])
      for (const BoundedHull& right : hulls_[b]) {
        const Vec<3, double> offset = frame(a) * left.around.center - frame(b) * right.around.center;
        if (norm(offset) - left.around.radius - right.around.radius >= least) continue;
        const Separation known =
            separation(Placed{left.points, frame(a)}, Placed{right.points, frame(b)}, offset, least);
        if (!known.certain()) return std::min(known.at_least, 0.0);
        least = std::min(least, known.at_least);
      }
    return least;
  }

 private:
  const Pose<double>& frame(std::size_t link) const {
    return frames_[static_cast<std::size_t>(arm_.links[link].joint + 1)];
  }

  const ArmDescription& arm_;
  /// Hulls of each link.
  std::vector<std::vector<BoundedHull>> hulls_;
  std::array<Pose<double>, max_joints + 1> frames_;
};

/// Statistics of one pair of links.
struct PairRecord {
  std::pair<int, int> pair;
  /// Number of samples in which the pair collides.
  int met = 0;
  /// Smallest distance found, meters.
  double least = std::numeric_limits<double>::infinity();
  /// Configuration with the smallest distance.
  std::vector<double> nearest{};
};

/// Random local search for a smaller distance from the nearest configuration of a pair, with shrinking steps, until the
/// links intersect.
inline void come_nearer(const ArmDescription& arm, LinkDistances& distances, PairRecord& record, Random& random) {
  constexpr int steps = 500;
  const auto& joints = arm.chain.joints;
  double reach = 0.2;
  for (int step = 0; step < steps && record.least > 0; ++step, reach *= 0.99) {
    std::vector<double> q = record.nearest;
    for (std::size_t i = 0; i < q.size(); ++i) {
      const double range = joints[i].upper - joints[i].lower, moved = q[i] + reach * range * random.uniform(-1, 1);
      q[i] = std::clamp(moved, joints[i].lower, joints[i].upper);
    }
    distances.go_to(q);
    const double distance = distances.distance(record.pair, record.least);
    if (distance < record.least) {
      record.least = distance;
      record.nearest = std::move(q);
    }
  }
}

/// A configuration drawn uniformly within the joint limits, the same for the same seed and number.
inline std::vector<double> uniform_configuration(const ArmDescription& arm, const SelfCollisionOptions& options,
                                                 int number) {
  Random random({options.seed, Stream::data, 0}, static_cast<std::uint32_t>(number));
  std::vector<double> q;
  for (const ChainDescription::Joint& joint : arm.chain.joints)
    q.push_back(joint.lower + (joint.upper - joint.lower) * random.uniform());
  return q;
}

/// Samples configurations, counts the collisions of each pair, and searches for the smallest distance of the pairs that
/// never collide.
inline void watch_pairs(const ArmDescription& arm, const SelfCollisionOptions& options,
                        std::vector<PairRecord>& records) {
  LinkDistances distances(arm);
  for (int sample = 0; sample < options.samples; ++sample) {
    const std::vector<double> q = uniform_configuration(arm, options, sample);
    distances.go_to(q);
    for (PairRecord& record : records) {
      // For a pair that has collided, only the number of collisions matters.
      const double least = record.met > 0 ? 2 * certain_gap : record.least;
      const double distance = distances.distance(record.pair, least);
      if (distance <= 0) ++record.met;
      if (distance < record.least) {
        record.least = distance;
        record.nearest = q;
      }
    }
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    Random random({options.seed, Stream::data, 0},
                  static_cast<std::uint32_t>(options.samples) + static_cast<std::uint32_t>(i));
    if (records[i].least > 0) come_nearer(arm, distances, records[i], random);
  }
}

/// Those of an arm's self-collision pairs that collide in each of a number of configurations. If there are any, the arm
/// is nowhere free.
inline std::vector<std::pair<int, int>> always_in_collision(const ArmDescription& arm,
                                                            const SelfCollisionOptions& options) {
  LinkDistances distances(arm);
  std::vector<std::pair<int, int>> left = arm.pairs;
  for (int sample = 0; sample < options.samples && !left.empty(); ++sample) {
    distances.go_to(uniform_configuration(arm, options, sample));
    std::erase_if(left, [&](const auto& pair) { return distances.distance(pair, 2 * certain_gap) > 0; });
  }
  return left;
}

}  // namespace detail

/// Finds the self-collision pairs of an arm by sampling configurations. The result has all pairs of links, in the order
/// of their indices, except
/// - links in the same joint's frame, which do not move relative to each other;
/// - adjacent links, which are made to touch;
/// - pairs in collision in nearly all samples: in contact by design, or with hulls that are too large;
/// - pairs that always stay apart: after the sampling, a local search starts from the nearest configuration of each
///   pair, and a pair that comes within the margin stays in the result, whether or not it was seen to collide. (On
///   three arms of six and seven joints, twenty seeds of the search ended within 7 mm of each other.)
///
/// Unlike many lists made by hand, this one never leaves out a pair because it collides in the robot's usual pose.
/// @param arm  arm whose links have hulls; its `pairs` are not used
/// @param adjacent  pairs of links that are neighbors in the robot's tree, as indices into `arm.links`
/// @param options  number of samples and thresholds
/// @throws Error if an option is out of range or ArmDescription::checked() throws.
inline std::vector<std::pair<int, int>> self_collision_pairs(const ArmDescription& arm,
                                                             std::span<const std::pair<int, int>> adjacent = {},
                                                             const SelfCollisionOptions& options = {}) {
  require(options.samples > 0 && options.always > 0 && options.always <= 1 && options.margin >= 0,
          "self_collision_pairs: wanted at least one sample, a share in (0, 1] and a margin of at least 0, got ",
          options.samples, ", ", options.always, " and ", options.margin);
  arm.checked("self_collision_pairs");
  const auto is_adjacent = [&](int a, int b) {
    return std::any_of(adjacent.begin(), adjacent.end(), [&](const auto& pair) {
      return pair == std::pair{a, b} || pair == std::pair{b, a};
    });
  };
  std::vector<detail::PairRecord> records;
  const int links = static_cast<int>(arm.links.size());
  for (int a = 0; a < links; ++a)
    for (int b = a + 1; b < links; ++b) {
      const bool together =
          arm.links[static_cast<std::size_t>(a)].joint == arm.links[static_cast<std::size_t>(b)].joint;
      if (!together && !is_adjacent(a, b)) records.push_back({{a, b}});
    }
  detail::watch_pairs(arm, options, records);

  std::vector<std::pair<int, int>> pairs;
  for (const detail::PairRecord& record : records)
    if (record.met < options.always * options.samples && record.least <= options.margin) pairs.push_back(record.pair);
  return pairs;
}

}  // namespace mace
