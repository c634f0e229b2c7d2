// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "mace/collision/gjk.hpp"
#include "mace/collision/outline.hpp"
#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/core/philox.hpp"

namespace mace {

/// Accuracy of fit_capsules(): the fit uses the fewest capsules that reach `mean_excess`, but at most `capsules`.
struct CapsuleFitOptions {
  /// Largest number of capsules.
  int capsules = 4;
  /// Wanted mean excess (see CapsuleFit), meters.
  double mean_excess = 0.005;
};

/// Bounding capsules of a body.
struct CapsuleFit {
  /// Capsules whose union encloses the body.
  std::vector<Capsule<double>> capsules;
  /// Distance by which the capsules extend beyond the body, the mean over directions, meters.
  double mean_excess = 0;
  /// Greatest distance from a point of the capsules to the body, meters.
  double greatest_excess = 0;
};

namespace detail {

/// A convex piece of a body and its bounding capsule.
struct CoveredPiece {
  Polytope points;
  Capsule<double> capsule;
};

/// The smallest capsule around a given segment that encloses all that is within `gap` of the points.
inline Capsule<double> capsule_about(const Vec<3, double>& a, const Vec<3, double>& b, const Polytope& points,
                                     double gap) {
  const Vec<3, double> along = b - a;
  const double square = dot(along, along), scale = square > 0 ? 1 / square : 0;
  double farthest = 0;
  for (const auto& point : points) {
    const Vec<3, double> offset = point - a;
    const Vec<3, double> across = offset - std::clamp(scale * dot(along, offset), 0.0, 1.0) * along;
    farthest = std::max(farthest, dot(across, across));
  }
  return {a, b, numeric::sqrt(farthest) * (1 + 1e-12) + gap + certain_gap};
}

/// A capsule along a principal axis, through the center of the points' bounding box, that encloses all that is within
/// `gap` of the points.
inline Capsule<double> capsule_along(const Pose<double>& axes, const Vec<3, double>& axis, const Polytope& points,
                                     double gap) {
  Vec<3, double> middle = axes.position;
  for (const auto& each : {axes.x, axes.y, axes.z}) {
    const auto [low, high] = range_along(each, points);
    middle = middle + (0.5 * (low + high) - dot(each, middle)) * each;
  }
  const auto [low, high] = range_along(axis, points);
  const Vec<3, double> whole = (high - low) * axis;
  const double radius = capsule_about(middle - whole, middle + whole, points, 0).radius;
  const Vec<3, double> half = std::max(0.5 * (high - low) - 0.8 * radius, 0.0) * axis;
  return capsule_about(middle - half, middle + half, points, gap);
}

/// A body divided into convex pieces with one bounding capsule each. A capsule is convex, so it encloses a piece if it
/// encloses its vertices; together the capsules enclose the body.
class CoveredBody {
 public:
  /// Keeps a reference to the outline.
  explicit CoveredBody(const Outline& outline) : outline_(outline) {
    pieces_.push_back(CoveredPiece{outline.coarse(), fit(outline.reach(), outline.coarse(), long_search)});
  }

  const std::vector<CoveredPiece>& pieces() const { return pieces_; }

  double mean_excess() const { return outline_.mean_excess(reach_without(pieces_.size())); }

  /// Splits the piece whose capsule has the highest cost in two, at the cheapest of several planes across its principal
  /// axes, and refits all capsules. Returns false if the piece is too thin to be split.
  bool split() {
    const std::size_t worst = static_cast<std::size_t>(std::max_element(pieces_.begin(), pieces_.end(),
                                                                        [&](const auto& a, const auto& b) {
                                                                          return cost(a.capsule, outline_.reach()) <
                                                                                 cost(b.capsule, outline_.reach());
                                                                        }) -
                                                       pieces_.begin());
    const Polytope& points = pieces_[worst].points;
    const Reach others = reach_without(worst);
    const Pose<double> axes = principal_axes(points);
    struct Division {
      CoveredPiece parts[2];
      double cost = std::numeric_limits<double>::infinity();
    };
    Division best;
    for (const auto& axis : {axes.x, axes.y, axes.z}) {
      const auto [low, high] = range_along(axis, points);
      // A short search tells which of the parallel planes is worth a longer one.
      Division nearly;
      for (const double share : {0.3, 0.4, 0.5, 0.6, 0.7}) {
        auto [below, above] = cut(points, axis, low + share * (high - low));
        if (below.empty() || above.empty()) continue;
        Division division{{{std::move(below), {}}, {std::move(above), {}}}};
        division.cost = fit_parts(others, division.parts, first_look);
        if (division.cost < nearly.cost) nearly = std::move(division);
      }
      if (nearly.parts[0].points.empty()) continue;
      nearly.cost = fit_parts(others, nearly.parts, short_search);
      if (nearly.cost < best.cost) best = std::move(nearly);
    }
    if (best.parts[0].points.empty()) return false;
    pieces_[worst] = std::move(best.parts[0]);
    pieces_.push_back(std::move(best.parts[1]));
    for (int sweep = 0; sweep < 2; ++sweep)
      for (std::size_t i = 0; i < pieces_.size(); ++i) improve(pieces_[i], reach_without(i), long_search);
    return true;
  }

