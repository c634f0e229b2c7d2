// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "mace/core/number_text.hpp"
#include "mace/core/stopwatch.hpp"

namespace mace {

/// Progress of a long job on stderr: on a terminal a bar with the remaining time, otherwise one line per tenth of the
/// job.
class Progress {
 public:
  /// Starts the clock.
  /// @param job  name shown in front of the progress
  /// @param out  stream to write to
  explicit Progress(std::string job, std::FILE* out = stderr)
      : job_(std::move(job)), out_(out), terminal_(isatty(fileno(out)) != 0) {}

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Ends the line of an unfinished bar, so that later output starts on a new line.
  ~Progress() {
    if (mid_line_) std::fputc('\n', out_);
  }

  /// Shows the progress.
  /// @param fraction  completed fraction of the job, clamped to [0, 1]
  /// @param note      text shown after the fraction
  void operator()(double fraction, const std::string& note) {
    fraction = std::clamp(fraction, 0.0, 1.0);
    const double now = watch_.seconds();
    if (terminal_) {
      if (fraction < 1.0 && now - shown_ < 0.1) return;
      bar(fraction, note, now);
    } else {
      const int tenth = static_cast<int>(fraction * 10.0 + 1e-9);
      if (tenth == tenth_) return;
      tenth_ = tenth;
      std::fprintf(out_, "%s: %3d %%, %s s, %s\n", job_.c_str(), tenth * 10, detail::fixed_text(now, 1).c_str(),
                   note.c_str());
    }
    shown_ = now;
    std::fflush(out_);
  }

 private:
  void bar(double fraction, const std::string& note, double elapsed) {
    const int width = 30, full = static_cast<int>(fraction * width);
    const std::string done(static_cast<std::size_t>(full), '#'), rest(static_cast<std::size_t>(width - full), '.');
    const double left = fraction > 0 ? elapsed * (1 - fraction) / fraction : 0;
    std::fprintf(out_, "\r\033[K%s [%s%s] %3.0f %%, %.0f s left, %s%s", job_.c_str(), done.c_str(), rest.c_str(),
                 100 * fraction, left, note.c_str(), fraction >= 1.0 ? "\n" : "");
    mid_line_ = fraction < 1.0;
  }

  std::string job_;
  std::FILE* out_;
  bool terminal_, mid_line_ = false;
  Stopwatch watch_;
  double shown_ = -1;  // time of the last output, seconds
  int tenth_ = -1;     // the last tenth that was written
};

}  // namespace mace
