// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/collision/arm.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/collision/scene.hpp"
#include "mace/core/stopwatch.hpp"
#include "mace/ik/descent_cpu.hpp"
#include "mace/ik/engine.hpp"
#include "mace/kinematics/goal_region.hpp"
#include "mace/kinematics/refine.hpp"

namespace mace::detail {

/// An arm's chain as one of `Joints` joints: the first ones are held at 0 if the arm has fewer.
template <int Joints>
SerialChain<Joints, double> padded_chain(const ChainDescription& description) {
  const std::size_t held = Joints - description.joints.size();
  SerialChain<Joints, double> chain;
  for (std::size_t i = 0; i < held; ++i) chain.joint[i] = {JointKind::prismatic, {}, 0, 0};
  for (std::size_t i = held; i < Joints; ++i) chain.joint[i] = description.joints[i - held];
  chain.tip = description.tip;
  return chain;
}

/// Random restarts: starts are moved onto a goal by descents, and what arrives is checked for collision. The starts are
/// `IkOptions::near`, configurations around it, the caller's, and then uniform ones, of which every second is drawn
/// near a known solution where solutions are rare. An arm of fewer than `Joints` joints is searched as a
/// padded_chain().
template <int Joints>
class IkSearch final : public IkEngine {
 public:
  IkSearch(const ArmDescription& arm, const Scene& scene, int threads)
      : exec_({.threads = threads}),
        joints_(arm.chain.joints.size()),
        chain_(padded_chain<Joints>(arm.chain)),
        base_(scene.base),
        check_(arm, scene),
        length_(length(chain_)),
        tries_(groups * group) {
    contacts_.reserve(most_pairs);
    misses_.reserve(most_misses);
  }

  void set_scene(const Scene& scene) override {
    check_.set_scene(scene);
    base_ = scene.base;
  }

  const ExactCheck& check() const override { return check_; }

  Pose<double> pose(std::span<const double> q) const override {
    require(q.size() == joints_, "IkSolver: wanted a q of ", joints_, " joints, got ", q.size());
    return base_ * chain_.pose(from(q));
  }

  const IkResult& solve(std::span<const GoalRegion<>> goals, const IkOptions& options) override {
    begin(goals, options.checked(joints_));
    if (result_.reason.empty()) {
      try_near();
      try_given();
      while (!over()) try_uniform();
    }
    end();
    return result_;
  }

 private:
  using Configuration = Vec<Joints, double>;

  /// Largest number of starts that descend together, all to the same goal. The more there are, the less the lanes of a
  /// vector wait for the last one.
  static constexpr std::size_t group = 64;
  /// Number of starts of the first groups: an easy goal takes no more.
  static constexpr std::size_t few = 16;
  /// Number of groups for which threads are woken. The first starts are tried by the calling thread: an easy goal is
  /// reached before other threads would wake up.
  static constexpr std::size_t groups = 8;
  static constexpr Index alone = 512;
  /// A goal to which none of so many uniform starts came is out of reach.
  static constexpr Index out_of_reach = 4096;
  /// Limit of the starts of a call.
  static constexpr Index most_tries = Index{1} << 20;
  /// So many configurations at the goal of which none is free mean that it is blocked.
  static constexpr Index surely_blocked = 1000;
  /// The search ends if so many free configurations in a row were copies of known solutions.
  static constexpr Index most_copies = 2000;
  /// Solutions count as rare if there are not enough after so many starts.
  static constexpr Index patience = 50'000;
  /// Solutions that differ by less in every joint are copies, radians or meters.
  static constexpr double apart = 0.05;
  /// Number of configurations in collision that are kept, to find the nearest miss among them.
  static constexpr std::size_t most_misses = 256;
  /// The nearest miss is looked for until so many times the deadline.
  static constexpr double most_overrun = 1.05;
  /// Number of different pairs in collision that are counted, the first ones.
  static constexpr std::size_t most_pairs = 1024;

