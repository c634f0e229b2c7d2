// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "mace/core/philox.hpp"
#include "mace/ik.hpp"
#include "mace/robot/panda_arm.hpp"
#include "support/allocations.hpp"
#include "support/errors.hpp"

using namespace mace;

namespace {

constexpr double forever = std::numeric_limits<double>::infinity();
const Pose<double> down = Pose<double>::from_rpy({3.14159265, 0, 0}, {0.5, 0.1, 0.3});

/// A table below and a box beside the goal `down`.
Scene around_goal() {
  Scene scene;
  scene.boxes.push_back({{{.position = {0.5, 0, 0.1}}, {0.2, 0.4, 0.02}}, "table"});
  scene.boxes.push_back({{{.position = {0.5, 0.3, 0.3}}, {0.05, 0.05, 0.2}}, "post"});
  return scene;
}

void check_solutions(const IkSolver& solver, const IkResult& result, std::span<const GoalRegion<>> goals,
                     const IkOptions& options) {
  const SerialChain<7, double> chain = panda_chain<double>();
  for (const IkSolution& s : result.solutions) {
    REQUIRE(s.q.size() == 7);
    for (int j = 0; j < 7; ++j) {
      CHECK(s.q[static_cast<std::size_t>(j)] >= chain.joint[j].lower);
      CHECK(s.q[static_cast<std::size_t>(j)] <= chain.joint[j].upper);
    }
    const Pose<double> tip = solver.pose(s.q);
    CHECK(goals[s.goal].distance(tip) <= options.tolerance);
    CHECK(goals[s.goal].turn(tip) <= options.turn_tolerance);
    CHECK(solver.check().clearance(s.q) >= options.margin);
  }
}

double largest_way(std::span<const double> a, std::span<const double> b) {
  double most = 0;
  for (std::size_t j = 0; j < a.size(); ++j) most = std::max(most, std::abs(a[j] - b[j]));
  return most;
}

}  // namespace

TEST_CASE("each kind of goal is solved, within the limits, the tolerances and the margin") {
  IkSolver solver(panda_arm(), around_goal());
  GoalRegion<> shelf = GoalRegion<>::along({0.5, 0, 0.4}, {0, 0, -1}, 0.2);
  shelf.half = {0.02, 0.2, 0.01};
  for (const GoalRegion<>& goal : {GoalRegion<>(down), GoalRegion<>(Vec<3, double>{0.4, -0.2, 0.5}),
                                   GoalRegion<>::along({0.5, 0, 0.4}, {0, 0.6, 0.8}), shelf}) {
    const IkOptions options{
        .solutions = 5, .deadline = forever, .tolerance = 1e-5, .turn_tolerance = 1e-4, .margin = 0.01};
    const IkResult& result = solver.solve(goal, options);
    CHECK(result.status == IkStatus::solved);
    CHECK(result.solutions.size() == 5);
    CHECK(result.first.value() <= result.seconds);
    CHECK(result.at_goal <= result.tries);
    check_solutions(solver, result, {&goal, 1}, options);
    for (std::size_t a = 0; a < result.solutions.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) CHECK(largest_way(result.solutions[a].q, result.solutions[b].q) >= 0.05);
  }
}

TEST_CASE("of several goals any will do, and each solution says which it reaches") {
  IkSolver solver(panda_arm(), around_goal());
  const std::vector<GoalRegion<>> goals{Vec<3, double>{3, 0, 0}, down, Vec<3, double>{0.4, -0.3, 0.5}};
  const IkOptions options{.solutions = 20, .deadline = forever};
  const IkResult& result = solver.solve(std::span(goals), options);
  CHECK(result.status == IkStatus::solved);
  check_solutions(solver, result, goals, options);
  std::vector<int> reached(3);
  for (const IkSolution& s : result.solutions) ++reached[s.goal];
  CHECK(reached[0] == 0);
  CHECK(reached[1] > 0);
  CHECK(reached[2] > 0);
}

