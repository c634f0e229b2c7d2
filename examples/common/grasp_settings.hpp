// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/grasp_presets.hpp"
#include "common/latent_posterior.hpp"
#include "common/program.hpp"
#include "common/report_page.hpp"

namespace mace::examples {

/// What shall be done, as the flags say.
struct GraspSettings : TaskSettings {
  std::string object, cvae, fingers = "in", preset = "quick";
  std::optional<std::size_t> index;
  std::vector<std::vector<float>> finger;
  Index best_of = 1;
};

/// The hyper-parameters by name, where no flag says otherwise.
inline void apply_grasp_preset(const CLI::App& app, GraspSettings& s) {
  if (s.mode == "posterior") {
    for (const char* flag : {"--preset", "--best-of"})
      require(app.count(flag) == 0, flag, ": wanted it without --mode posterior");
    return apply_posterior_preset(app, s);
  }
  // The baseline is the paper's, which has no choice among what is drawn.
  if (s.mode == "is") set_unless_given(app, "--preset", s.preset, std::string("paper"));
  const GraspPreset preset = s.preset == "paper" ? paper_grasp() : quick_grasp();
  apply_preset(app, s, preset.options, preset.rate);
  set_unless_given(app, "--best-of", s.best_of, preset.best_of);
}

inline SettingsList settings_of(const GraspSettings& s) {
  SettingsList list = common_settings(s);
  const auto add_if = [&](bool said, const char* name, const std::string& value) {
    if (said) list.emplace_back(name, value);
  };
  const bool chooses = s.mode == "mace" || s.mode == "is";
  list.emplace_back("mode", s.mode);
  list.emplace_back("object", s.object.empty() ? "drawn from the seed" : s.object);
  add_if(s.index.has_value(), "index", std::to_string(s.index.value_or(0)));
  add_if(s.finger.empty(), "fingers", s.fingers);
  for (const auto& finger : s.finger) list.emplace_back("finger", settings_text(finger));
  add_if(s.mode == "cvae", "cvae", setting_path(s.cvae));
  add_if(chooses, "preset", s.preset);
  add_if(chooses, "best of", std::to_string(s.best_of));
  if (s.mode != "cvae") add_round_settings(list, s, s.mode == "mace");
  if (s.mode == "posterior") add_share_note(list);
  return list;
}

inline void add_grasp_flags(CLI::App& app, GraspSettings& s) {
  CLI::Option* object = app.add_option("--object", s.object,
                                       "what is felt, a .ply or .npy file: nose +x, up +z, box diagonal 1, centered");
  app.add_option("--index", s.index, "--object is a set, an .npy file [n, 2048, 3] or a folder of PLY files: which one")
      ->needs(object);
  app.add_option("--seed", s.seed, "of all random numbers; without --object an airplane is drawn from it too")
      ->capture_default_str();
  CLI::Option* fingers =
      app.add_option("--fingers", s.fingers,
                     "the paper's five: in, the fifth along +x as the CVAE was trained; out, along -x")
          ->check(CLI::IsMember({"in", "out"}))
          ->capture_default_str();
  app.add_option("--finger", s.finger, "x y z, a unit vector: a finger of your own; up to 8 of them")
      ->expected(3)
      ->excludes(fingers);
  add_mode_flag(app, s.mode, {"mace", "posterior", "is", "cvae"},
                "mace (tuning), posterior (sampled in the prior's latents), is (importance sampling) or cvae (a "
                "conditional VAE)");
  app.add_option("--cvae", s.cvae, "what train_grasp_cvae wrote")->capture_default_str();
  app.add_option("--preset", s.preset, "hyper-parameters: quick (ours) or paper (the paper's)")
      ->check(CLI::IsMember({"quick", "paper"}))
      ->capture_default_str();
  app.add_option("--best-of", s.best_of, "K: of K samples of the tuned model one is kept, the best")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

}  // namespace mace::examples