  struct Try {
    Configuration q;
    std::size_t goal;
    double distance, turn;
    bool at_goal;
    std::optional<CheckedPair> contact;
  };
  struct Solution {
    Configuration q;
    std::size_t goal;
    double distance, turn, joint_distance;
  };

  std::size_t held() const { return Joints - joints_; }
  /// The configuration of the padded chain, from one of the arm.
  Configuration from(std::span<const double> q) const {
    Configuration result{};
    std::copy(q.begin(), q.end(), result.v + held());
    return result;
  }
  /// The configuration of the arm.
  std::span<const double> of_arm(const Configuration& q) const { return {q.v + held(), joints_}; }

  bool has_near() const { return !options_.near.empty(); }
  /// True once each goal has had enough uniform starts, or as many as a call has, and none came to it.
  bool is_out_of_reach() const {
    const auto goals = static_cast<Index>(goals_.size());
    return result_.at_goal == 0 && goals <= most_tries / static_cast<Index>(group) &&
           (uniform_ >= out_of_reach * goals || result_.tries >= most_tries);
  }
  bool enough() const { return static_cast<Index>(solutions_.size()) >= options_.solutions; }
  bool over() const {
    return enough() || result_.tries >= most_tries || copies_ >= most_copies || given_up_ ||
           watch_.seconds() >= options_.deadline;
  }
  RandomKey key(std::uint32_t round) const { return {options_.seed, Stream::restart, round}; }

  void begin(std::span<const GoalRegion<>> goals, const IkOptions& options) {
    watch_ = Stopwatch();
    require(!goals.empty(), "IkSolver: wanted at least one goal, got none");
    for (const auto& goal : goals) goal.checked();
    options_ = options;
    if (has_near()) near_ = from(options.near);  // which may be in a result that is cleared now
    check_.set_margin(options.margin);
    refine_ = {.distance = options.tolerance, .turn = options.turn_tolerance};
    // Float comes no nearer for certain; from there one or two steps in double precision do.
    descent_ = {.distance = std::max(options.tolerance, 1e-4), .turn = std::max(options.turn_tolerance, 1e-4)};
    goals_.clear();
    which_.clear();
    for (std::size_t i = 0; i < goals.size(); ++i) {
      const auto goal = goals[i].in_base(base_);
      if (is_too_far(goal)) continue;
      goals_.push_back(goal);
      which_.push_back(i);
    }
    result_ = {};
    solutions_.clear();
    solutions_.reserve(static_cast<std::size_t>(options.solutions) + group);
    views_.reserve(static_cast<std::size_t>(options.solutions));
    contacts_.clear();
    blockers_.clear();
    misses_.clear();
    nearest_.reset();
    batches_ = 0;
    copies_ = 0;
    uniform_ = 0;
    given_up_ = false;
    if (const auto pair = check_.fixed_contact()) {
      const auto [first, second] = check_.names(*pair);
      result_.reason = first + " and " + second;
      result_.reason += options.margin > 0 ? " are nearer to each other than the margin" : " are in collision";
      result_.reason += " at every configuration";
    } else if (goals_.empty()) {
      result_.reason = "the goal is beyond the length of the arm";
    }
  }

  bool is_too_far(const GoalRegion<GoalFrame::base>& goal) const {
    return norm(goal.pose.position) - norm(goal.half) - options_.tolerance > length_;
  }

  /// Tries `near` itself on each goal, then configurations around it.
  void try_near() {
    if (!has_near()) return;
    for (std::size_t goal = 0; goal < goals_.size() && !over(); ++goal) {
      Try one{near_, goal, 0, 0, true, {}};
      judge(one);
      count(one);
    }
    for (const double spread : {0.1, 0.3, 1.0})
      for (std::size_t goal = 0; goal < goals_.size() && !over(); ++goal) {
        const RandomKey batch = key(++batches_);
        try_group(goal, few, [&](std::size_t i) { return around(near_, spread, batch, i); });
      }
  }