TEST_CASE("where there is no solution, the status and the sentence say why") {
  Scene scene = around_goal();
  IkSolver solver(panda_arm(), scene);
  SUBCASE("beyond the arm's length") {
    const IkResult& result = solver.solve(Vec<3, double>{5, 0, 0});
    CHECK(result.status == IkStatus::infeasible);
    CHECK(result.explained() == "infeasible: the goal is beyond the length of the arm");
  }
  SUBCASE("out of reach") {
    const Pose<double> away = Pose<double>::from_rpy({0, -1.5707963, 0}, {0.8, 0, 0.3});  // the hand points back
    const IkResult& result = solver.solve(away, {.deadline = forever});
    CHECK(result.status == IkStatus::unreachable);
    CHECK(result.at_goal == 0);
    CHECK(result.tries >= 4096);
    REQUIRE(result.miss);
    CHECK(GoalRegion<>(away).distance(solver.pose(result.miss->q)) == doctest::Approx(result.miss->distance));
    CHECK(result.miss->distance > 1e-3);
    CHECK(result.explained().starts_with("unreachable: none of 4096 starts came to the goal; the nearest stopped "));
  }
  SUBCASE("an obstacle at the goal") {
    scene.spheres.push_back({{{0.5, 0.1, 0.3}, 0.05}, "ball"});
    solver.set_scene(scene);
    const IkResult& result = solver.solve(down, {.deadline = 0.5});
    CHECK(result.status == IkStatus::blocked);
    REQUIRE(!result.blockers.empty());
    bool named = false;
    for (const IkBlocker& b : result.blockers) named = named || b.first == "ball" || b.second == "ball";
    CHECK(named);
    for (std::size_t i = 1; i < result.blockers.size(); ++i)
      CHECK(result.blockers[i].count <= result.blockers[i - 1].count);
    REQUIRE(result.miss);
    CHECK(result.miss->clearance < 0);
    CHECK(solver.check().clearance(result.miss->q) == result.miss->clearance);
    CHECK(result.miss->distance <= 1e-3);
  }
  SUBCASE("an obstacle at the base") {
    scene.spheres.push_back({{{0, 0, 0.05}, 0.05}, "ball"});
    solver.set_scene(scene);
    const IkResult& result = solver.solve(down);
    CHECK(result.status == IkStatus::infeasible);
    CHECK(result.explained() == "infeasible: panda_link0 and ball are in collision at every configuration");
    scene.spheres[0].center = {0, 0, -0.2};
    solver.set_scene(scene);
    CHECK(solver.solve(down, {.margin = 0.2}).explained() ==
          "infeasible: panda_link0 and ball are nearer to each other than the margin at every configuration");
    solver.set_scene(around_goal());
    CHECK(solver.solve(down).status == IkStatus::solved);
  }
  SUBCASE("no time") {
    const IkResult& result = solver.solve(down, {.deadline = 1e-9});
    CHECK(result.status == IkStatus::timed_out);
    CHECK(result.solutions.empty());
  }
}

TEST_CASE("solutions are near the configuration that was given, the nearest first") {
  IkSolver solver(panda_arm(), around_goal());
  const IkOptions far{.solutions = 30, .deadline = forever};
  std::vector<double> near;
  {
    const IkResult& result = solver.solve(down, far);
    near.assign(result.solutions[17].q.begin(), result.solutions[17].q.end());
  }
  const std::vector<double> weights{1, 1, 1, 1, 1, 1, 0};
  for (const bool weighted : {false, true}) {
    IkOptions options{.solutions = 10, .deadline = forever, .near = near};
    if (weighted) options.joint_weights = weights;
    const IkResult& result = solver.solve(down, options);
    CHECK(result.status == IkStatus::solved);
    REQUIRE(result.solutions.size() == 10);
    CHECK(result.solutions[0].joint_distance < 1e-9);
    double before = 0;
    for (const IkSolution& s : result.solutions) {
      double square = 0;
      for (std::size_t j = 0; j < (weighted ? 6 : 7); ++j) square += (s.q[j] - near[j]) * (s.q[j] - near[j]);
      CHECK(s.joint_distance == doctest::Approx(std::sqrt(square)));
      CHECK(s.joint_distance >= before);
      before = s.joint_distance;
    }
  }
}

TEST_CASE("along a line the arm follows without a jump") {
  IkSolver solver(panda_arm(), around_goal());
  std::vector<double> near;
  for (int i = 0; i < 100; ++i) {
    Pose<double> goal = down;
    goal.position = {0.45, -0.2 + 0.003 * i, 0.35};
    const IkResult& result = solver.solve(goal, {.near = near});
    REQUIRE(result.status == IkStatus::solved);
    if (!near.empty()) CHECK(largest_way(near, result.solutions[0].q) < 0.3);
    near.assign(result.solutions[0].q.begin(), result.solutions[0].q.end());
  }
}

