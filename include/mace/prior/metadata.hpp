// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <string>

#include "mace/core/error.hpp"
#include "mace/core/number_text.hpp"
#include "mace/io/safetensors.hpp"

/// Text metadata of weight files.
namespace mace::detail {

/// Parses a text that is one number.
/// @param text  the text
/// @param what  name of the number, for the error
/// @throws Error if the text is not a number.
template <class Real>
Real parse_number(const std::string& text, const std::string& what) {
  Real number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  require(error == std::errc() && end == text.data() + text.size(), what, ": wanted a number, got ", printable(text));
  return number;
}

/// The metadata of a key.
/// @throws Error if the file does not have it.
inline const std::string& about(const Safetensors& file, const std::string& key) {
  const auto found = file.metadata.find(key);
  require(found != file.metadata.end(), file.source,
          ": wanted a file of this library's training, got one that does not say its ", key);
  return found->second;
}

}  // namespace mace::detail
