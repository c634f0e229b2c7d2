// SPDX-License-Identifier: Apache-2.0
// How long it takes to the first certified solution of inverse kinematics on the problems of MotionBenchMaker, and
// whether what is returned is free by the triangles of the maker's meshes (FCL).
// `ik_mbm --problems panda_problems.jsonl --meshes FOLDER --json ik_mbm.json --solutions ik_mbm.csv`
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/csv.hpp"
#include "common/program.hpp"
#include "paper/series.hpp"
#include "speed/mbm/mesh_judge.hpp"
#include "speed/mbm/problems.hpp"
#include "speed/mbm/solvers.hpp"
#include "speed/mbm/task.hpp"

using namespace mace;
using namespace mace::benchmarks;
using examples::Json;

namespace {

struct Settings {
  examples::RobotSettings robot;
  IkOptions options;
  int threads = 1;
  std::string problems, meshes, json, solutions;
  bool kdl = false;
};

/// What of a time over the problems of a set counts.
Json summary(const Series& milliseconds) {
  return {{"median", milliseconds.median()}, {"p99", milliseconds.quantile(0.99)}, {"worst", milliseconds.quantile(1)}};
}

/// A solver's times over the problems of a set. What is not solved within the deadline counts as the deadline.
struct Times {
  Series wall{}, processor{};  // ms
  Index solved = 0, in_ten_ms = 0;

  void add(const MbmAnswer& answer, double deadline) {
    solved += answer.q ? 1 : 0;
    in_ten_ms += answer.q && answer.seconds <= 0.01 ? 1 : 0;
    wall.values.push_back(1e3 * (answer.q ? answer.seconds : deadline));
    processor.values.push_back(1e3 * (answer.q ? answer.processor_seconds : deadline));
  }
  Json json() const {
    return {{"problems", wall.values.size()},
            {"solved", solved},
            {"first_ms", summary(wall)},
            {"processor_ms", summary(processor)},
            {"ten_ms", in_ten_ms}};
  }
  void print(const std::string& set, const char* solver) const {
    std::printf("%-18s %-5s %5td of %3zu %9.3f %9.3f %9.3f %9.3f %7td", set.c_str(), solver, solved, wall.values.size(),
                wall.median(), wall.quantile(0.99), wall.quantile(1), processor.median(), in_ten_ms);
  }
};

/// How many solutions were judged by one kind of meshes, and how many of these are in collision by them.
struct Judgment {
  Index judged = 0, disagreements = 0;
  Json json() const { return {{"judged", judged}, {"disagreements", disagreements}}; }
};

struct SetResults {
  Times ours, kdl;
  /// Solutions that are beyond the joint limits or not at the goal.
  Index astray = 0;
  Judgment collision, visual;

  Json json(bool with_kdl) const {
    Json json = ours.json();
    json["astray"] = astray;
    json.update(collision.json());
    json["visual"] = visual.json();
    if (with_kdl) json["kdl"] = kdl.json();
    return json;
  }
};

/// A robot with open fingers, and who judges it.
struct Robot {
  ArmDescription arm;
  std::optional<MeshJudge> collision{}, visual{};
};

Robot read_robot(const Settings& s) {
  std::optional<UrdfLinks> urdf;
  SceneFile fingers;
  if (s.robot.name == "panda") {
    fingers.opening = 2 * finger_opening;
  } else {
    urdf.emplace(s.robot.name);
    fingers.joint_values = urdf->open_fingers(s.robot.tip);
  }
  Robot robot{examples::read_robot(s.robot, fingers)};
  if (s.meshes.empty()) return robot;
  require(std::filesystem::is_directory(s.meshes), "--meshes: wanted a folder, got ", s.meshes);
  const std::filesystem::path folder(s.meshes), collision = folder / "collision", visual = folder / "visual";
  const auto& of = std::filesystem::is_directory(collision) ? collision : folder;
  robot.collision.emplace(robot.arm, urdf ? urdf->collision(robot.arm, of) : panda_meshes(robot.arm, of));
  require(robot.collision->links().size() == robot.arm.links.size(), of.string(),
          ": wanted a mesh, .stl or .obj, of each of the robot's ", robot.arm.links.size(), " links, got ",
          robot.collision->links().size());
  if (std::filesystem::is_directory(visual))
    robot.visual.emplace(robot.arm, urdf ? urdf->visual(robot.arm, visual) : panda_meshes(robot.arm, visual));
  return robot;
}

class Run {
 public:
  explicit Run(const Settings& s) : settings_(s), problems_(read_mbm_problems(s.problems)), robot_(read_robot(s)) {
    for (const MbmProblem& problem : problems_) tasks_.push_back(make_task(problem, robot_.arm));
    std::vector<std::string> header{"set", "id"};
    for (const auto& joint : robot_.arm.chain.joints) header.push_back(joint.name);
    solutions_ = examples::csv_line(header) + "\n";
  }