TEST_CASE("configurations that differ by whole turns are one, and the one nearest to what was given is returned") {
  ArmDescription arm = panda_arm();
  for (auto& joint : arm.chain.joints) joint.lower = -7, joint.upper = 7;
  IkSolver solver(arm);
  const auto result = solver.solve(down, {.solutions = 40, .deadline = forever}).solutions;
  REQUIRE(result.size() == 40);
  std::vector<double> near(result[3].q.begin(), result[3].q.end());
  for (std::size_t a = 0; a < 40; ++a)
    for (std::size_t b = 0; b < a; ++b) {
      double most = 0;
      for (std::size_t j = 0; j < 7; ++j)
        most = std::max(most, std::abs(std::remainder(result[a].q[j] - result[b].q[j], 6.283185307179586)));
      CHECK(most >= 0.05);
    }
  // The same one with some joints a turn further.
  for (double& q : near) q += q > 0.8 ? -6.283185307179586 : q < -0.8 ? 6.283185307179586 : 0;
  const IkResult& again = solver.solve(down, {.near = near});
  REQUIRE(again.status == IkStatus::solved);
  CHECK(largest_way(again.solutions[0].q, near) < 0.01);
}

TEST_CASE("the result depends on the seed, and neither on the threads nor on earlier calls") {
  std::vector<std::vector<double>> all;
  Index tries = 0;
  for (const int threads : {1, 3}) {
    IkSolver solver(panda_arm(), around_goal(), threads);
    for (int call = 0; call < 2; ++call) {
      solver.solve(Vec<3, double>{0.3, 0.3, 0.6}, {.seed = 7});
      const IkResult& result = solver.solve(down.position, {.solutions = 500, .deadline = forever, .seed = 3});
      REQUIRE(result.solutions.size() == 500);
      if (all.empty()) {
        for (const IkSolution& s : result.solutions) all.emplace_back(s.q.begin(), s.q.end());
        tries = result.tries;
      }
      CHECK(result.tries == tries);
      for (std::size_t i = 0; i < 500; ++i) CHECK(largest_way(result.solutions[i].q, all[i]) == 0);
    }
    CHECK(largest_way(solver.solve(down.position, {.seed = 4}).solutions[0].q, all[0]) > 0);
  }
}

TEST_CASE("from the second call on no memory is allocated") {
  IkSolver solver(panda_arm(), around_goal());
  const Scene scene = around_goal();
  const std::vector<double> near{0, 0, 0, -1.5, 0, 1.5, 0};
  const IkOptions options{.solutions = 20, .deadline = forever, .near = near};
  solver.solve(down, options);
  solver.solve(down, options);
  const long before = test::allocations();
  for (int i = 0; i < 5; ++i) {
    solver.set_scene(scene);
    CHECK(solver.solve(down, options).status == IkStatus::solved);
  }
  CHECK(test::allocations() == before);
}

TEST_CASE("no memory is allocated either where obstacles are in the way for the first time, or solutions are near") {
  IkSolver solver(panda_arm(), around_goal());
  const std::vector<double> near{0, 0, 0, -1.5, 0, 1.5, 0};
  for (int i = 0; i < 2; ++i) solver.solve(Vec<3, double>{0.3, -0.3, 0.6}, {.solutions = 2, .deadline = forever});
  for (const double side : {-0.1, 0.0, 0.1, 0.12}) {
    Pose<double> beside = down;
    beside.position = {0.5, side, 0.25};
    IkOptions options{.solutions = 2, .deadline = forever};
    if (side > 0) options.near = near;
    const long before = test::allocations();
    CHECK(solver.solve(beside, options).status == IkStatus::solved);
    CHECK(test::allocations() == before);
  }
}

TEST_CASE("each of many goals is tried before they are called unreachable") {
  IkSolver solver(panda_arm(), around_goal());
  std::vector<GoalRegion<>> goals(600, Vec<3, double>{0, 0, -0.9});  // below the base, where the arm does not reach
  CHECK(solver.solve(std::span<const GoalRegion<>>(goals).first(2), {.deadline = forever}).status ==
        IkStatus::unreachable);
  goals[500] = down;
  const IkResult& result = solver.solve(std::span<const GoalRegion<>>(goals), {.deadline = forever});
  REQUIRE(result.status == IkStatus::solved);
  CHECK(result.solutions[0].goal == 500);
  for (auto& goal : goals)
    if (goal.orientation == Orientation::free) goal.pose.position = {5, 0, 0};  // beyond the arm's length: not tried
  CHECK(solver.solve(std::span<const GoalRegion<>>(goals), {.deadline = forever}).tries <= 16);
}

