// SPDX-License-Identifier: Apache-2.0
#include "mace/tune/progress.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/skip.hpp"

using namespace mace;

namespace {

/// What a terminal gets from a job that is so far done, step by step, and a line after it.
std::string on_a_terminal(const std::vector<double>& steps) {
  const int screen = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(grantpt(screen) == 0);
  REQUIRE(unlockpt(screen) == 0);
  std::FILE* const terminal = std::fopen(ptsname(screen), "w");
  REQUIRE(terminal != nullptr);
  {
    Progress progress("tuning", terminal);
    for (const double done : steps) progress(done, "a note");
  }
  std::fputs("error\n", terminal);
  std::fflush(terminal);
  std::string text;
  while (!text.ends_with("error\r\n")) {  // it comes in parts
    std::array<char, 256> part;
    const auto size = read(screen, part.data(), part.size());
    REQUIRE(size > 0);
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  std::fclose(terminal);
  close(screen);
  return text;
}

}  // namespace

TEST_CASE("what follows a bar on a terminal has a line of its own, finished or not") {
  const int screen = posix_openpt(O_RDWR | O_NOCTTY);
  if (screen < 0) return test::skip("this machine has no pseudoterminals");
  close(screen);
  for (const auto& steps : {std::vector{0.5}, std::vector{0.5, 1.0}}) {
    const std::string text = on_a_terminal(steps);
    CAPTURE(text);
    CHECK(text.find("\r\033[Ktuning [") == 0);
    CHECK(text.ends_with("a note\r\nerror\r\n"));
  }
  CHECK(on_a_terminal({}) == "error\r\n");
}
