// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>

namespace mace {

/// Exception type of the library. Its message names the function or class, the value wanted and the value given.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @throws Error with the concatenated `parts` as its message.
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  std::ostringstream message;
  message.imbue(std::locale::classic());  // numbers as they are in files and in source code
  (message << ... << parts);
  throw Error(message.str());
}

/// @throws Error with the concatenated `parts` as its message unless `condition` holds.
template <class... Parts>
void require(bool condition, const Parts&... parts) {
  if (!condition) fail(parts...);
}

}  // namespace mace