  void try_given() {
    const std::size_t rows = options_.starts.size() / joints_;
    for (std::size_t first = 0; first < rows; first += few)
      for (std::size_t goal = 0; goal < goals_.size() && !over(); ++goal)
        try_group(goal, std::min(few, rows - first),
                  [&](std::size_t i) { return from(options_.starts.subspan((first + i) * joints_, joints_)); });
  }

  void try_uniform() {
    const std::size_t known = result_.tries >= patience ? solutions_.size() : 0;
    const std::size_t here = result_.tries < alone ? 1 : groups;
    const std::size_t size = result_.tries < 4 * static_cast<Index>(few) ? few : group;
    const std::uint32_t batch = batches_ + 1;
    batches_ += static_cast<std::uint32_t>(here);
    uniform_ += static_cast<Index>(here * size);
    const auto start = [&](std::size_t g, std::size_t i) {
      const RandomKey random = key(batch + static_cast<std::uint32_t>(g));
      if (known > 0 && i % 2 == 1) return around(solutions_[(g * group + i) / 2 % known].q, 0.3, random, i);
      return uniform_configuration(chain_, random, static_cast<std::uint32_t>(i));
    };
    const auto goal = [&](std::size_t g) { return (batch + g) % goals_.size(); };
    if (exec_.threads() == 1 || here == 1) {
      for (std::size_t g = 0; g < here && !over(); ++g)
        try_group(goal(g), size, [&](std::size_t i) { return start(g, i); });
    } else {
      exec_.for_each_sample(static_cast<Index>(here), [&](Index at) {
        const auto g = static_cast<std::size_t>(at);
        const std::span<Try> tries(tries_.data() + g * group, group);
        descend(goal(g), tries, [&](std::size_t i) { return start(g, i); });
        for (Try& one : tries) judge(one);
      });
      for (std::size_t g = 0; g < here && !over(); ++g)
        for (std::size_t i = 0; i < group && !(enough() && !has_near()); ++i) count(tries_[g * group + i]);
    }
    if (is_out_of_reach()) insist();
  }

  /// A configuration near another one.
  Configuration around(Configuration q, double spread, const RandomKey& key, std::size_t which) const {
    Random random(key, static_cast<std::uint32_t>(which));
    for (int j = 0; j < Joints; ++j) q[j] += spread * static_cast<double>(random.normal());
    return q;
  }

  /// Tries starts on one goal, on the calling thread.
  template <class Start>
  void try_group(std::size_t goal, std::size_t size, const Start& start) {
    const std::span<Try> tries(tries_.data(), size);
    descend(goal, tries, start);
    for (Try& one : tries) {
      // Of a group around `near`, the nearest solution is wanted and not the first.
      if (enough() && !has_near()) return;
      judge(one);
      count(one);
    }
  }

  /// Moves starts onto a goal, in float.
  template <class Start>
  void descend(std::size_t goal, std::span<Try> tries, const Start& start) const {
    Vec<Joints> starts[group];
    Descent<Joints> ends[group];
    for (std::size_t i = 0; i < tries.size(); ++i) starts[i] = start(i).template as<float>();
    mace::descend<Joints>(exec_.isa(), chain_, goals_[goal], std::span(starts, tries.size()),
                          std::span(ends, tries.size()), descent_);
    for (std::size_t i = 0; i < tries.size(); ++i)
      tries[i] = {ends[i].q.template as<double>(), goal, 0, 0, ends[i].reached, {}};
  }

