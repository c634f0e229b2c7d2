// SPDX-License-Identifier: Apache-2.0
// The paper's tables, and beside them what the paper does not ask:
//   paper_tables completion --seeds 20 --json FILE
//   paper_tables ik --robot panda.urdf --json FILE
#include <thread>

#include "common/command_line.hpp"
#include "common/robots.hpp"
#include "completion_table.hpp"
#include "exact_table.hpp"
#include "mace/train/vae_prior.hpp"
#include "reach_table.hpp"

using namespace mace;
using namespace mace::benchmarks;

namespace {

constexpr const char* priors = MACE_SOURCE_DIR "/priors/";

struct Settings {
  std::string prior, json, robot = "panda", tip = "panda_grasptarget";
  Index seeds = 20;
  std::size_t goals = 10;
  Index attempts = 20;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
};

template <class Shape>
Json completion(const Settings& s, const Safetensors& file) {
  CompletionTable<Shape> table(s.threads, read_vae<Shape>(file));
  table.run(s.seeds);
  table.print();
  Json json{{"benchmark", "completion"}, {"device", "cpu"}, {"threads", s.threads}, {"seeds", s.seeds}};
  json.update(table.json());
  return json;
}

Json completion(const Settings& s) {
  const Safetensors file = read_safetensors(s.prior);
  return network_of(file, "boxes") == "small" ? completion<SmallVae>(s, file) : completion<PaperVae>(s, file);
}

/// One row of a table of tuned samples, over some goals in a scene.
Json reach_row(const ReachSetting& setting, const ReachMethod& method, const std::string& scene,
               std::span<const Vec<3, double>> goals) {
  ReachRow row(method);
  for (std::size_t i = 0; i < goals.size(); ++i)
    add_goal(row, setting, examples::named_scene(scene), goals[i], static_cast<std::uint64_t>(i));
  row.print();
  return row.json();
}

/// The scenes at their own goals, with the paper's numbers and with ours.
Json reach_scenes(const ReachSetting& setting) {
  Json json;
  for (const std::string scene : {"wall", "cwall", "window", "box"}) {
    std::printf("\nscene %s\n\n", scene.c_str());
    ReachRow::print_header();
    for (const ReachMethod& method : scene_methods(scene))
      json[scene][method.name] = reach_row(setting, method, scene, std::array{examples::named_goal(scene)});
  }
  return json;
}

Json ik(const Settings& s) {
  const ReachSetting setting{.judge = examples::read_robot(s.robot, s.robot == "panda" ? "" : s.tip),
                             .prior = read_arm_prior<ArmNetwork<7>>(read_safetensors(s.prior), panda_arm().chain),
                             .threads = s.threads};
  Json json{{"benchmark", "ik"},
            {"device", "cpu"},
            {"threads", s.threads},
            {"goals", s.goals},
            {"judged_on", s.robot == "panda" ? "the built-in panda" : s.robot}};
  std::printf("Table 1: %zu goals behind cwall, %td samples each\n\n", s.goals, setting.judged);
  ReachRow::print_header();
  for (const ReachMethod& method : table1_methods())
    json["table1"][method.name] = reach_row(setting, method, "cwall", std::span(table1_goals).first(s.goals));
  json["scenes"] = reach_scenes(setting);
  std::printf("\nTable 2: the goal in the box, %td attempts\n\n", s.attempts);
  ExactRow::print_header();
  for (ExactRow& row : table2_rows()) {
    for (Index i = 0; i < s.attempts; ++i) add_attempt(row, setting, static_cast<std::uint64_t>(i));
    row.print();
    json["table2"][row.name] = row.json();
  }
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("The paper's tables, measured on this machine.", "paper_tables");
  app.require_subcommand(1);
  CLI::App* boxes = app.add_subcommand("completion", "box completion (App. C) against the exact posterior");
  boxes->add_option("--seeds", s.seeds, "how many observations")->check(CLI::Range(1, 100000))->capture_default_str();
  CLI::App* arm = app.add_subcommand("ik", "reaching around obstacles (4.2), judged by Bullet");
  arm->add_option("--robot", s.robot, "whose hulls the samples are judged on: panda (built in) or its URDF file")
      ->capture_default_str();
  arm->add_option("--tip", s.tip, "of the URDF's links")->capture_default_str();
  arm->add_option("--goals", s.goals, "of Table 1's")->check(CLI::Range(1, 10))->capture_default_str();
  arm->add_option("--attempts", s.attempts, "of Table 2")->check(CLI::Range(1, 100000))->capture_default_str();
  for (CLI::App* table : {boxes, arm}) {
    table->add_option("--prior", s.prior, "the trained prior; by default the one that comes with the library");
    table->add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
    table->add_option("--json", s.json, "a file for the results");
  }
  return examples::run_program(app, argc, argv, [&] {
    if (!s.json.empty()) examples::require_writable(s.json);
    if (s.prior.empty()) s.prior = std::string(priors) + (boxes->parsed() ? "boxes" : "panda") + ".safetensors";
    const Json json = boxes->parsed() ? completion(s) : ik(s);
    if (!s.json.empty()) examples::write_json(s.json, json);
  });
}
