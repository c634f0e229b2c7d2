// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <iostream>
#include <string>

#include "mace/core/error.hpp"

namespace mace::examples {

/// Reads the command line and runs the program: whatever goes wrong is one line on stderr and exit status 1.
inline int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& program) {
  try {
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& help) {
      return app.exit(help);
    } catch (const CLI::ParseError& error) {
      fail(error.what());
    }
    program();
    return 0;
  } catch (const std::exception& error) {
    std::string line = error.what();
    for (char& c : line)
      if (c == '\n' || c == '\r') c = ' ';
    std::cerr << app.get_name() << ": " << line << '\n';
    return 1;
  }
}

}  // namespace mace::examples
