// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <string>

/// Numbers as text for files, reports and messages: the same in every locale. (What printf and streams write depends on
/// the program's locale, which may have decimal commas and group digits.)
namespace mace::detail {

/// The shortest text that parses to the same number.
template <class Real>
std::string number_text(Real number) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// With `decimals` digits after the point, at most 100: printf's "%.*f".
inline std::string fixed_text(double number, int decimals) {
  char text[512];  // the largest double has 309 digits before the point
  return {text, std::to_chars(text, text + sizeof text, number, std::chars_format::fixed, decimals).ptr};
}

/// With `digits` significant digits at most, at most 100: printf's "%.*g".
inline std::string general_text(double number, int digits) {
  char text[128];
  return {text, std::to_chars(text, text + sizeof text, number, std::chars_format::general, digits).ptr};
}

}  // namespace mace::detail
