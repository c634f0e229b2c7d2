// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/ply_header.hpp"
#include "mace/io/text_reader.hpp"

namespace mace {

namespace detail {

/// The numbers of an ascii file, one word each.
class PlyAsciiData {
 public:
  explicit PlyAsciiData(TextReader& text) : text_(text) {}

  /// Fewest bytes that a number takes: a digit and a space, which may be missing after the last number.
  static constexpr std::size_t least_bytes(PlyType) { return 2; }
  std::size_t left() const { return text_.rest_of_line().size() + text_.bytes_left().size() + 1; }
  bool done() { return text_.next_word().empty(); }

  double next(PlyType) {
    const std::string_view word = text_.next_word();
    if (word.empty()) fail(text_.name(), ": data: wanted another number, got the end of the file");
    double value = 0;
    if (!to_number(word, value)) fail(text_.name(), ": data: wanted a number, got ", printable(word));
    return value;
  }

 private:
  TextReader& text_;
};

/// The numbers of a binary_little_endian file.
class PlyBinaryData {
 public:
  explicit PlyBinaryData(TextReader& text) : reader_(text.bytes_left(), text.name()) {}

  static constexpr std::size_t least_bytes(PlyType type) { return ply_bytes(type); }
  std::size_t left() const { return reader_.left(); }
  bool done() const { return left() == 0; }

  double next(PlyType type) {
    switch (type) {
      case PlyType::int8:
        return reader_.take_number<std::int8_t>("data");
      case PlyType::uint8:
        return reader_.take_number<std::uint8_t>("data");
      case PlyType::int16:
        return reader_.take_number<std::int16_t>("data");
      case PlyType::uint16:
        return reader_.take_number<std::uint16_t>("data");
      case PlyType::int32:
        return reader_.take_number<std::int32_t>("data");
      case PlyType::uint32:
        return reader_.take_number<std::uint32_t>("data");
      case PlyType::float32:
        return reader_.take_number<float>("data");
      case PlyType::float64:
        break;
    }
    return reader_.take_number<double>("data");
  }

 private:
  ByteReader reader_;
};

/// Reads the rows of all elements in the order of the file and keeps the coordinates.
template <class Data>
class PlyBody {
 public:
  PlyBody(Data data, std::string_view name) : data_(data), name_(name) {}

  std::vector<float> read(const PlyHeader& header) {
    for (const PlyElement& element : header.elements) {
      const std::vector<int> axes = coordinate_axes(element);
      check_count(element);
      if (element.name == "vertex") xyz_.resize(3 * static_cast<std::size_t>(element.count));
      for (std::uint64_t row = 0; row < element.count; ++row) read_row(element, axes, row);
    }
    if (!data_.done()) fail(name_, ": data: wanted the end of the file after the last element, got more");
    return std::move(xyz_);
  }

 private:
  /// Rejects a count that the remaining bytes cannot hold, before any memory is allocated for it.
  void check_count(const PlyElement& element) const {
    if (element.count == 0) return;  // some programs declare what they do not have, without its properties
    if (element.properties.empty()) fail(name_, ": element ", printable(element.name), ": wanted properties, got none");
    std::size_t row_bytes = 0;
    for (const PlyProperty& property : element.properties) {
      row_bytes += Data::least_bytes(property.count_type.value_or(property.type));
    }
    if (element.count > data_.left() / row_bytes) {
      fail(name_, ": data: wanted ", element.count, " rows of element ", printable(element.name), ", got bytes for ",
           data_.left() / row_bytes, " at most");
    }
  }

  /// The coordinate that each property is: 0, 1, 2, or -1 for none.
  std::vector<int> coordinate_axes(const PlyElement& element) const {
    std::vector<int> axes(element.properties.size(), -1);
    if (element.name != "vertex") return axes;
    for (const int axis : {0, 1, 2}) {
      const char letter = "xyz"[axis];
      int found = 0;
      for (std::size_t i = 0; i < axes.size(); ++i) {
        const PlyProperty& property = element.properties[i];
        if (property.name != std::string_view(&letter, 1) || property.count_type) continue;
        axes[i] = axis;
        ++found;
      }
      if (found != 1) fail(name_, ": header: wanted one scalar vertex property '", letter, "', got ", found);
    }
    return axes;
  }

  void read_row(const PlyElement& element, const std::vector<int>& axes, std::uint64_t row) {
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const PlyProperty& property = element.properties[i];
      if (property.count_type) {
        skip_list(property);
        continue;
      }
      const double value = data_.next(property.type);
      if (axes[i] >= 0) xyz_[3 * row + static_cast<std::size_t>(axes[i])] = narrow(value, name_);
    }
  }

  void skip_list(const PlyProperty& property) {
    const double count = data_.next(*property.count_type);
    if (!(count >= 0) || count != std::floor(count)) {
      fail(name_, ": data: wanted a list of at least 0 values, got ", count);
    }
    for (double i = 0; i < count; ++i) data_.next(property.type);
  }

  Data data_;
  std::string_view name_;
  std::vector<float> xyz_;
};

}  // namespace detail

/// Parses the contents of a PLY point cloud (the polygon format of Greg Turk, version 1.0), ascii or
/// binary_little_endian. The element "vertex" must have scalar properties x, y and z, of any type; other properties and
/// elements are skipped. Lines end with LF, CR LF or CR.
/// @param bytes  contents of the file
/// @param name  name of the file in error messages
/// @return x0 y0 z0 x1 ..., in the units of the file: a 3 x n matrix stored by columns. The values may be NaN or
///   infinite, unlike those of read_cloud().
/// @throws Error if the contents depart from the format, the data are big-endian, the file is too short for a count or
///   has trailing data, or a finite double is too large for a float.
inline std::vector<float> parse_ply(std::span<const std::byte> bytes, std::string_view name) {
  detail::refuse_other_kinds(bytes, name, "a PLY");
  detail::TextReader text(bytes, name);
  const detail::PlyHeader header = detail::PlyHeaderParser(text).parse();
  const auto clouds = std::count_if(header.elements.begin(), header.elements.end(),
                                    [](const detail::PlyElement& element) { return element.name == "vertex"; });
  require(clouds == 1, name, ": header: wanted one element 'vertex', got ", clouds);
  return header.ascii ? detail::PlyBody(detail::PlyAsciiData(text), name).read(header)
                      : detail::PlyBody(detail::PlyBinaryData(text), name).read(header);
}

/// Reads a PLY point cloud; see parse_ply().
/// @throws Error if the file cannot be read or parse_ply() throws.
inline std::vector<float> read_ply(const std::filesystem::path& path) {
  return parse_ply(read_file(path), path.string());
}

/// Writes a point cloud as a binary_little_endian PLY file.
/// @param path  the file
/// @param points  the points, a 3 x n matrix
/// @throws Error if `points` does not have 3 rows or the file cannot be written.
inline void write_ply(const std::filesystem::path& path, MatrixView<const float> points) {
  require(points.rows() == 3, path.string(), ": wanted points of 3 rows, got ", points.rows());
  AtomicFile file(path);
  file.write("ply\nformat binary_little_endian 1.0\nelement vertex " + std::to_string(points.cols()) +
             "\nproperty float x\nproperty float y\nproperty float z\nend_header\n");
  file.write(std::span(points.data(), static_cast<std::size_t>(points.size())));
  file.commit();
}

}  // namespace mace
