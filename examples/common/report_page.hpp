// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/program.hpp"
#include "common/result_table.hpp"
#include "mace/core/error.hpp"
#include "mace/core/number_text.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/tune/report.hpp"

/// A run as a page to look at: one file that needs nothing else.
namespace mace::examples {

/// Names and values that a run is repeated with.
using SettingsList = std::vector<std::pair<std::string, std::string>>;

/// What the page tells, and what it draws.
struct RunPage {
  std::string title, summary;
  SettingsList settings;
  ResultTable table;
  PhaseSeconds seconds = {};
  std::vector<RoundRecord> history = {};
  bool has_elites = true;  ///< whether the rounds have a threshold
  Json scene = {};         ///< made by cloud_scene or arm_scene
};

/// To a summary where a model was tuned: what its last samples are not.
inline constexpr const char* tuned_note =
    " Tuned samples are good guesses, more alike than the observation asks for; --mode posterior draws the spread.";

inline std::string setting_text(double number) {
  return mace::detail::general_text(number, 9);
}
/// Numbers one after the other.
template <class Numbers>
std::string settings_text(const Numbers& numbers) {
  std::string text;
  for (const auto number : numbers)
    text.append(text.empty() ? "" : " ").append(setting_text(static_cast<double>(number)));
  return text;
}

/// A file as it is found: one that comes with the project is named from its folder.
inline std::string setting_path(const std::string& path) {
  const std::string folder = MACE_SOURCE_DIR "/";
  return path.starts_with(folder) ? path.substr(folder.size()) : path;
}

/// Those of every task.
inline SettingsList common_settings(const TaskSettings& s) {
  return {{"seed", std::to_string(s.seed)},
          {"prior", setting_path(s.prior)},
          {"device", s.device},
          {"precision", name_of(s.precision)},
          {"threads", std::to_string(s.threads)}};
}

/// Those of every task that has rounds; `elites`: whether a share of the samples is chosen.
inline void add_round_settings(SettingsList& list, const TaskSettings& s, bool elites) {
  list.emplace_back("samples a round", std::to_string(s.samples));
  if (elites) list.emplace_back("quantile", setting_text(s.quantile));
  list.insert(list.end(), {{"steps", std::to_string(s.steps)},
                           {"steps a round", std::to_string(s.steps_per_round)},
                           {"rate", setting_text(s.rate)},
                           {"batches", std::to_string(s.batches)}});
}

/// What the scores of a Posterior's rounds are (RoundRecord), where others' are scores.
inline void add_share_note(SettingsList& list) {
  list.emplace_back("scores of rounds", "as shares of the best so far");
}

inline Json table_json(const ResultTable& table) {
  const auto cells = [](const ResultTable::Row& row) { return Json::array({row.name, row.prior, row.after}); };
  Json rows = Json::array();
  for (const auto& row : table.rows()) rows.push_back(cells(row));
  return {{"columns", cells(table.header())}, {"rows", rows}};
}

/// Where only the total is known (PhaseSeconds), that alone; of nothing that took time, nothing.
inline Json phases_json(const PhaseSeconds& s) {
  Json phases = Json::array();
  const auto add = [&](const char* name, double seconds) { phases.push_back({{"name", name}, {"seconds", seconds}}); };
  if (s.fit > 0)
    add("sample", s.sample), add("simulate", s.simulate), add("score", s.score), add("select", s.select),
        add("fit", s.fit);
  else if (s.total > 0)
    add("in all", s.total);
  return phases;
}

inline Json page_json(const RunPage& run) {
  Json settings = Json::array(), rounds = Json::array();
  for (const auto& [name, value] : run.settings) settings.push_back(Json::array({name, value}));
  for (const RoundRecord& r : run.history)
    rounds.push_back({{"round", r.round + 1},
                      {"mean", r.mean_score},
                      {"best", r.best_score},
                      {"threshold", run.has_elites && r.elites > 0 ? Json(r.threshold) : Json()}});
  return {{"version", 1},
          {"title", run.title},
          {"summary", run.summary},
          {"settings", settings},
          {"table", table_json(run.table)},
          {"phases", phases_json(run.seconds)},
          {"rounds", rounds},
          {"scene", run.scene}};
}

/// JSON that may stand inside of a script element: no text in it can end the element. NaN and infinity become null,
/// bytes that are no UTF-8 its replacement character.
inline std::string script_text(const Json& json) {
  std::string text;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace))
    c == '<' ? text.append("\\u003c") : text.append(1, c);
  return text;
}

/// The page that runs are shown on, as examples/report is built.
class ReportPage {
 public:
  /// `page`: an HTML file; where it is missing there will be no report. Errors: it has not one place for a run.
  explicit ReportPage(std::filesystem::path page) : page_(std::move(page)) {
    if (!std::filesystem::exists(page_)) return;
    const std::vector<std::byte> bytes = read_file(page_);
    const std::string html(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string opening = R"(<script id="run" type="application/json">)", marker = opening + "null</script>";
    const std::size_t at = html.find(marker);
    require(at != std::string::npos && html.find(marker, at + 1) == std::string::npos, page_.string(),
            ": wanted a page with one place for a run's data, ", marker, ", got ",
            at == std::string::npos ? "none" : "more");
    before_ = html.substr(0, at + opening.size());
    after_ = html.substr(at + opening.size() + 4);  // without the null
  }

  bool built() const { return !before_.empty(); }

  /// A result folder's files, and the report.
  static std::vector<std::filesystem::path> with_report(std::vector<std::filesystem::path> files) {
    files.push_back(file_name);
    return files;
  }

  /// Writes the report into a result folder, or says that there is none. Errors: it cannot be written.
  void write(const ResultFolder& folder, const RunPage& run) const {
    if (built()) return write(folder.file(file_name), run);
    std::fprintf(stderr, "no %s: the page was not built, which takes npm (wanted %s)\n", file_name, page_.c_str());
  }
  void write(const std::filesystem::path& path, const RunPage& run) const {
    AtomicFile file(path);
    file.write(before_ + script_text(page_json(run)) + after_);
    file.commit();
  }

 private:
  static constexpr const char* file_name = "report.html";

  std::filesystem::path page_;
  std::string before_, after_;  ///< the page around a run's data
};

}  // namespace mace::examples
