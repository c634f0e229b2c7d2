// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"

namespace mace {

/// An array of floats.
struct NpyArray {
  /// Size of each dimension.
  std::vector<Index> shape;
  /// Values in C order (the last index varies fastest), whatever the order in the file.
  std::vector<float> values;

  bool operator==(const NpyArray&) const = default;
};

namespace detail {

inline constexpr std::size_t max_npy_rank = 8;

struct NpyHeader {
  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<Index>> shape;
};

/// Parses the header of an .npy file, a Python dictionary with the keys descr, fortran_order and shape, once each, in
/// any order. Other Python syntax is rejected.
class NpyHeaderParser {
 public:
  NpyHeaderParser(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  NpyHeader parse() {
    NpyHeader header;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr") {
        store(key, header.descr, string());
      } else if (key == "fortran_order") {
        store(key, header.fortran_order, boolean());
      } else if (key == "shape") {
        store(key, header.shape, shape());
      } else {
        refuse("the keys descr, fortran_order and shape", printable(key));
      }
      if (peek() != '}') expect(',');
    }
    peek();
    if (!text_.empty()) refuse("spaces after the dictionary", printable(text_));
    if (!header.descr || !header.fortran_order || !header.shape) {
      refuse("the keys descr, fortran_order and shape", "fewer");
    }
    return header;
  }

 private:
  template <class T>
  void store(std::string_view key, std::optional<T>& field, T value) const {
    if (field) refuse("each key once", "a second " + printable(key));
    field = std::move(value);
  }

  /// Skips spaces and returns the character after them, NUL at the end.
  char peek() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size()));
    return text_.empty() ? '\0' : text_.front();
  }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) refuse(printable({&wanted, 1}), text_.empty() ? "its end" : printable(text_.substr(0, 1)));
  }

  std::string_view string() {
    const char quote = peek();
    const std::size_t end = text_.find(quote, 1);
    if ((quote != '\'' && quote != '"') || end == std::string_view::npos) refuse("a string", printable(text_));
    const std::string_view content = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return content;
  }

  bool boolean() {
    peek();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return word == "True";
    }
    refuse("True or False", printable(text_));
  }

  /// Parses a tuple: "()", "(2,)", "(2, 3)". In Python "(2)" is a number and not a tuple.
  std::vector<Index> shape() {
    std::vector<Index> sizes;
    bool comma = true;
    expect('(');
    while (!accept(')')) {
      if (!comma) refuse("',' or ')' in shape", printable(text_));
      if (sizes.size() == max_npy_rank) refuse("a shape of at most 8 dimensions", "more");
      sizes.push_back(size());
      comma = accept(',');
    }
    if (sizes.size() == 1 && !comma) refuse("a tuple as shape", "one number in brackets");
    return sizes;
  }

  Index size() {
    Index value = 0;
    const bool digit = peek() >= '0' && peek() <= '9';
    const auto [end, status] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (!digit || status != std::errc{}) refuse("non-negative 64-bit integers in shape", printable(text_));
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    if (text_.starts_with('L')) text_.remove_prefix(1);  // Python 2's long integers
    return value;
  }

  [[noreturn]] void refuse(const std::string& wanted, const std::string& got) const {
    fail(name_, ": header: wanted ", wanted, ", got ", got);
  }

  std::string_view text_;
  std::string_view name_;
};

/// Reads the magic string, the version, the length (2 bytes in version 1.0, 4 from 2.0 on) and the dictionary.
inline NpyHeader take_npy_header(ByteReader& reader) {
  const std::string_view magic = reader.take_text(6, "magic string");
  if (magic != "\x93NUMPY") reader.refuse("magic string: wanted '\\x93NUMPY', got ", printable(magic));
  const int major = reader.take_number<std::uint8_t>("version");
  const int minor = reader.take_number<std::uint8_t>("version");
  if (major < 1 || major > 3 || minor != 0) {
    reader.refuse("version: wanted 1.0, 2.0 or 3.0, got ", major, ".", minor);
  }
  const std::uint32_t length = major == 1 ? reader.take_number<std::uint16_t>("header length")
                                          : reader.take_number<std::uint32_t>("header length");
  return NpyHeaderParser(reader.take_text(length, "header"), reader.name()).parse();
}

