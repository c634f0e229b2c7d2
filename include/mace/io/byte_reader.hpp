// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

/// Shared by the readers of files. They treat every file as untrusted: nothing is used before it is checked, and no
/// memory is allocated for more values than the file has bytes for.
namespace mace::detail {

static_assert(std::endian::native == std::endian::little,
              "mace: files are little-endian and copied as they lie; a big-endian host is not supported");

/// Text from a file for an error message: quoted, on one line, in printable ASCII, cut to 60 characters.
inline std::string printable(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string shown(text.substr(0, longest));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return "'" + shown + (text.size() > longest ? "...'" : "'");
}

/// Refuses a file whose first bytes are those of another kind of file that often lies in its place.
/// @param bytes  contents of the file
/// @param name  name of the file in error messages
/// @param wanted  the format, with its article
/// @throws Error that says what the file looks like.
inline void refuse_other_kinds(std::span<const std::byte> bytes, std::string_view name, std::string_view wanted) {
  using Kind = std::pair<std::string_view, std::string_view>;
  constexpr std::array kinds{Kind{"version https://git-lfs", "a Git LFS pointer; 'git lfs pull' fetches the file"},
                             Kind{"PK\x03\x04", "a zip"},
                             Kind{"\x1f\x8b", "a gzip"},
                             Kind{"\x89HDF", "an HDF5 file"},
                             Kind{"<!DOCTYPE", "a web page"},
                             Kind{"<!doctype", "a web page"},
                             Kind{"<html", "a web page"},
                             Kind{"\xff\xfe", "text in UTF-16; save it as UTF-8"},
                             Kind{"\xfe\xff", "text in UTF-16; save it as UTF-8"}};
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const auto& [start, kind] : kinds)
    if (text.starts_with(start)) fail(name, ": not ", wanted, ": it looks like ", kind);
}

/// A text with its capital letters of ASCII made small.
inline std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// The ending of a file's name, from the last dot on, in small letters.
inline std::string extension_of(const std::filesystem::path& path) {
  return lower_case(path.extension().string());
}

/// A shape in the notation of a Python list, cut to eight sizes.
inline std::string shape_text(std::span<const Index> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < std::min<std::size_t>(shape.size(), 8); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + (shape.size() > 8 ? ", ...]" : "]");
}

/// Number of values in an array of this shape; nullopt if a size is negative or the product overflows.
inline std::optional<Index> value_count(std::span<const Index> shape) {
  Index count = 1;
  for (const Index size : shape) {
    if (size < 0 || (size > 0 && count > std::numeric_limits<Index>::max() / size)) return std::nullopt;
    count *= size;
  }
  return count;
}

/// Takes bytes from the front of a file's contents. Every take function throws an Error if fewer bytes are left than it
/// needs.
class ByteReader {
 public:
  /// `name` is the file's name in error messages; both arguments must outlive the reader.
  ByteReader(std::span<const std::byte> bytes, std::string_view name) : rest_(bytes), name_(name) {}

  std::size_t left() const { return rest_.size(); }
  std::string_view name() const { return name_; }

  std::span<const std::byte> take(std::uint64_t count, std::string_view what) {
    if (count > left()) refuse(what, ": wanted ", count, " bytes, got ", left());
    const auto taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::string_view take_text(std::uint64_t count, std::string_view what) {
    const auto taken = take(count, what);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  /// Takes a little-endian number.
  template <class T>
  T take_number(std::string_view what) {
    T number;
    std::memcpy(&number, take(sizeof(T), what).data(), sizeof(T));
    return number;
  }

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(name_, ": ", parts...);
  }

 private:
  std::span<const std::byte> rest_;
  std::string_view name_;
};

/// Converts a double to a float. Infinities and NaN pass.
/// @throws Error if a finite number is too large for a float.
inline float narrow(double value, std::string_view name) {
  if (std::isfinite(value) && std::abs(value) > std::numeric_limits<float>::max()) {
    fail(name, ": data: wanted values that fit a float, got ", value);
  }
  return static_cast<float>(value);
}

}  // namespace mace::detail