  void run() {
    const MbmSolver ours = mace_solver(robot_.arm, settings_.options, settings_.threads);
    for (const MbmTask& task : tasks_) {
      const MbmAnswer answer = ask(ours, task);
      SetResults& results = of(task);
      results.ours.add(answer, settings_.options.deadline);
      if (!answer.q) continue;
      keep(task, *answer.q);
      results.astray += is_at_goal(task, robot_.arm.chain, *answer.q, settings_.options) ? 0 : 1;
      judge(task, *answer.q, robot_.collision, "collision", results.collision);
      judge(task, *answer.q, robot_.visual, "visual", results.visual);
    }
#ifdef MACE_BENCHMARKS_KDL
    if (!settings_.kdl) return;
    const MbmSolver kdl = kdl_solver(robot_.arm, settings_.options);
    for (const MbmTask& task : tasks_) of(task).kdl.add(ask(kdl, task), settings_.options.deadline);
#endif
  }

  /// Prints and returns the results.
  Json report() const {
    Json json{{"benchmark", "ik_mbm"},
              {"problems", settings_.problems},
              {"robot", settings_.robot.name},
              {"threads", settings_.threads},
              {"deadline_s", settings_.options.deadline},
              {"tolerance_m", settings_.options.tolerance},
              {"tolerance_rad", settings_.options.turn_tolerance},
              {"depth_m", MeshJudge::depth},
              {"judged_links", judged_links(robot_.collision)},
              {"visually_judged_links", judged_links(robot_.visual)},
              {"sets", Json::object()},
              {"contacts", contacts_}};
    std::printf(
        "set                solver     solved median/ms    p99/ms  worst/ms of CPU/ms  <10 ms  collisions by meshes\n");
    for (const auto& [set, results] : sets_) {
      json["sets"][set] = results.json(settings_.kdl);
      results.ours.print(set, "mace");
      if (robot_.collision)
        std::printf("  %td of %td", results.collision.disagreements, results.collision.judged);
      else
        std::printf("  not judged");
      if (robot_.visual) std::printf("; visual ones: %td of %td", results.visual.disagreements, results.visual.judged);
      std::printf("\n");
      if (!settings_.kdl) continue;
      results.kdl.print(set, "KDL");
      std::printf("\n");
    }
    if (!robot_.collision) std::printf("No solution was judged, since no --meshes were given.\n");
    return json;
  }

  const std::string& solutions() const {
    return solutions_;
  }

 private:
  /// Sets are kept in the order in which they come.
  SetResults& of(const MbmTask& task) {
    for (auto& [name, results] : sets_)
      if (name == task.problem->set) return results;
    return sets_.emplace_back(task.problem->set, SetResults{}).second;
  }

  /// An answer after the deadline is none. Errors begin with the problem's place.
  MbmAnswer ask(const MbmSolver& solver, const MbmTask& task) const {
    try {
      MbmAnswer answer = solver(task);
      if (answer.seconds > settings_.options.deadline) answer.q.reset();
      return answer;
    } catch (const Error& error) {
      fail(task.problem->place, ": ", error.what());
    }
  }

  void keep(const MbmTask& task, const std::vector<double>& q) {
    std::vector<std::string> row{task.problem->set, std::to_string(task.problem->id)};
    for (const double position : q) row.push_back(mace::detail::general_text(position, 17));
    solutions_ += examples::csv_line(row) + "\n";
  }

  void judge(const MbmTask& task, const std::vector<double>& q, const std::optional<MeshJudge>& judge, const char* by,
             Judgment& judgment) {
    if (!judge) return;
    ++judgment.judged;
    const auto contact = judge->contact(task.scene, q);
    if (!contact) return;
    ++judgment.disagreements;
    contacts_.push_back({{"set", task.problem->set},
                         {"id", task.problem->id},
                         {"meshes", by},
                         {"link", contact->first},
                         {"with", contact->second}});
  }

  static Json judged_links(const std::optional<MeshJudge>& judge) {
    return judge ? Json(judge->links()) : Json::array();
  }

  const Settings settings_;
  const std::vector<MbmProblem> problems_;
  const Robot robot_;
  std::vector<MbmTask> tasks_;
  std::vector<std::pair<std::string, SetResults>> sets_;
  std::string solutions_;
  Json contacts_ = Json::array();
};

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("The first certified solution of inverse kinematics on the problems of MotionBenchMaker.", "ik_mbm");
  app.add_option("--problems", s.problems, "a file with a problem a line, as JSON")->required();
  examples::add_robot_flags(app, s.robot);
  app.add_option("--meshes", s.meshes,
                 "a folder of the maker's meshes, or one with folders collision and visual, to judge solutions by");
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--deadline", s.options.deadline, "seconds a problem")
      ->check(CLI::Range(1e-3, 1e6))
      ->capture_default_str();
#ifdef MACE_BENCHMARKS_KDL
  app.add_flag("--kdl", s.kdl, "time KDL from uniform starts too, with the same collision check, on one thread");
#endif
  app.add_option("--json", s.json, "a file for the results");
  app.add_option("--solutions", s.solutions, "a file for the solutions, as CSV");
  return examples::run_program(app, argc, argv, [&] {
    for (const std::string& file : {s.json, s.solutions})
      if (!file.empty()) examples::require_writable(file);
    Run run(s);
    run.run();
    const Json json = run.report();
    if (!s.json.empty()) examples::write_json(s.json, json);
    if (s.solutions.empty()) return;
    AtomicFile file(s.solutions);
    file.write(run.solutions());
    file.commit();
  });
}