  /// Finishes a descent in double precision, and checks what has arrived for collision.
  void judge(Try& one) const {
    if (!one.at_goal) {
      const Pose<double> tip = chain_.pose(one.q);
      one.distance = goals_[one.goal].distance(tip);
      one.turn = goals_[one.goal].turn(tip);
      return;
    }
    const auto at = refine(chain_, goals_[one.goal], one.q, refine_);
    one.q = at.q;
    one.distance = at.distance;
    one.turn = at.turn;
    one.at_goal = at.reached;
    if (one.at_goal && has_near()) turn_back(one);
    if (one.at_goal) one.contact = check_.first_contact(of_arm(one.q));
  }

  /// Moves revolute joints by whole turns toward `near`, as far as the limits allow.
  void turn_back(Try& one) const {
    constexpr double turn = 6.283185307179586;
    for (int j = 0; j < Joints; ++j) {
      const auto& joint = chain_.joint[j];
      if (joint.kind != JointKind::revolute || joint.upper - joint.lower < turn) continue;
      const double turns = std::round((near_[j] - one.q[j]) / turn);
      const double fewest = std::ceil((joint.lower - one.q[j]) / turn);
      const double most = std::floor((joint.upper - one.q[j]) / turn);
      const double moved = one.q[j] + turn * std::clamp(turns, fewest, most);
      if (moved >= joint.lower && moved <= joint.upper) one.q[j] = moved;
    }
    const Pose<double> tip = chain_.pose(one.q);
    one.distance = goals_[one.goal].distance(tip);
    one.turn = goals_[one.goal].turn(tip);
    one.at_goal = one.distance <= options_.tolerance && one.turn <= options_.turn_tolerance;
  }

  void count(const Try& one) {
    ++result_.tries;
    if (!one.at_goal) {
      if (result_.at_goal == 0 && (!nearest_ || error(one) < error(*nearest_))) nearest_ = one;
      return;
    }
    ++result_.at_goal;
    if (!one.contact) return keep(one);
    if (!solutions_.empty()) return;
    const auto known = std::find_if(contacts_.begin(), contacts_.end(),
                                    [&](const auto& counted) { return counted.first == *one.contact; });
    if (known != contacts_.end())
      ++known->second;
    else if (contacts_.size() < most_pairs)
      contacts_.push_back({*one.contact, 1});
    if (misses_.size() < most_misses) misses_.push_back(one);
  }

  static double error(const Try& one) { return one.distance + 0.3 * one.turn; }

  void keep(const Try& one) {
    ++result_.free;
    if (std::any_of(solutions_.begin(), solutions_.end(), [&](const auto& other) { return same(one.q, other.q); })) {
      ++copies_;
      return;
    }
    copies_ = 0;
    if (!result_.first) result_.first = watch_.seconds();
    double square = 0;
    const std::span<const double> q = of_arm(one.q), near = of_arm(near_);
    for (std::size_t j = 0; has_near() && j < joints_; ++j) {
      const double way = q[j] - near[j];
      square += (options_.joint_weights.empty() ? 1.0 : options_.joint_weights[j]) * way * way;
    }
    solutions_.push_back({one.q, one.goal, one.distance, one.turn, std::sqrt(square)});
  }

  /// True if two configurations are the same but for small differences and whole turns.
  bool same(const Configuration& a, const Configuration& b) const {
    constexpr double turn = 6.283185307179586;
    for (int j = 0; j < Joints; ++j) {
      const double way = chain_.joint[j].kind == JointKind::revolute ? std::remainder(a[j] - b[j], turn) : a[j] - b[j];
      if (std::abs(way) >= apart) return false;
    }
    return true;
  }

  /// Descends from the nearest miss with many short steps, as the way toward a goal that is just out of reach takes.
  void insist() {
    RefineOptions patient = refine_;
    patient.iterations = 1000;
    const auto at = refine(chain_, goals_[nearest_->goal], nearest_->q, patient);
    nearest_->q = at.q;
    nearest_->distance = at.distance;
    nearest_->turn = at.turn;
    given_up_ = !at.reached;
    if (!at.reached) return;
    --result_.tries;  // it is not a new start
    Try one = *nearest_;
    judge(one);
    count(one);
  }