 private:
  static constexpr int first_look = 12, short_search = 100, long_search = 300;

  /// Cost of a capsule: how far it extends beyond the body and the other capsules. A capsule that extends nowhere
  /// beyond the others may still bulge out between them, so a part of its excess over the body alone is added.
  ///
  /// The greatest excess would be a worse measure: a ball that encloses a flat face bulges out of it by centimeters
  /// anyway, and reducing this a little makes everything else grow. (On the Panda, capsules fitted in that way collided
  /// with obstacles needlessly twice as often.)
  double cost(const Capsule<double>& capsule, const Reach& others) const {
    constexpr double own_part = 0.3;
    return outline_.mean_beyond(capsule, others, outline_.reach(), own_part);
  }

  Reach reach_without(std::size_t left_out) const {
    Reach reach = outline_.reach();
    for (std::size_t i = 0; i < pieces_.size(); ++i)
      if (i != left_out) outline_.extend(reach, pieces_[i].capsule);
    return reach;
  }

  /// Searches on from a piece's capsule.
  void improve(CoveredPiece& piece, const Reach& others, int steps) const {
    Random random({0, Stream::data, 0}, 3);
    piece.capsule = search(piece.capsule, others, piece.points, steps, random);
  }

  /// Fits capsules to two parts and returns their cost.
  double fit_parts(const Reach& others, CoveredPiece (&parts)[2], int steps) const {
    const auto with = [&](const CoveredPiece& piece) {
      Reach reach = others;
      outline_.extend(reach, piece.capsule);
      return reach;
    };
    parts[0].capsule = fit(others, parts[0].points, steps);
    parts[1].capsule = fit(with(parts[0]), parts[1].points, steps);
    improve(parts[0], with(parts[1]), steps);
    return cost(parts[1].capsule, others) + cost(parts[0].capsule, with(parts[1]));
  }

  /// A capsule of low cost that encloses the points: the best of three searches, from each principal axis.
  Capsule<double> fit(const Reach& others, const Polytope& points, int steps) const {
    const Pose<double> axes = principal_axes(points);
    Capsule<double> best{};
    double least = std::numeric_limits<double>::infinity();
    std::uint32_t start = 0;
    for (const auto& axis : {axes.x, axes.y, axes.z}) {
      Random random({0, Stream::data, 0}, start++);
      const Capsule<double> fit =
          search(capsule_along(axes, axis, points, outline_.coarse_gap()), others, points, steps, random);
      if (const double cost = this->cost(fit, others); cost < least) {
        best = fit;
        least = cost;
      }
    }
    return best;
  }

  /// A random search over the ends of a capsule's segment; the steps shrink whenever they bring no improvement, and the
  /// search ends early when they are small.
  Capsule<double> search(Capsule<double> fit, const Reach& others, const Polytope& points, int steps,
                         Random& random) const {
    double now = cost(fit, others), size = 0.3 * fit.radius;
    const auto moved = [&](const Vec<3, double>& end) {
      return end + size * Vec<3>{random.normal(), random.normal(), random.normal()}.as<double>();
    };
    for (int step = 0; step < steps && size > 0.001 * fit.radius; ++step) {
      const Vec<3, double> a = moved(fit.a), b = moved(fit.b);
      const Capsule<double> other = capsule_about(a, b, points, outline_.coarse_gap());
      const double then = cost(other, others);
      size *= then < now ? 1.5 : 0.92;
      if (!(then < now)) continue;
      fit = other;
      now = then;
    }
    return fit;
  }

  const Outline& outline_;
  std::vector<CoveredPiece> pieces_;
};

}  // namespace detail

/// Fits bounding capsules to the convex hull of a set of points: planes divide the hull into pieces, and each piece
/// gets a capsule. The result is deterministic. It takes about 10 ms per capsule for a hull of 150 vertices. A hull of
/// more than a thousand vertices is fitted by a few hundred of them, and the capsules are enlarged by the greatest
/// distance of the others.
/// @param body  points, meters
/// @param options  accuracy of the fit
/// @throws Error if there are no points, a point is not finite, `capsules` < 1 or `mean_excess` < 0.
inline CapsuleFit fit_capsules(const Polytope& body, const CapsuleFitOptions& options = {}) {
  require(options.capsules >= 1, "fit_capsules: wanted at least 1 capsule, got ", options.capsules);
  require(options.mean_excess >= 0, "fit_capsules: wanted a mean excess of at least 0, got ", options.mean_excess);
  const detail::Outline outline(body);
  detail::CoveredBody covered(outline);
  while (static_cast<int>(covered.pieces().size()) < options.capsules && covered.mean_excess() > options.mean_excess)
    if (!covered.split()) break;
  CapsuleFit cover{{}, covered.mean_excess(), 0};
  for (const auto& piece : covered.pieces()) {
    cover.capsules.push_back(piece.capsule);
    cover.greatest_excess = std::max(cover.greatest_excess, outline.greatest_excess(piece.capsule));
  }
  return cover;
}

}  // namespace mace
