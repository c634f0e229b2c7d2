// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>

#include "mace/io/npy.hpp"
#include "mace/io/ply.hpp"
#include "mace/io/safetensors.hpp"

using namespace mace;

// The fuzzers' seeds, tests/corpus/<format>/: what lies there itself is valid, what lies in hostile/ is not.
TEST_CASE("every valid file of the corpus is read and every hostile one is refused") {
  struct Format {
    const char* name;
    std::function<void(const std::filesystem::path&)> read;
  };
  const Format formats[] = {{"npy", [](const auto& path) { read_npy(path); }},
                            {"ply", [](const auto& path) { read_ply(path); }},
                            {"safetensors", [](const auto& path) { read_safetensors(path); }}};
  for (const auto& [name, read] : formats) {
    const auto folder = std::filesystem::path(MACE_SOURCE_DIR) / "tests/corpus" / name;
    int valid = 0, hostile = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string path = entry.path().string();
      CAPTURE(path);
      if (entry.path().parent_path() == folder) {
        CHECK_NOTHROW(read(path));
        ++valid;
      } else {
        CHECK_THROWS_AS(read(path), Error);
        ++hostile;
      }
    }
    CAPTURE(name);
    CHECK(valid > 0);
    CHECK(hostile >= 5);
  }
}
