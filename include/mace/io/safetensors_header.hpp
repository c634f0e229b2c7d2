// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/json.hpp"

namespace mace::detail {

/// Header entry of one tensor, not yet validated.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<Index> shape;
  std::vector<Index> offsets;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // sorted by offsets
  std::map<std::string, std::string> metadata;
};

/// Follows the header's grammar event by event, so that no JSON tree is built, the nesting depth is that of the
/// grammar, and duplicate keys are detected:
///   { name: { "dtype": string, "shape": [integer...], "data_offsets": [begin, end] }...,
///     "__metadata__": { key: string... } }
class SafetensorsHeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeaderReader(SafetensorsHeader& header, std::string_view name)
      : header_(header), name_(name), where_(std::string(name) + ": header") {}

  bool start_object(std::size_t) override {
    if (place_ == Place::start) {
      place_ = Place::file;
    } else if (place_ == Place::file && key_ == "__metadata__") {
      place_ = Place::metadata;
    } else if (place_ == Place::file) {
      place_ = Place::tensor;
      header_.entries.emplace_back().name = key_;
    } else {
      refuse("an object");
    }
    open_.open_object();
    return true;
  }

  bool key(std::string& key) override {
    open_.key(key, where_);
    key_ = key;
    if (place_ == Place::tensor && key != "dtype" && key != "shape" && key != "data_offsets") {
      fail(name_, ": header: wanted the keys dtype, shape and data_offsets, got ", printable(key));
    }
    return true;
  }

  bool end_object() override {
    // Keys are unique and all others are rejected, so three keys are all of them.
    if (place_ == Place::tensor && open_.keys() != 3) {
      fail(name_, ": header: tensor ", printable(header_.entries.back().name),
           ": wanted the keys dtype, shape and data_offsets, got fewer");
    }
    place_ = Place::file;
    open_.close();
    return true;
  }

  bool string(std::string& text) override {
    if (place_ == Place::metadata) {
      header_.metadata.emplace(key_, std::move(text));
    } else if (place_ == Place::tensor && key_ == "dtype") {
      header_.entries.back().dtype = std::move(text);
    } else {
      refuse("a string");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || key_ == "dtype") refuse("an array");
    SafetensorsEntry& entry = header_.entries.back();
    numbers_ = key_ == "shape" ? &entry.shape : &entry.offsets;
    place_ = Place::numbers;
    return true;
  }

  bool end_array() override {
    place_ = Place::tensor;
    return true;
  }

  bool number_unsigned(std::uint64_t number) override {
    if (place_ != Place::numbers || number > static_cast<std::uint64_t>(std::numeric_limits<Index>::max())) {
      refuse(std::to_string(number));
    }
    numbers_->push_back(static_cast<Index>(number));
    return true;
  }

  bool number_integer(std::int64_t number) override { refuse(std::to_string(number)); }
  bool number_float(double, const std::string& text) override { refuse(printable(text)); }
  bool boolean(bool) override { refuse("a boolean"); }
  bool null() override { refuse("null"); }
  bool binary(nlohmann::json::binary_t&) override { refuse("bytes"); }

  bool parse_error(std::size_t byte, const std::string&, const nlohmann::json::exception&) override {
    fail(name_, ": header: wanted JSON in UTF-8, got something else at byte ", byte);
  }

 private:
  enum class Place { start, file, metadata, tensor, numbers };

  [[noreturn]] void refuse(const std::string& got) const {
    const bool wants_text = place_ == Place::metadata || (place_ == Place::tensor && key_ == "dtype");
    fail(name_, ": header: ", printable(key_), ": wanted ",
         place_ == Place::numbers  ? "non-negative 63-bit integers"
         : wants_text              ? "a string"
         : place_ == Place::tensor ? "an array"
                                   : "an object",
         ", got ", got);
  }

  SafetensorsHeader& header_;
  std::string_view name_;
  std::string where_;
  Place place_ = Place::start;
  std::string key_;  // the last key read
  JsonPlace open_;
  std::vector<Index>* numbers_ = nullptr;  // destination of the open array
};

/// Parses the JSON header of a .safetensors file.
/// @throws Error if the text is not JSON or departs from the header's grammar.
inline SafetensorsHeader parse_safetensors_header(std::string_view text, std::string_view name) {
  SafetensorsHeader header;
  SafetensorsHeaderReader reader(header, name);
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  // JSON members have no order. An empty tensor comes before the one that starts at the same offset.
  std::sort(header.entries.begin(), header.entries.end(),
            [](const auto& a, const auto& b) { return a.offsets < b.offsets; });
  return header;
}

}  // namespace mace::detail