  void end() {
    if (has_near())
      std::sort(solutions_.begin(), solutions_.end(),
                [](const Solution& a, const Solution& b) { return a.joint_distance < b.joint_distance; });
    if (enough()) solutions_.resize(static_cast<std::size_t>(options_.solutions));
    result_.status = !result_.reason.empty()                  ? IkStatus::infeasible
                     : enough()                               ? IkStatus::solved
                     : !solutions_.empty()                    ? IkStatus::partial
                     : given_up_                              ? IkStatus::unreachable
                     : result_.at_goal >= surely_blocked      ? IkStatus::blocked
                     : result_.at_goal > 0 && at_most_tries() ? IkStatus::blocked
                                                              : IkStatus::timed_out;
    views_.clear();
    for (const Solution& s : solutions_)
      views_.push_back({of_arm(s.q), which_[s.goal], s.distance, s.turn, s.joint_distance});
    result_.solutions = views_;
    if (solutions_.empty()) tell_why();
    result_.seconds = watch_.seconds();
  }
  bool at_most_tries() const { return result_.tries >= most_tries; }

  void tell_why() {
    std::sort(contacts_.begin(), contacts_.end(), [](const auto& a, const auto& b) {
      return a.second > b.second || (a.second == b.second && a.first < b.first);
    });
    for (const auto& [pair, times] : contacts_) {
      auto [first, second] = check_.names(pair);
      blockers_.push_back({std::move(first), std::move(second), times});
    }
    result_.blockers = blockers_;
    if (!misses_.empty()) {
      double best = -std::numeric_limits<double>::infinity();
      for (const Try& one : misses_) {
        // Where there are many obstacles, a clearance takes long.
        if (std::isfinite(best) && watch_.seconds() > most_overrun * options_.deadline) break;
        const double clearance = check_.clearance(of_arm(one.q));
        if (clearance > best) {
          best = clearance;
          nearest_ = one;
        }
      }
      result_.miss = {of_arm(nearest_->q), nearest_->distance, nearest_->turn, best};
    } else if (nearest_) {
      result_.miss = {of_arm(nearest_->q), nearest_->distance, nearest_->turn, 0};
    }
  }

  Stopwatch watch_;
  Cpu exec_;
  std::size_t joints_;
  SerialChain<Joints, double> chain_;
  Pose<double> base_;
  ExactCheck check_;
  double length_;
  IkOptions options_;
  RefineOptions refine_, descent_;
  Configuration near_{};
  std::vector<GoalRegion<GoalFrame::base>> goals_;  // those that are not too far away
  std::vector<std::size_t> which_;                  // their indices in the call
  std::vector<Try> tries_;                          // of one batch
  std::vector<Solution> solutions_;
  std::vector<IkSolution> views_;
  std::vector<std::pair<CheckedPair, Index>> contacts_;
  std::vector<IkBlocker> blockers_;
  std::vector<Try> misses_;     // at a goal and in collision
  std::optional<Try> nearest_;  // not at a goal
  IkResult result_;
  std::uint32_t batches_ = 0;
  Index copies_ = 0, uniform_ = 0;
  bool given_up_ = false;
};

MACE_IK_INLINE std::unique_ptr<IkEngine> make_ik_engine(const ArmDescription& arm, const Scene& scene, int threads) {
  const std::size_t joints = arm.checked("IkSolver").chain.joints.size();
  std::unique_ptr<IkEngine> engine;
  // Compiling a search takes seconds, so there is not one for every number of joints.
  [&]<int... Sizes>(std::integer_sequence<int, Sizes...>) {
    ((joints <= Sizes && (engine = std::make_unique<IkSearch<Sizes>>(arm, scene, threads))) || ...);
  }
  (std::integer_sequence<int, 4, 6, 7, 8, 12, max_joints>());
  return engine;
}

}  // namespace mace::detail
