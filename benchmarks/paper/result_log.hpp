// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "common/program.hpp"
#include "mace/io/json.hpp"

namespace mace::benchmarks {

using examples::Json;

/// Results of a long run, a JSON object a line in a file, so that a run that was cut off goes on where it was. The
/// first line says what they are of.
class ResultLog {
 public:
  /// An empty path: nothing is kept. Errors: a file of another kind of run, or one that cannot be read or written to.
  ResultLog(std::filesystem::path path, const Json& identity) : path_(std::move(path)) {
    if (path_.empty()) return;
    if (!std::filesystem::exists(path_)) {
      add_line(identity);
      return;
    }
    const std::vector<std::string> lines = complete_lines();
    for (std::size_t i = 0; i < lines.size(); ++i)
      results_.push_back(mace::detail::parse_json<Json>(lines[i], path_.string() + ": result " + std::to_string(i)));
    require(!results_.empty() && results_.front() == identity, path_.string(), ": wanted results of ", identity.dump(),
            ", got those of ", results_.empty() ? std::string("nothing") : results_.front().dump());
    results_.erase(results_.begin());
  }

  /// Those of earlier runs, and those that were added.
  const std::vector<Json>& results() const { return results_; }

  void add(Json result) {
    if (!path_.empty()) add_line(result);
    results_.push_back(std::move(result));
  }

 private:
  /// What was cut off in the middle of a line is dropped, from the file too.
  std::vector<std::string> complete_lines() const {
    std::ifstream in(path_, std::ios::binary);
    require(in.good(), path_.string(), ": cannot read");
    std::vector<std::string> lines;
    std::uintmax_t size = 0;
    for (std::string line; std::getline(in, line) && !in.eof(); size += line.size() + 1) lines.push_back(line);
    if (size < std::filesystem::file_size(path_)) std::filesystem::resize_file(path_, size);
    return lines;
  }

  void add_line(const Json& json) const {
    std::ofstream out(path_, std::ios::app | std::ios::binary);
    out << json.dump() + "\n" << std::flush;
    require(out.good(), path_.string(), ": cannot write");
  }

  std::filesystem::path path_;
  std::vector<Json> results_;
};

}  // namespace mace::benchmarks
