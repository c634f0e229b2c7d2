// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/core/config.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/content_hash.hpp"
#include "mace/kinematics/serial_chain.hpp"

namespace mace::detail {

/// Version of what is made of the files of a robot: their readers, the hulls, the capsules and the self-collision
/// pairs. A change of any of them must raise it, so that no older arm is taken from a cache.
inline constexpr std::array<std::uint32_t, 4> arm_reader_version{MACE_VERSION_MAJOR, MACE_VERSION_MINOR,
                                                                 MACE_VERSION_PATCH, 1};

/// Values in a row as bytes. The functions store() below say which.
class ArmBytes {
 public:
  template <class Number>
  void number(const Number& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(Number));
  }
  void text(const std::string& value) {
    number(std::uint64_t{value.size()});
    bytes_ += value;
  }
  template <class Value, class Store>
  void list(const std::vector<Value>& values, const Store& store) {
    number(std::uint64_t{values.size()});
    for (const Value& value : values) store(value);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// The same values, from bytes.
class ArmFromBytes {
 public:
  explicit ArmFromBytes(std::span<const std::byte> bytes) : reader_(bytes, "cache") {}

  template <class Number>
  void number(Number& value) {
    value = reader_.take_number<Number>("number");
  }
  void text(std::string& value) { value = reader_.take_text(reader_.take_number<std::uint64_t>("text"), "text"); }
  template <class Value, class Store>
  void list(std::vector<Value>& values, const Store& store) {
    const auto count = reader_.take_number<std::uint64_t>("list");
    require(count <= reader_.left(), "cache: wanted at most as many values as bytes");
    values.resize(static_cast<std::size_t>(count));
    for (Value& value : values) store(value);
  }
  std::size_t left() const { return reader_.left(); }

 private:
  ByteReader reader_;
};

/// Writes an arm to ArmBytes, or reads it from ArmFromBytes: one description of the format for both.
template <class Archive, class Arm>
void store_arm(Archive& archive, Arm& arm) {
  const auto vec = [&](auto& v) {
    for (auto& number : v.v) archive.number(number);
  };
  const auto pose = [&](auto& p) {
    auto& [x, y, z, position] = p;
    vec(x), vec(y), vec(z), vec(position);
  };
  // These name all members of each type, so that one which is added does not compile until it is stored.
  auto& [chain, links, pairs] = arm;
  auto& [base_name, tip_name, joints, tip] = chain;
  archive.text(base_name);
  archive.text(tip_name);
  archive.list(joints, [&](auto& joint) {
    archive.text(joint.name);
    archive.number(joint.kind);
    pose(joint.origin);
    archive.number(joint.lower);
    archive.number(joint.upper);
  });
  pose(tip);
  archive.list(links, [&](auto& link) {
    auto& [name, joint, hulls, capsules, frame] = link;
    archive.text(name);
    archive.number(joint);
    archive.list(hulls, [&](auto& hull) { archive.list(hull, vec); });
    archive.list(capsules, [&](auto& capsule) {
      auto& [a, b, radius] = capsule;
      vec(a), vec(b);
      archive.number(radius);
    });
    pose(frame);
  });
  archive.list(pairs, [&](auto& pair) {
    archive.number(pair.first);
    archive.number(pair.second);
  });
}

/// A file that remembers an arm for a key, the hash of everything that the arm was made of.
class ArmCache {
 public:
  ArmCache(std::filesystem::path file, const ContentHash& key) : file_(std::move(file)), key_(key) {}

  /// The arm, or nothing if the file is missing, damaged or of another key.
  std::optional<ArmDescription> load() const {
    try {
      const std::vector<std::byte> bytes = read_file(file_, 64 << 20);
      const std::span<const std::byte> all(bytes);
      constexpr std::size_t sum = sizeof(ContentHash);
      ByteReader reader(all, "cache");
      if (reader.take_text(magic.size(), "start") != magic || reader.take_number<ContentHash>("key") != key_) return {};
      const std::span<const std::byte> content = reader.take(reader.left() - std::min(reader.left(), sum), "arm");
      if (reader.take_number<ContentHash>("sum") != content_hash(all.first(all.size() - sum))) return {};
      ArmFromBytes archive(content);
      ArmDescription arm;
      store_arm(archive, arm);
      if (archive.left() > 0) return {};
      return std::move(arm).checked("cache");
    } catch (const Error&) {
      return {};
    }
  }

  /// Writes the file, or leaves it where that is not possible, as in a folder that may not be written to.
  void save(const ArmDescription& arm) const {
    ArmBytes archive;
    store_arm(archive, arm);
    std::string bytes(magic);
    const auto append = [&](const ContentHash& hash) {
      bytes.append(reinterpret_cast<const char*>(hash.data()), sizeof(hash));
    };
    append(key_);
    bytes += archive.bytes();
    append(content_hash(bytes));
    try {
      AtomicFile file(file_);
      file.write(bytes);
      file.commit();
    } catch (const Error&) {
    }
  }

 private:
  static constexpr std::string_view magic = "mace arm\n";
  std::filesystem::path file_;
  ContentHash key_;
};

}  // namespace mace::detail
