// SPDX-License-Identifier: Apache-2.0
// The paper's tables, and beside them what the paper does not ask:
//   paper_tables completion --seeds 20 --json FILE
//   paper_tables ik --robot panda.urdf --json FILE
//   paper_tables grasp --seeds 100 --resume FILE --out FOLDER --json FILE
#include <thread>

#include "common/command_line.hpp"
#include "mace/io/cloud_set.hpp"
#include "mace/prior/vae_prior.hpp"
#include "paper/completion_table.hpp"
#include "paper/exact_table.hpp"
#include "paper/goals_table.hpp"
#include "paper/grasp_reference.hpp"
#include "paper/grasp_table.hpp"
#include "paper/panda_hulls.hpp"
#include "paper/reach_table.hpp"
#include "paper/window_table.hpp"

using namespace mace;
using namespace mace::benchmarks;

namespace {

constexpr const char* priors = MACE_SOURCE_DIR "/priors/";

struct Settings {
  std::string prior, json, robot = "panda", cvae, objects, resume, out;
  Index seeds = 20, is_objects = 20, reference = 0, reference_objects = 3, window_runs = 0;
  std::size_t goals = 10, runs = 5, exact_goals = 100;
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
  require_task(file, "boxes");
  Json json;
  with_vae_shape<SmallVae, PaperVae>(file, [&]<class Shape>() { json = completion<Shape>(s, file); });
  return json;
}

/// One row of a table of tuned samples, over some goals in a scene: a run each, with a seed of its own.
Json reach_row(const ReachSetting& setting, const ReachMethod& method, const std::string& scene,
               std::span<const Vec<3, double>> goals) {
  ReachRow row(method);
  for (std::size_t i = 0; i < goals.size(); ++i)
    add_goal(row, setting, named_scene(scene), goals[i], static_cast<std::uint64_t>(i));
  row.print();
  return row.json();
}

Json table1(const ReachSetting& setting, std::size_t goals) {
  std::printf("Table 1: %zu goals behind cwall, %td samples each\n\n", goals, setting.judged);
  ReachRow::print_header();
  Json json;
  for (const ReachMethod& method : table1_methods())
    json[method.name] = reach_row(setting, method, "cwall", std::span(table1_goals).first(goals));
  return json;
}

/// The scenes at their own goals, with the paper's numbers and with ours.
Json reach_scenes(const ReachSetting& setting, std::size_t runs) {
  Json json;
  for (const std::string scene : {"wall", "cwall", "window", "box"}) {
    std::printf("\nscene %s at its own goal, %zu runs\n\n", scene.c_str(), runs);
    ReachRow::print_header();
    const std::vector goals(runs, named_goal(scene));
    for (const ReachMethod& method : scene_methods(scene))
      json[scene][method.name] = reach_row(setting, method, scene, goals);
  }
  return json;
}

Json table2(const ReachSetting& setting, Index attempts) {
  std::printf("\nTable 2: the goal in the box, %td attempts\n\n", attempts);
  ExactRow::print_header();
  Json json;
  for (ExactRow& row : table2_rows()) {
    for (Index i = 0; i < attempts; ++i) add_attempt(row, setting, static_cast<std::uint64_t>(i));
    row.print();
    json[row.name] = row.json();
  }
  return json;
}

/// What is promised of exact solutions, beyond the paper.
Json exact_goals(const ReachSetting& setting, std::size_t goals) {
  std::printf("\n--exact: %zu goals a scene, each coordinate within %g cm of the scene's own goal, %d threads\n\n",
              goals, 1e2 * goals_reach, setting.threads);
  GoalsRow::print_header();
  Json json;
  for (const std::string scene : {"box", "window", "cwall"}) {
    const GoalsRow row = goals_row(setting, scene, goals);
    row.print();
    json[scene] = row.json();
  }
  return json;
}

Json ik(const Settings& s) {
  require(s.out.empty() || s.window_runs > 0,
          "--out: wanted --window-reference above 0, whose picture it is for, got 0");
  examples::ResultFolder folder(s.out, {"window.png"});  // before the work: can it be written?
  const ReachSetting setting{.judge = panda_hulls(s.robot),
                             .prior = read_arm_prior<ArmNetwork<7>>(read_safetensors(s.prior), panda_arm().chain),
                             .threads = s.threads};
  Json json{{"benchmark", "ik"},    {"device", "cpu"},
            {"threads", s.threads}, {"table1_goals", s.goals},
            {"runs", s.runs},       {"judged_on", s.robot == "panda" ? "the built-in panda" : s.robot}};
  if (s.goals > 0) json["table1"] = table1(setting, s.goals);
  if (s.runs > 0) json["scenes"] = reach_scenes(setting, s.runs);
  if (s.attempts > 0) json["table2"] = table2(setting, s.attempts);
  if (s.exact_goals > 0) json["goals"] = exact_goals(setting, s.exact_goals);
  if (s.window_runs > 0) {
    WindowTable window(setting, 2'000'000);
    json["window_reference"] = window.run(s.window_runs);
    if (folder.wanted()) window.paint(folder.file("window.png"));
    folder.commit();
  }
  return json;
}

GraspSetting grasp_setting(const Settings& s) {
  GraspSetting setting{.prior = read_safetensors(s.prior),
                       .cvae = s.cvae.empty() ? Safetensors{} : read_safetensors(s.cvae),
                       .objects = {},
                       .is_objects = s.is_objects,
                       .threads = s.threads};
  if (!s.objects.empty()) setting.objects = read_cloud_set<examples::cloud_points>(s.objects);
  for (std::size_t i = 0; i < setting.objects.size(); ++i)
    examples::require_in_frame(s.objects + ": cloud " + std::to_string(i), setting.object(static_cast<Index>(i)));
  return setting;
}

Json grasp(const Settings& s) {
  examples::ResultFolder folder(s.out, {"grasp_score.png", "grasp_error.png", "grasp_diversity.png"});
  const GraspSetting setting = grasp_setting(s);
  Json json{{"benchmark", "grasp"},
            {"device", "cpu"},
            {"threads", s.threads},
            {"objects", s.objects},
            {"prior", s.prior},
            {"cvae", s.cvae},
            {"is_objects", s.is_objects},
            {"numbers", grasp_numbers()},
            {"prior_is", setting.prior.metadata},
            {"cvae_is", setting.cvae.metadata}};
  ResultLog log(s.resume, json);
  const auto left = static_cast<Index>(setting.objects.size());
  const Index count = left > 0 ? std::min(s.seeds, left) : s.seeds;
  require_task(setting.prior, "planes");
  with_vae_shape<SmallPlanesVae, PaperVae>(setting.prior,
                                           [&]<class Shape>() { grasp_objects<Shape>(setting, count, log); });
  json["seeds"] = log.results().size();
  print_grasp(log.results());
  json.update(grasp_json(log.results()));
  if (s.reference > 0) {
    const Index few = std::min(count, s.reference_objects);
    with_vae_shape<SmallPlanesVae, PaperVae>(
        setting.prior, [&]<class Shape>() { json["reference"] = grasp_references<Shape>(setting, few, s.reference); });
  }
  if (folder.wanted()) {
    paint_grasp(folder.file("grasp_score.png"), log.results(), "score", "score", 3);
    paint_grasp(folder.file("grasp_error.png"), log.results(), "error", "mean contact error", 3);
    paint_grasp(folder.file("grasp_diversity.png"), log.results(), "diversity", "diversity", 2);
  }
  folder.commit();
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
  const auto how_many = [&](const char* flag, auto& number, const char* what, int most) {
    arm->add_option(flag, number, std::string(what) + "; 0 leaves the table out")
        ->check(CLI::Range(0, most))
        ->capture_default_str();
  };
  how_many("--goals", s.goals, "of Table 1's", 10);
  how_many("--runs", s.runs, "of each method in each scene", 100000);
  how_many("--attempts", s.attempts, "of Table 2", 100000);
  how_many("--window-reference", s.window_runs, "in the window, of each method beside the exact posterior", 100000);
  how_many("--exact-goals", s.exact_goals, "a scene, for exact solutions", 100000);
  CLI::App* shapes = app.add_subcommand("grasp", "shapes from contacts (4.1)");
  shapes->add_option("--seeds", s.seeds, "how many objects")->check(CLI::Range(1, 100000))->capture_default_str();
  shapes->add_option("--objects", s.objects,
                     "objects of a set instead of drawn airplanes: an .npy file [n, 2048, 3] or a folder of PLY files");
  shapes->add_option("--is", s.is_objects, "on so many of them importance sampling and Posterior too")
      ->capture_default_str();
  shapes->add_option("--cvae", s.cvae, "the trained conditional VAE; \"\" leaves it out")
      ->default_str("the one that comes with the library");
  shapes
      ->add_option("--reference", s.reference,
                   "compare tuned samples with those of so many of the prior that agree as well; 0: do not")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  shapes->add_option("--reference-objects", s.reference_objects, "on so many objects")->capture_default_str();
  shapes->add_option("--resume", s.resume, "a file for the results of each object, to go on from");
  shapes->add_option("--out", s.out, "a folder for the pictures");
  arm->add_option("--out", s.out, "a folder for the picture of --window-reference");
  for (CLI::App* table : {boxes, arm, shapes}) {
    table->add_option("--prior", s.prior, "the trained prior; by default the one that comes with the library");
    table->add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
    table->add_option("--json", s.json, "a file for the results");
  }
  return examples::run_program(app, argc, argv, [&] {
    if (!s.json.empty()) examples::require_writable(s.json);
    const char* const prior = boxes->parsed() ? "boxes" : arm->parsed() ? "panda" : "planes";
    if (s.prior.empty()) s.prior = std::string(priors) + prior + ".safetensors";
    if (shapes->count("--cvae") == 0) s.cvae = std::string(priors) + "grasp_cvae.safetensors";
    const Json json = boxes->parsed() ? completion(s) : arm->parsed() ? ik(s) : grasp(s);
    if (!s.json.empty()) examples::write_json(s.json, json);
  });
}
