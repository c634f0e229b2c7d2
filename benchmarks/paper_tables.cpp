// SPDX-License-Identifier: Apache-2.0
// The paper's tables, and beside them what the paper does not ask: `paper_tables completion --seeds 20 --json FILE`.
#include <thread>

#include "common/command_line.hpp"
#include "completion_table.hpp"
#include "mace/train/vae_prior.hpp"

using namespace mace;

namespace {

struct Settings {
  std::string prior = MACE_SOURCE_DIR "/priors/boxes.safetensors", json;
  Index seeds = 20;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
};

template <class Shape>
void completion(const Settings& s, const Safetensors& file) {
  benchmarks::CompletionTable<Shape> table(s.threads, read_vae<Shape>(file));
  table.run(s.seeds);
  table.print();
  benchmarks::Json json{{"benchmark", "completion"}, {"device", "cpu"}, {"threads", s.threads}, {"seeds", s.seeds}};
  json.update(table.json());
  if (!s.json.empty()) examples::write_json(s.json, json);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("The paper's tables, measured on this machine.", "paper_tables");
  app.require_subcommand(1);
  CLI::App* task = app.add_subcommand("completion", "box completion (App. C) against the exact posterior");
  task->add_option("--prior", s.prior, "the trained prior")->capture_default_str();
  task->add_option("--seeds", s.seeds, "how many observations")->check(CLI::Range(1, 100000))->capture_default_str();
  task->add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  task->add_option("--json", s.json, "a file for the results");
  return examples::run_program(app, argc, argv, [&] {
    if (!s.json.empty()) examples::require_writable(s.json);
    const Safetensors file = read_safetensors(s.prior);
    if (network_of(file, "boxes") == "small")
      completion<SmallVae>(s, file);
    else
      completion<PaperVae>(s, file);
  });
}