TEST_CASE("starts that lead nowhere do not make a goal unreachable") {
  ArmDescription arm = panda_arm();
  for (auto& joint : arm.chain.joints) joint.lower = -1000, joint.upper = 1000;
  arm.chain.joints[0].lower = 0.5;
  IkSolver solver(arm);
  const std::vector<double> starts(7 * 5000, std::numeric_limits<double>::quiet_NaN());
  const IkResult& result = solver.solve(Vec<3, double>{0, 0, -0.9}, {.deadline = forever, .starts = starts});
  CHECK(result.status == IkStatus::unreachable);
  CHECK(result.tries >= 5000 + 4096);
}

TEST_CASE("where `near` is beyond the limits, joints end in the last turn before them") {
  ArmDescription arm = panda_arm();
  for (auto& joint : arm.chain.joints) joint.lower = -20, joint.upper = 20;
  IkSolver solver(arm);
  const std::vector<double> near(7, 100.0);
  const IkResult& result = solver.solve(down, {.solutions = 3, .deadline = forever, .near = near});
  REQUIRE(result.status == IkStatus::solved);
  for (const IkSolution& s : result.solutions)
    for (const double q : s.q) {
      CHECK(q <= 20);
      CHECK(q + 6.283185307179587 > 20);
    }
}

TEST_CASE("`near` may be a solution of the call before") {
  IkSolver solver(panda_arm(), around_goal());
  const auto before = solver.solve(down, {.solutions = 2, .deadline = forever, .seed = 5}).solutions;
  const std::vector<double> copy(before[0].q.begin(), before[0].q.end());
  Pose<double> beside = down;
  beside.position[1] -= 0.05;
  const IkResult& result = solver.solve(beside, {.solutions = 5, .deadline = forever, .near = before[0].q});
  REQUIRE(result.solutions.size() == 5);
  for (const IkSolution& s : result.solutions) {
    double square = 0;
    for (std::size_t j = 0; j < 7; ++j) square += (s.q[j] - copy[j]) * (s.q[j] - copy[j]);
    CHECK(s.joint_distance == doctest::Approx(std::sqrt(square)));
  }
}

TEST_CASE("a search that finds nothing ends soon after the deadline, however long a clearance takes") {
  Scene scene;
  Random random(RandomKey{.seed = 4}, 0);
  for (int i = 0; i < 4000; ++i) {
    Vec<3, double> center{0.5, 0.1, 0.35};
    for (int k = 0; k < 3; ++k) center[k] += 0.1 * (2 * random.uniform() - 1);
    scene.spheres.push_back({{center, 0.02}, ""});
  }
  IkSolver solver(panda_arm(), scene);
  const IkResult& result = solver.solve(down, {.solutions = 3, .deadline = 0.1});
  CHECK(result.at_goal > 256);
  CHECK(result.seconds < 0.2);  // it was 0.3 to 0.5 when all misses were measured
  CHECK(result.miss.value().clearance < 0);
}