/// Reorders values from Fortran order (the first index varies fastest) to C order.
inline std::vector<float> fortran_to_c(const std::vector<float>& values, const std::vector<Index>& shape) {
  std::vector<float> ordered;
  ordered.reserve(values.size());
  std::vector<Index> at(shape.size(), 0);
  while (ordered.size() < values.size()) {
    Index from = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;) from = from * shape[axis] + at[axis];
    ordered.push_back(values[static_cast<std::size_t>(from)]);
    for (std::size_t axis = shape.size(); axis-- > 0 && ++at[axis] == shape[axis];) at[axis] = 0;
  }
  return ordered;
}

}  // namespace detail

/// Parses the contents of an .npy file (numpy.lib.format, versions 1.0 to 3.0) with dtype "<f4", or "<f8" rounded to
/// float, in C or Fortran order, of at most 8 dimensions.
/// @param bytes  contents of the file
/// @param name  name of the file in error messages
/// @throws Error if the contents depart from the format, the dtype is another one, a finite double is too large for a
///   float, or bytes are missing or left over.
inline NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name) {
  detail::refuse_other_kinds(bytes, name, "an NPY file");
  detail::ByteReader reader(bytes, name);
  const detail::NpyHeader header = detail::take_npy_header(reader);
  const bool is_double = *header.descr == "<f8";
  if (!is_double && *header.descr != "<f4") {
    reader.refuse("unsupported dtype: wanted '<f4' or '<f8', got ", detail::printable(*header.descr));
  }
  // Counts values instead of bytes, so that the product with the size of a value cannot overflow.
  const std::size_t value_bytes = is_double ? 8 : 4;
  const auto count = detail::value_count(*header.shape);
  if (!count) reader.refuse("shape: wanted a product that fits 64 bits, got ", detail::shape_text(*header.shape));
  if (reader.left() % value_bytes != 0 || static_cast<std::size_t>(*count) != reader.left() / value_bytes) {
    reader.refuse("data: wanted ", *count, " values of ", value_bytes, " bytes, got ", reader.left(), " bytes");
  }

  std::vector<float> values(static_cast<std::size_t>(*count));
  for (float& value : values) {
    value = is_double ? detail::narrow(reader.take_number<double>("data"), name) : reader.take_number<float>("data");
  }
  if (*header.fortran_order) values = detail::fortran_to_c(values, *header.shape);
  return {*header.shape, std::move(values)};
}

/// Reads an .npy file; see parse_npy().
/// @throws Error if the file cannot be read or parse_npy() throws.
inline NpyArray read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path), path.string());
}

/// Writes an .npy file, version 1.0, dtype "<f4", in C order.
/// @param path  the file
/// @param array  the array to write
/// @throws Error if the shape does not match the number of values or has more than 8 dimensions, or the file cannot be
///   written.
inline void write_npy(const std::filesystem::path& path, const NpyArray& array) {
  if (array.shape.size() > detail::max_npy_rank) {
    fail(path.string(), ": wanted at most 8 dimensions, got ", array.shape.size());
  }
  const auto count = detail::value_count(array.shape);
  if (!count || static_cast<std::size_t>(*count) != array.values.size()) {
    fail(path.string(), ": wanted as many values as the shape ", detail::shape_text(array.shape), " holds, got ",
         array.values.size());
  }
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (std::size_t axis = 0; axis < array.shape.size(); ++axis) {
    header += (axis == 0 ? "" : ", ") + std::to_string(array.shape[axis]);
  }
  header += array.shape.size() == 1 ? ",), }" : "), }";
  constexpr std::size_t preamble = 10;  // magic string, version, length
  header.append(63 - (preamble + header.size()) % 64, ' ');
  header += '\n';

  AtomicFile file(path);
  file.write(std::string_view("\x93NUMPY\x01\x00", 8));
  file.write(std::vector{static_cast<std::uint16_t>(header.size())});
  file.write(header);
  file.write(array.values);
  file.commit();
}

}  // namespace mace
