// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/half.hpp"
#include "mace/core/view.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/safetensors_header.hpp"

namespace mace {

/// Number format of the values in a file; in memory they are always floats.
enum class Dtype { F32, F16, BF16 };

/// An array of floats.
struct Tensor {
  /// Size of each dimension.
  std::vector<Index> shape;
  /// Values in C order (the last index varies fastest).
  std::vector<float> values;

  bool operator==(const Tensor&) const = default;
};

/// Contents of a .safetensors file: named tensors and text metadata.
struct Safetensors {
  /// Tensors by name.
  std::map<std::string, Tensor> tensors;
  /// Free text by key.
  std::map<std::string, std::string> metadata;
  /// Name of the file for error messages; it is not written.
  std::string source = "tensors";
  /// Types of the tensors that are not F32, F16 or BF16, by name, such as "I64". Their values are not kept.
  std::map<std::string, std::string> other_types{};

  /// Looks up a tensor.
  /// @param name  name of the tensor
  /// @param shape  expected shape
  /// @throws Error if there is no tensor of that name, or it has another type or shape.
  const Tensor& tensor(const std::string& name, const std::vector<Index>& shape) const {
    const auto found = tensors.find(name);
    if (const auto other = other_types.find(name); other != other_types.end()) {
      fail(source, ": tensor ", detail::printable(name), ": unsupported dtype: wanted F32, F16 or BF16, got ",
           detail::printable(other->second));
    }
    if (found == tensors.end()) {
      fail(source, ": tensor ", detail::printable(name), ": wanted shape ", detail::shape_text(shape),
           ", got no tensor");
    }
    if (found->second.shape != shape) {
      fail(source, ": tensor ", detail::printable(name), ": wanted shape ", detail::shape_text(shape), ", got ",
           detail::shape_text(found->second.shape));
    }
    return found->second;
  }
};

namespace detail {

inline constexpr std::uint64_t max_safetensors_header = 100'000'000;

inline constexpr std::string_view dtype_name(Dtype dtype) {
  return dtype == Dtype::F32 ? "F32" : dtype == Dtype::F16 ? "F16" : "BF16";
}
inline constexpr Index dtype_bytes(Dtype dtype) {
  return dtype == Dtype::F32 ? 4 : 2;
}

/// The type of a tensor whose values are read; nullopt if it has another one.
inline std::optional<Dtype> parse_dtype(const SafetensorsEntry& entry) {
  for (const Dtype dtype : {Dtype::F32, Dtype::F16, Dtype::BF16}) {
    if (entry.dtype == dtype_name(dtype)) return dtype;
  }
  return std::nullopt;
}

/// Number of bits of a value of any type of the format.
inline Index dtype_bits(const SafetensorsEntry& entry, const ByteReader& reader) {
  using Type = std::pair<std::string_view, Index>;
  constexpr std::array types{Type{"F32", 32},    Type{"F16", 16},    Type{"BF16", 16},   Type{"BOOL", 8},
                             Type{"U8", 8},      Type{"I8", 8},      Type{"U16", 16},    Type{"I16", 16},
                             Type{"U32", 32},    Type{"I32", 32},    Type{"U64", 64},    Type{"I64", 64},
                             Type{"F64", 64},    Type{"C64", 64},    Type{"F4", 4},      Type{"F6_E2M3", 6},
                             Type{"F6_E3M2", 6}, Type{"F8_E5M2", 8}, Type{"F8_E4M3", 8}, Type{"F8_E8M0", 8}};
  for (const auto& [name, bits] : types)
    if (name == entry.dtype) return bits;
  reader.refuse("tensor ", printable(entry.name), ": unknown dtype: wanted F32, F16 or BF16, got ",
                printable(entry.dtype));
}

/// Checks that shape, dtype and offsets agree, and that the tensor starts where the previous one ends.
inline void check_entry(const SafetensorsEntry& entry, Index expected_begin, Index data_bytes,
                        const ByteReader& reader) {
  const auto refuse = [&](const auto&... parts) { reader.refuse("tensor ", printable(entry.name), ": ", parts...); };
  if (entry.offsets.size() != 2) refuse("data_offsets: wanted 2 numbers, got ", entry.offsets.size());
  const Index begin = entry.offsets.front();
  const Index end = entry.offsets.back();
  if (begin > end) refuse("data_offsets: wanted begin <= end, got ", begin, " and ", end);
  if (end > data_bytes) refuse("data_offsets: wanted an end within the ", data_bytes, " bytes of data, got ", end);
  if (begin < expected_begin) refuse("data_offsets overlap: wanted begin ", expected_begin, ", got ", begin);
  if (begin > expected_begin) refuse("data_offsets leave a hole: wanted begin ", expected_begin, ", got ", begin);

  const Index value_bits = dtype_bits(entry, reader);
  const auto count = value_count(entry.shape);
  if (!count) refuse("shape: wanted a product that fits 64 bits, got ", shape_text(entry.shape));
  // The data are in memory, so their number of bits fits 64 bits.
  if (8 * (end - begin) % value_bits != 0 || 8 * (end - begin) / value_bits != *count) {
    const bool bytes = value_bits % 8 == 0;
    refuse("wanted ", *count, " values of ", bytes ? value_bits / 8 : value_bits, bytes ? " bytes" : " bits",
           " for shape ", shape_text(entry.shape), ", got ", end - begin, " bytes");
  }
}

inline std::vector<float> decode(ByteReader& reader, Dtype dtype, Index count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    if (dtype == Dtype::F32) {
      value = reader.take_number<float>("data");
    } else {
      const auto bits = reader.take_number<std::uint16_t>("data");
      value = dtype == Dtype::F16 ? half_to_float(bits) : bfloat16_to_float(bits);
    }
  }
  return values;
}

/// Takes the text of the header and checks what can be checked without parsing JSON.
inline std::string_view take_safetensors_header(ByteReader& reader) {
  const auto length = reader.take_number<std::uint64_t>("header length");
  if (length > max_safetensors_header) {
    reader.refuse("header length: wanted at most ", max_safetensors_header, " bytes, got ", length);
  }
  const std::string_view text = reader.take_text(length, "header");
  if (!text.starts_with('{')) reader.refuse("header: wanted '{' first, got ", printable(text.substr(0, 1)));
  // The JSON parser takes a NUL for the end of its input and would ignore what follows.
  if (text.find('\0') != text.npos) reader.refuse("header: wanted JSON, got a NUL at byte ", text.find('\0'));
  return text;
}

/// Converts values to 16 bits.
/// @throws Error if a finite value becomes infinite.
inline std::vector<std::uint16_t> encode(const std::vector<float>& values, Dtype dtype, std::string_view where) {
  std::vector<std::uint16_t> encoded;
  encoded.reserve(values.size());
  for (const float value : values) {
    const std::uint16_t bits = dtype == Dtype::F16 ? float_to_half(value) : float_to_bfloat16(value);
    const float decoded = dtype == Dtype::F16 ? half_to_float(bits) : bfloat16_to_float(bits);
    if (std::isinf(decoded) && !std::isinf(value)) {
      fail(where, ": wanted values that fit ", dtype_name(dtype), ", got ", value);
    }
    encoded.push_back(bits);
  }
  return encoded;
}

/// The JSON header for tensors that follow each other in the order of their names, padded so that the data start at a
/// multiple of 8 bytes.
inline std::string safetensors_header(const Safetensors& file, Dtype dtype, const std::string& path) {
  nlohmann::json header = nlohmann::json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  Index begin = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const auto count = value_count(tensor.shape);
    if (name == "__metadata__") fail(path, ": wanted tensor names other than '__metadata__', got it");
    if (!count || static_cast<std::size_t>(*count) != tensor.values.size()) {
      fail(path, ": tensor ", printable(name), ": wanted as many values as the shape ", shape_text(tensor.shape),
           " holds, got ", tensor.values.size());
    }
    const Index end = begin + *count * dtype_bytes(dtype);
    header[name] = {{"dtype", dtype_name(dtype)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::type_error&) {
    fail(path, ": wanted names and metadata in UTF-8, got other bytes");
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  if (text.size() > max_safetensors_header) {
    fail(path, ": header: wanted at most ", max_safetensors_header, " bytes, got ", text.size());
  }
  return text;
}

}  // namespace detail

/// Parses the contents of a .safetensors file (https://github.com/huggingface/safetensors#format) and converts F32, F16
/// and BF16 to floats. Of tensors of other types the names are kept, in `other_types`. Memory use is bounded by a small
/// multiple of the size of `bytes`, whatever the header claims.
/// @param bytes  contents of the file
/// @param name  name of the file in error messages
/// @throws Error if the contents depart from the format or a dtype is none of the format's.
inline Safetensors parse_safetensors(std::span<const std::byte> bytes, std::string_view name) {
  detail::refuse_other_kinds(bytes, name, "a safetensors file");
  detail::ByteReader reader(bytes, name);
  auto [entries, metadata] = detail::parse_safetensors_header(detail::take_safetensors_header(reader), name);

  const auto data_bytes = static_cast<Index>(reader.left());
  Index position = 0;
  for (const detail::SafetensorsEntry& entry : entries) {
    detail::check_entry(entry, position, data_bytes, reader);
    position = entry.offsets.back();
  }
  if (position != data_bytes) reader.refuse("data: wanted ", position, " bytes for the tensors, got ", data_bytes);

  Safetensors file{.tensors = {}, .metadata = std::move(metadata), .source = std::string(name)};
  for (detail::SafetensorsEntry& entry : entries) {
    const auto dtype = detail::parse_dtype(entry);
    if (!dtype) {
      reader.take(static_cast<std::uint64_t>(entry.offsets.back() - entry.offsets.front()), "data");
      file.other_types.emplace(std::move(entry.name), std::move(entry.dtype));
      continue;
    }
    auto values = detail::decode(reader, *dtype, *detail::value_count(entry.shape));
    file.tensors.emplace(std::move(entry.name), Tensor{std::move(entry.shape), std::move(values)});
  }
  return file;
}

/// Reads a .safetensors file; see parse_safetensors().
/// @throws Error if the file cannot be read or parse_safetensors() throws.
inline Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path), path.string());
}

/// Writes a .safetensors file. Equal contents give equal bytes.
/// @param path  the file
/// @param contents  tensors and metadata
/// @param dtype  number format of all tensors
/// @throws Error if the contents have other types, a shape does not match its values, a finite value is too large for
///   `dtype`, text is not UTF-8, a tensor is named "__metadata__", or the file cannot be written.
inline void write_safetensors(const std::filesystem::path& path, const Safetensors& contents,
                              Dtype dtype = Dtype::F32) {
  for (const auto& [name, type] : contents.other_types)
    fail(path.string(), ": tensor ", detail::printable(name), ": wanted values to write, got only its type ", type);
  const std::string header = detail::safetensors_header(contents, dtype, path.string());
  AtomicFile file(path);
  file.write(std::vector{static_cast<std::uint64_t>(header.size())});
  file.write(header);
  for (const auto& [name, tensor] : contents.tensors) {
    if (dtype == Dtype::F32) {
      file.write(tensor.values);
    } else {
      file.write(detail::encode(tensor.values, dtype, path.string() + ": tensor " + detail::printable(name)));
    }
  }
  file.commit();
}

}  // namespace mace