TEST_CASE("a search that finds nothing but copies ends, with fewer solutions than asked for") {
  IkSolver solver(panda_arm());
  const IkResult& result = solver.solve(down, {.solutions = 100'000, .deadline = forever});
  CHECK(result.status == IkStatus::partial);
  CHECK(result.solutions.size() > 50);
  CHECK(result.free > 2000);
}

TEST_CASE("the caller's starts are tried first") {
  IkSolver solver(panda_arm(), around_goal());
  const auto found = solver.solve(down, {.solutions = 3, .deadline = forever, .seed = 9}).solutions;
  std::vector<double> starts;
  for (const IkSolution& s : found) starts.insert(starts.end(), s.q.begin(), s.q.end());
  const IkResult& result = solver.solve(down, {.solutions = 3, .deadline = forever, .starts = starts});
  REQUIRE(result.solutions.size() == 3);
  CHECK(result.tries == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(largest_way(result.solutions[i].q, std::span(starts).subspan(7 * i, 7)) < 1e-12);
}

TEST_CASE("arms of 1 to 16 joints") {
  for (int joints = 1; joints <= max_joints; ++joints) {
    ArmDescription arm;
    const double step = 1.0 / joints;
    for (int j = 0; j < joints; ++j) {
      // Axes along z and y in turn, each link of equal length.
      const bool even = j % 2 == 0;
      const Pose<double> turned = Pose<double>::from_rpy({j == 0 ? 0
                                                          : even ? 1.5707963267948966
                                                                 : -1.5707963267948966,
                                                          0, 0},
                                                         {j == 0 ? 0 : step, 0, 0});
      arm.chain.joints.push_back({{JointKind::revolute, turned, -2, 2}, "joint" + std::to_string(j)});
      arm.links.push_back(
          {"link" + std::to_string(j), j, {{{0.1 * step, 0, 0}, {0.9 * step, 0, 0.01}, {0.9 * step, 0.01, 0}}}, {}});
    }
    arm.chain.tip.position = {step, 0, 0};
    IkSolver solver(arm);
    const std::vector<double> q(static_cast<std::size_t>(joints), 0.4);
    const Vec<3, double> goal = solver.pose(q).position;
    const IkResult& result = solver.solve(goal, {.deadline = forever});
    REQUIRE(result.status == IkStatus::solved);
    CHECK(result.solutions[0].q.size() == q.size());
    CHECK(norm(solver.pose(result.solutions[0].q).position - goal) <= 1e-3);
  }
}

TEST_CASE("in one call") {
  const IkAnswer answer = solve_ik(panda_arm(), around_goal(), down, {.solutions = 2});
  CHECK(answer.status == IkStatus::solved);
  REQUIRE(answer.solutions.size() == 2);
  CHECK(answer.solutions[0].size() == 7);
  CHECK(answer.explained.starts_with("solved: 2 solutions from "));
  CHECK(solve_ik(panda_arm(), {}, Vec<3, double>{9, 0, 0}).status == IkStatus::infeasible);
}

TEST_CASE("bad input is refused with one sentence") {
  IkSolver solver(panda_arm());
  const auto refused = [&](const GoalRegion<>& goal, const IkOptions& options) {
    return test::error_of([&] { solver.solve(goal, options); });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> six(6), seven(7), minus(7, -1.0);
  CHECK(refused(down, {.solutions = 0}) == "IkOptions: wanted 1 to 1000000 solutions, got 0");
  CHECK(refused(down, {.deadline = nan}) == "IkOptions: wanted a deadline above 0 seconds, got nan");
  CHECK(refused(down, {.tolerance = 0}) == "IkOptions: wanted finite tolerances above 0, got 0 m and 0.01 rad");
  CHECK(refused(down, {.margin = -0.01}) == "IkOptions: wanted a finite margin of at least 0 m, got -0.01");
  CHECK(refused(down, {.near = six}) == "IkOptions: near: wanted 7 finite joint positions, got 6");
  CHECK(refused(down, {.near = seven, .joint_weights = minus}) ==
        "IkOptions: joint_weights: wanted 7 finite weights of at least 0, got -1 among them");
  const std::vector<double> nans(7, nan);
  CHECK(refused(down, {.near = nans}) == "IkOptions: near: wanted 7 finite joint positions, got nan among them");
  CHECK(refused(down, {.joint_weights = seven}) == "IkOptions: wanted `near` with joint_weights, got none");
  CHECK(refused(down, {.starts = six}) == "IkOptions: starts: wanted rows of 7 joint positions, got 6 numbers");
  CHECK(test::error_of([&] { solver.solve(std::span<const GoalRegion<>>{}); }) ==
        "IkSolver: wanted at least one goal, got none");
  CHECK(test::error_of([] {
          GoalRegion<>::along({0, 0, 0}, {0, 0, 2});
        }) == "goal: wanted an axis of length 1, got 0, 0, 2");
  CHECK(refused(Vec<3, double>{nan, 0, 0}, {}) == "goal: wanted a finite position, got nan, 0, 0");
  CHECK(test::error_of([&] { solver.pose(six); }) == "IkSolver: wanted a q of 7 joints, got 6");
  CHECK(test::error_of([] { IkSolver({}); }).starts_with("IkSolver: wanted a chain of 1 to 16 joints"));
}
