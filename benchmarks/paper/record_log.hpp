// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "common/program.hpp"

namespace mace::benchmarks {

using examples::Json;

/// Results of a long run, a JSON object a line in a file, so that a run that was cut off goes on where it was. The
/// first line says what they are of.
class RecordLog {
 public:
  /// An empty path: nothing is kept. Errors: a file of another kind of run, or one that cannot be read or written to.
  RecordLog(std::filesystem::path path, const Json& identity) : path_(std::move(path)) {
    if (path_.empty()) return;
    if (!std::filesystem::exists(path_)) {
      add_line(identity);
      return;
    }
    const std::vector<std::string> lines = complete_lines();
    for (const std::string& line : lines) {
      Json record = Json::parse(line, nullptr, false);
      require(!record.is_discarded(), path_.string(), ": wanted JSON a line, got \"", line.substr(0, 40), "\"");
      records_.push_back(std::move(record));
    }
    require(!records_.empty() && records_.front() == identity, path_.string(), ": wanted results of ", identity.dump(),
            ", got those of ", records_.empty() ? std::string("nothing") : records_.front().dump());
    records_.erase(records_.begin());
  }

  /// Those of earlier runs, and those that were added.
  const std::vector<Json>& records() const { return records_; }

  void add(Json record) {
    if (!path_.empty()) add_line(record);
    records_.push_back(std::move(record));
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
  std::vector<Json> records_;
};

}  // namespace mace::benchmarks
