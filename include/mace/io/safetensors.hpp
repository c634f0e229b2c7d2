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

/// How a file stores its numbers; in memory they are always floats.
enum class Dtype { F32, F16, BF16 };

/// An array of floats in C order (the last index runs fastest).
struct Tensor {
  std::vector<Index> shape;
  std::vector<float> values;

  bool operator==(const Tensor&) const = default;
};

/// The contents of a .safetensors file: named tensors and free text about them.
struct Safetensors {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
  /// Where they were read, for messages; not written.
  std::string source = "tensors";

  /// The tensor of that name. Error: there is none, or it has another shape.
  const Tensor& tensor(const std::string& name, const std::vector<Index>& shape) const {
    const auto found = tensors.find(name);
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

inline Dtype parse_dtype(const SafetensorsEntry& entry, const ByteReader& reader) {
  for (const Dtype dtype : {Dtype::F32, Dtype::F16, Dtype::BF16}) {
    if (entry.dtype == dtype_name(dtype)) return dtype;
  }
  constexpr std::array others{"BOOL", "U8",  "I8", "U16",     "I16",     "U32",     "I32",     "U64",    "I64",
                              "F64",  "C64", "F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0"};
  const bool known = std::find(others.begin(), others.end(), entry.dtype) != others.end();
  reader.refuse("tensor ", printable(entry.name), ": ", known ? "unsupported" : "unknown",
                " dtype: wanted F32, F16 or BF16, got ", printable(entry.dtype));
}

/// Checks that shape, dtype and offsets agree and that the tensor starts where the one before it ended.
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

  const Index value_bytes = dtype_bytes(parse_dtype(entry, reader));
  const auto count = value_count(entry.shape);
  if (!count) refuse("shape: wanted a product that fits 64 bits, got ", shape_text(entry.shape));
  if ((end - begin) % value_bytes != 0 || (end - begin) / value_bytes != *count) {
    refuse("wanted ", *count, " values of ", value_bytes, " bytes for shape ", shape_text(entry.shape), ", got ",
           end - begin, " bytes");
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

/// The header's text, checked as far as that goes without reading JSON.
inline std::string_view take_safetensors_header(ByteReader& reader) {
  const auto length = reader.take_number<std::uint64_t>("header length");
  if (length > max_safetensors_header) {
    reader.refuse("header length: wanted at most ", max_safetensors_header, " bytes, got ", length);
  }
  const std::string_view text = reader.take_text(length, "header");
  if (!text.starts_with('{')) reader.refuse("header: wanted '{' first, got ", printable(text.substr(0, 1)));
  // The JSON reader takes a NUL for the end of its input, and would not see what follows.
  if (text.find('\0') != text.npos) reader.refuse("header: wanted JSON, got a NUL at byte ", text.find('\0'));
  return text;
}

/// Values in 16 bits. Error: a finite one becomes infinite.
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

/// The JSON header for tensors that lie one after the other by name, padded so that the data start at 8 bytes.
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

/// Reads a .safetensors file that is already in memory: F32, F16 and BF16, to floats. `name` stands for the file in
/// messages. The format: https://github.com/huggingface/safetensors#format. Memory beyond `bytes` stays within a small
/// multiple of their size, whatever the header claims.
/// Errors: whatever departs from the format; another dtype.
inline Safetensors parse_safetensors(std::span<const std::byte> bytes, std::string_view name) {
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
    auto values = detail::decode(reader, detail::parse_dtype(entry, reader), *detail::value_count(entry.shape));
    file.tensors.emplace(std::move(entry.name), Tensor{std::move(entry.shape), std::move(values)});
  }
  return file;
}

/// Reads a .safetensors file; see parse_safetensors.
inline Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path), path.string());
}

/// Writes a .safetensors file, every tensor in `dtype`. Equal contents give equal bytes.
/// Errors: a shape that does not match its values, a finite value too large for `dtype`, text that is not UTF-8, a
/// tensor named "__metadata__"; the file cannot be written.
inline void write_safetensors(const std::filesystem::path& path, const Safetensors& contents,
                              Dtype dtype = Dtype::F32) {
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
