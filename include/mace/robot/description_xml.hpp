// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Shared by the readers of robot descriptions (URDF and SRDF): XML in which every attribute and element must be known.
#include <tinyxml2.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/text_reader.hpp"

namespace mace::detail {

/// Largest size of a description.
inline constexpr std::size_t max_description_bytes = 2 << 20;

/// Position of the first byte that is not part of a character in UTF-8 (RFC 3629), or npos.
inline std::size_t find_not_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned first = byte(at), second = byte(at + 1);
    const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    // The second byte's range excludes longer forms than needed, surrogates, and what is above U+10FFFF.
    const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    bool valid = length > 0 && first <= 0xF4 && (length == 1 || (least <= second && second <= most));
    for (std::size_t i = 2; i < length; ++i) valid = valid && (byte(at + i) & 0xC0) == 0x80;
    if (!valid) return at;
    at += length;
  }
  return text.npos;
}

/// Verifies that no start tag has an attribute twice or more than 100 of them: TinyXML-2 compares all with each other.
/// What is not well-formed is left to it.
inline void require_distinct_attributes(std::string_view xml, std::string_view name) {
  constexpr std::string_view blanks = " \t\r\n";
  constexpr std::size_t most = 100;
  const auto find = [&](std::string_view end, std::size_t from) { return std::min(xml.find(end, from), xml.size()); };
  const auto skip = [&](std::size_t from) { return std::min(xml.find_first_not_of(blanks, from), xml.size()); };
  for (std::size_t at = find("<", 0); at < xml.size(); at = find("<", at)) {
    const std::string_view rest = xml.substr(at);
    if (rest.starts_with("<!--") || rest.starts_with("<![CDATA[")) {
      at = find(rest.starts_with("<!--") ? "-->" : "]]>", at);
      continue;
    }
    if (rest.starts_with("<!") || rest.starts_with("<?") || rest.starts_with("</")) {
      at = find(">", at);
      continue;
    }
    std::vector<std::string_view> seen;
    at = skip(std::min(xml.find_first_of(" \t\r\n/>", at), xml.size()));
    while (at < xml.size() && xml[at] != '>' && xml[at] != '/') {
      const std::string_view attribute = xml.substr(at, xml.find_first_of(" \t\r\n=", at) - at);
      at = skip(at + attribute.size());
      if (at >= xml.size() || xml[at] != '=') return;
      at = skip(at + 1);
      if (at >= xml.size() || (xml[at] != '"' && xml[at] != '\'')) return;
      at = skip(find(xml.substr(at, 1), at + 1) + 1);
      const bool twice = std::find(seen.begin(), seen.end(), attribute) != seen.end();
      if (twice || seen.size() == most)
        fail(name, ": line ", std::count(xml.begin(), xml.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1,
             ": wanted ",
             twice ? "the attribute " + printable(attribute) + " once, got it twice in an element"
                   : "at most " + std::to_string(most) + " attributes in an element, got more");
      seen.push_back(attribute);
    }
  }
}

/// An element of a description, for reading. Its errors begin with the file, the line and the object of the robot that
/// the element belongs to, such as "arm.urdf: line 12: joint 'elbow': limit: ".
class DescriptionElement {
 public:
  /// @param xml  the element
  /// @param file  name of the file; like `xml`, it must outlive the object
  /// @param owner  what the element belongs to, with ": " at its end, or empty
  DescriptionElement(const tinyxml2::XMLElement& xml, std::string_view file, std::string owner)
      : xml_(&xml), file_(file), owner_(std::move(owner)) {}

  std::string_view tag() const { return xml_->Name(); }

  /// The same element as an object of the robot by its name: its errors, and those of the elements in it, name it.
  DescriptionElement named() const { return {*xml_, file_, std::string(tag()) + " " + printable(text("name")) + ": "}; }

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    const std::string self = owner_.starts_with(std::string(tag()) + " ") ? "" : std::string(tag()) + ": ";
    fail(file_, ": line ", xml_->GetLineNum(), ": ", owner_, self, parts...);
  }

  /// Verifies that the element has no attributes but these. Those of other namespaces, whose names have a colon, are
  /// not for this reader.
  void require_attributes(std::initializer_list<std::string_view> known) const {
    for (const auto* attribute = xml_->FirstAttribute(); attribute != nullptr; attribute = attribute->Next()) {
      const std::string_view name = attribute->Name();
      if (name == "xmlns" || name.find(':') != name.npos) continue;
      if (std::find(known.begin(), known.end(), name) == known.end())
        refuse("wanted ", list(known, "no attributes"), ", got the attribute ", printable(name));
    }
  }

  /// Verifies that the elements in it are some of `once`, each at most once, `many`, or of another namespace and
  /// without geometry. An element that may hold none may not hold text either.
  void require_elements(std::initializer_list<std::string_view> once,
                        std::initializer_list<std::string_view> many = {}) const {
    std::vector<std::string_view> seen;
    const auto has = [](const auto& names, std::string_view name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (const auto* node = xml_->FirstChild(); node != nullptr; node = node->NextSibling()) {
      if (node->ToText() != nullptr && once.size() + many.size() == 0)
        refuse("wanted its values as attributes, got the text ", printable(node->Value()));
      const tinyxml2::XMLElement* const inside = node->ToElement();
      if (inside == nullptr) continue;
      const std::string_view name = inside->Name();
      if (has(once, name)) {
        if (has(seen, name)) refuse("wanted ", name, " once, got it twice");
        seen.push_back(name);
      } else if (!has(many, name) && (name.find(':') == name.npos || holds_geometry(*inside))) {
        refuse("got the unknown element ", printable(name), " in line ", inside->GetLineNum());
      }
    }
  }

  /// True if an element, or one inside it, moves or shapes the robot.
  static bool holds_geometry(const tinyxml2::XMLElement& xml) {
    static constexpr std::string_view telling[] = {"axis",     "box",      "capsule",  "child",  "collision",
                                                   "cylinder", "geometry", "inertial", "limit",  "mesh",
                                                   "mimic",    "origin",   "parent",   "sphere", "visual"};
    if (std::find(std::begin(telling), std::end(telling), xml.Name()) != std::end(telling)) return true;
    for (const auto* inside = xml.FirstChildElement(); inside != nullptr; inside = inside->NextSiblingElement())
      if (holds_geometry(*inside)) return true;
    return false;
  }

  bool has(const char* attribute) const { return xml_->Attribute(attribute) != nullptr; }

  /// A text that must be there, in UTF-8.
  std::string text(const char* attribute) const {
    const char* const value = xml_->Attribute(attribute);
    if (value == nullptr) refuse("wanted ", attribute, ", got none");
    const std::string_view found = value;
    if (found.empty()) refuse("wanted ", attribute, " with some characters, got none");
    if (const std::size_t at = find_not_utf8(found); at != found.npos)
      refuse("wanted ", attribute, " in UTF-8, got the byte ", static_cast<int>(static_cast<unsigned char>(found[at])),
             " after ", printable(found.substr(0, at)));
    return std::string(found);
  }

  /// Finite numbers that must be there, with blanks, tabs or line ends around them.
  template <int Count>
  Vec<Count, double> numbers(const char* attribute) const {
    const std::string value = text(attribute);
    std::string_view rest = value;
    const auto next_word = [&] {
      constexpr std::string_view blanks = " \t\r\n";
      rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
      const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
      rest.remove_prefix(word.size());
      return word;
    };
    Vec<Count, double> found;
    bool valid = true;
    for (double& number : found.v) valid = valid && to_number(next_word(), number) && std::isfinite(number);
    if (!valid || !next_word().empty())
      refuse("wanted ", Count == 1 ? "a finite number" : std::to_string(Count) + " finite numbers", " as ", attribute,
             ", got ", printable(value));
    return found;
  }
  template <int Count>
  Vec<Count, double> numbers(const char* attribute, const Vec<Count, double>& otherwise) const {
    return has(attribute) ? numbers<Count>(attribute) : otherwise;
  }
  double number(const char* attribute) const { return numbers<1>(attribute)[0]; }
  double number(const char* attribute, double otherwise) const {
    return has(attribute) ? number(attribute) : otherwise;
  }

  /// The first element in it of this name.
  std::optional<DescriptionElement> find(const char* name) const {
    const tinyxml2::XMLElement* const inside = xml_->FirstChildElement(name);
    if (inside == nullptr) return std::nullopt;
    return DescriptionElement(*inside, file_, owner_);
  }
  /// The element in it of this name, which must be there.
  DescriptionElement get(const char* name) const {
    const std::optional<DescriptionElement> inside = find(name);
    if (!inside) refuse("wanted the element ", name, ", got none");
    return *inside;
  }
  /// Calls `use` for the elements in it, or for those of one name.
  template <class Use>
  void for_each(const char* name, const Use& use) const {
    for (const auto* inside = xml_->FirstChildElement(name); inside != nullptr;
         inside = inside->NextSiblingElement(name))
      use(DescriptionElement(*inside, file_, owner_));
  }

  const tinyxml2::XMLElement& xml() const { return *xml_; }

 private:
  static std::string list(std::initializer_list<std::string_view> names, std::string_view otherwise) {
    std::string all;
    for (const std::string_view name : names) all += (all.empty() ? "" : ", ") + std::string(name);
    return all.empty() ? std::string(otherwise) : all;
  }

  const tinyxml2::XMLElement* xml_;
  std::string_view file_;
  std::string owner_;
};

/// A description as XML.
class Description {
 public:
  /// @param bytes  the text
  /// @param name  name of the text in error messages; it must outlive the object
  /// @param wanted  the format, with its article
  /// @throws Error if the text is larger than 2 MiB, not well-formed XML, nested too deeply, not one element `<robot>`,
  ///   if an element has an attribute twice, or if something is left in it that xacro should have replaced.
  Description(std::span<const std::byte> bytes, std::string_view name, std::string_view wanted)
      : document_(std::make_unique<tinyxml2::XMLDocument>()), name_(name) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    require(text.size() <= max_description_bytes, name, ": wanted at most ", max_description_bytes, " bytes, got ",
            text.size());
    require(!text.starts_with("\xff\xfe") && !text.starts_with("\xfe\xff"), name, ": not ", wanted,
            ": wanted UTF-8, got UTF-16");
    // TinyXML-2 would take a zero for the end.
    require(text.find('\0') == text.npos, name, ": not ", wanted, ": wanted text, got a zero at byte ",
            text.find('\0'));
    require_distinct_attributes(text, name);
    const auto status = document_->Parse(text.data(), text.size());
    require(status == tinyxml2::XML_SUCCESS, name, ": not ", wanted, ": ", tinyxml2::XMLDocument::ErrorIDToName(status),
            " in line ", document_->ErrorLineNum());
    const tinyxml2::XMLElement* const root = document_->RootElement();
    require(root != nullptr && std::string_view(root->Name()) == "robot", name, ": not ", wanted,
            ": wanted the root element 'robot', got ", printable(root == nullptr ? "none" : root->Name()));
    for (const auto* node = document_->FirstChild(); node != nullptr; node = node->NextSibling())
      require(node == root || (node->ToElement() == nullptr && node->ToText() == nullptr), name, ": line ",
              node->GetLineNum(), ": wanted one root element, got more after or before it");
    std::set<std::string, std::less<>> xacro{"xacro"};
    refuse_xacro(*root, "", xacro, true);
  }

  DescriptionElement robot() const { return {*document_->RootElement(), name_, ""}; }

 private:
  /// Refuses elements of xacro's namespace, and expressions of xacro in attributes; `owner` is the link or joint that
  /// the element belongs to, and `xacro` has the prefixes of the namespace.
  void refuse_xacro(const tinyxml2::XMLElement& xml, std::string owner, std::set<std::string, std::less<>>& xacro,
                    bool expressions) const {
    const std::string_view name = xml.Name();
    if (const char* const own = xml.Attribute("name"); own != nullptr && (name == "link" || name == "joint"))
      owner = std::string(name) + " " + printable(own) + ": ";
    const auto refuse = [&](const std::string& what) {
      fail(name_, ": line ", xml.GetLineNum(), ": ", owner, what,
           " is left of xacro; wanted the file that xacro makes of this");
    };
    // Gazebo has its own use for dollars.
    expressions = expressions && name != "gazebo";
    for (const auto* attribute = xml.FirstAttribute(); attribute != nullptr; attribute = attribute->Next()) {
      const std::string_view key = attribute->Name(), value = attribute->Value();
      if (key.starts_with("xmlns:") && value.find("xacro") != value.npos) xacro.emplace(key.substr(6));
      if (expressions && (value.find("${") != value.npos || value.find("$(") != value.npos))
        refuse(std::string(name) + ": " + std::string(key) + " " + printable(value));
    }
    if (const std::size_t colon = name.find(':'); colon != name.npos && xacro.contains(name.substr(0, colon)))
      refuse(printable(name));
    for (const auto* inside = xml.FirstChildElement(); inside != nullptr; inside = inside->NextSiblingElement())
      refuse_xacro(*inside, owner, xacro, expressions);
  }

  std::unique_ptr<tinyxml2::XMLDocument> document_;
  std::string_view name_;
};

}  // namespace mace::detail
