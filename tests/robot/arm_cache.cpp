// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/arm_cache.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <string>

#include "io/support.hpp"
#include "mace/robot/panda_arm.hpp"

using namespace mace;
using detail::ArmCache;

namespace {

/// What an arm is, as bytes.
std::string bytes_of(const ArmDescription& arm) {
  detail::ArmBytes bytes;
  detail::store_arm(bytes, arm);
  return bytes.bytes();
}

}  // namespace

TEST_CASE("arm cache: an arm comes back as it was, for its key alone") {
  const io_test::Folder folder;
  const ArmDescription arm = panda_arm({.finger_opening = 0.02});
  const ArmCache cache(folder / "a.mace", {1, 2});
  CHECK(!cache.load());
  cache.save(arm);
  const auto loaded = cache.load();
  REQUIRE(loaded.has_value());
  CHECK(bytes_of(*loaded) == bytes_of(arm));
  CHECK(loaded->chain.joints[3].name == "panda_joint4");
  CHECK(loaded->links[9].capsules.size() == arm.links[9].capsules.size());
  CHECK(norm(loaded->links[10].frame.position - arm.links[10].frame.position) == 0);
  CHECK(!ArmCache(folder / "a.mace", {1, 3}).load());
  CHECK(!ArmCache(folder / "a.mace", {2, 2}).load());
  CHECK(folder.file_count() == 1);
}

TEST_CASE("arm cache: what is damaged is not taken") {
  const io_test::Folder folder;
  ArmDescription arm;
  arm.chain = {"base", "tip", {{{JointKind::revolute, {}, -1, 1}, "turn"}}, {}};
  arm.links = {{"base", -1, {{{0, 0, 0}, {1, 0, 0}}}, {{{0, 0, 0}, {1, 0, 0}, 0.1}}}, {"tip", 0, {{{0, 0, 1}}}, {}}};
  arm.pairs = {{0, 1}};
  const ArmCache cache(folder / "a.mace", {1, 2});
  cache.save(arm);
  const std::string valid = io_test::text_of(folder / "a.mace");
  const auto taken = [&](const std::string& file) {
    io_test::write_text(folder / "a.mace", file);
    return cache.load().has_value();
  };
  CHECK(taken(valid));
  int wrong = 0;
  for (std::size_t at = 0; at < valid.size(); ++at) {
    std::string changed = valid;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    wrong += taken(changed) + taken(valid.substr(0, at)) + taken(valid.substr(at + 1));
  }
  CHECK(wrong == 0);
  CHECK(!taken(valid + "x"));
  // A sum that agrees does not make a list of more values than there are bytes.
  const auto with_sum = [](std::string bytes) {
    const detail::ContentHash sum = detail::content_hash(bytes);
    return bytes.append(reinterpret_cast<const char*>(sum.data()), sizeof(sum));
  };
  const std::string start = valid.substr(0, valid.size() - 16);
  CHECK(taken(with_sum(start)));
  for (std::size_t at = 25; at < start.size(); ++at) {
    std::string changed = start;
    changed[at] = static_cast<char>(0xff);
    taken(with_sum(changed));  // the arm may be another one, which is valid, or none
  }
  CHECK(!taken(with_sum(start + "x")));
}

TEST_CASE("arm cache: where no file can be written there is none") {
  const io_test::Folder folder;
  std::filesystem::create_directory(folder / "a.mace");
  const ArmCache cache(folder / "a.mace", {1, 2}), nowhere(folder / "none/a.mace", {1, 2});
  for (const ArmCache* each : {&cache, &nowhere}) {
    each->save(panda_arm());
    CHECK(!each->load());
  }
  CHECK(folder.file_count() == 1);
}
