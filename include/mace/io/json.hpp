// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/byte_reader.hpp"

namespace mace::detail {

/// The objects and lists that are open while JSON is read. JSON allows a key twice in an object, and parsers keep one
/// of them; here that is an error.
class JsonPlace {
 public:
  void open_object() { open_.push_back({}); }
  void open_list() { open_.push_back({.is_list = true}); }
  void close() { open_.pop_back(); }

  /// Notes a key of the innermost object.
  /// @throws Error if the object has it already.
  void key(const std::string& key, std::string_view name) {
    Level& object = open_.back();
    object.key.clear();
    require(object.keys.insert(key).second, text(name), ": wanted each key once, got ", printable(key), " twice");
    object.key = key;
  }
  /// How many keys the innermost object has.
  std::size_t keys() const { return open_.back().keys.size(); }

  /// Counts a value, if it stands in a list.
  void value() {
    if (!open_.empty() && open_.back().is_list) ++open_.back().values;
  }

  /// The place of the last key or value after the file's name, as in "scene.json: boxes[0]: size".
  std::string text(std::string_view name) const {
    std::string place(name);
    for (const Level& level : open_) {
      if (level.is_list && level.values > 0) place += "[" + std::to_string(level.values - 1) + "]";
      if (!level.is_list && !level.key.empty()) {
        const std::string quoted = printable(level.key);
        place += ": " + quoted.substr(1, quoted.size() - 2);
      }
    }
    return place;
  }

 private:
  struct Level {
    bool is_list = false;
    std::set<std::string> keys{};  // of an object
    std::string key{};             // the last of them
    std::size_t values = 0;        // of a list
  };
  std::vector<Level> open_;
};

/// Parses JSON (RFC 8259), which may begin with a byte order mark.
/// @tparam Json  nlohmann::json or nlohmann::ordered_json
/// @param text  the whole text
/// @param name  name of the file in error messages
/// @throws Error if the text is not JSON, something follows it, or an object has a key twice; the message names the
///   place.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, std::string_view name) {
  // The parser takes a NUL for the end of its input and would ignore what follows.
  require(text.find('\0') == text.npos, name, ": wanted JSON, got a NUL at byte ", text.find('\0'));
  JsonPlace place;
  const auto follow = [&](int, typename Json::parse_event_t event, Json& parsed) {
    using Event = typename Json::parse_event_t;
    if (event == Event::object_end || event == Event::array_end) return place.close(), true;
    if (event == Event::key) return place.key(parsed.template get_ref<const std::string&>(), name), true;
    place.value();
    if (event == Event::object_start) place.open_object();
    if (event == Event::array_start) place.open_list();
    return true;
  };
  try {
    return Json::parse(text, follow);
  } catch (const typename Json::parse_error& error) {
    // `error.byte` counts from 1; after the last byte it is one more than there are.
    const std::string_view read = text.substr(0, error.byte), line = read.substr(read.rfind('\n', read.size() - 1) + 1);
    const bool ended = error.byte > text.size();
    fail(place.text(name), ": line ", 1 + std::count(read.begin(), read.end() - (ended ? 0 : 1), '\n'),
         ": wanted JSON, got ",
         ended ? "the end of the file" : printable(line.substr(line.size() - std::min<std::size_t>(line.size(), 60))));
  } catch (const typename Json::out_of_range&) {
    fail(place.text(name), ": wanted numbers that a double holds, got a larger one");
  }
}

/// @throws Error if `text`, which is called `what`, is not UTF-8, so that no JSON or HTML can hold it.
inline void require_utf8(const std::string& text, std::string_view what) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
  } catch (const nlohmann::json::type_error&) {
    fail(what, ": wanted text in UTF-8, got ", printable(text));
  }
}

}  // namespace mace::detail
