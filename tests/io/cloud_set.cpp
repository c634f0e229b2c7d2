// SPDX-License-Identifier: Apache-2.0
#include "mace/io/cloud_set.hpp"

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "golden.hpp"
#include "io/support.hpp"
#include "support/errors.hpp"

namespace {

const std::vector<float> first_cloud{1, 2, 3, 4, 5, 6}, second_cloud{7, 8, 9, 10, 11, 12};

std::vector<std::vector<float>> read(const std::filesystem::path& path) {
  std::vector<std::vector<float>> clouds;
  for (const mace::Cloud<2>& cloud : mace::read_cloud_set<2>(path)) clouds.emplace_back(cloud.xyz, cloud.xyz + 6);
  return clouds;
}

}  // namespace

TEST_CASE("cloud set: an .npy file's clouds in their order") {
  const io_test::Folder folder;
  std::vector<float> both = first_cloud;
  both.insert(both.end(), second_cloud.begin(), second_cloud.end());
  mace::write_npy(folder / "set.npy", {{2, 2, 3}, both});
  CHECK(read(folder / "set.npy") == std::vector{first_cloud, second_cloud});
}

TEST_CASE("cloud set: a folder's PLY files in the order of their names, and nothing else of it") {
  const io_test::Folder folder;
  io_test::write_points(folder / "b.ply", second_cloud);
  io_test::write_points(folder / "a.ply", first_cloud);
  io_test::write_text(folder / "a.txt", "no cloud");
  std::filesystem::create_directory(folder / "c");
  CHECK(read(folder / "") == std::vector{first_cloud, second_cloud});
}

TEST_CASE("cloud set: what is no set of finite clouds is refused") {
  const io_test::Folder folder;
  mace::write_npy(folder / "flat.npy", {{2, 3}, first_cloud});
  mace::write_npy(folder / "turned.npy", {{1, 3, 2}, first_cloud});
  mace::write_npy(folder / "none.npy", {{0, 2, 3}, {}});
  mace::write_npy(folder / "many.npy", {{1, 4, 3}, std::vector<float>(12, 1.0f)});
  mace::write_npy(folder / "nan.npy", {{2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, NAN, 9, 1, 2, 3}});
  io_test::write_text(folder / "set.csv", "1,2,3");
  const std::string shape = "wanted clouds of shape [n, 2, 3] with n >= 1, got ";
  const std::vector<std::pair<const char*, std::string>> cases{
      {"flat.npy", shape + "[2, 3]"},
      {"turned.npy", shape + "[1, 3, 2]"},
      {"none.npy", shape + "[0, 2, 3]"},
      {"many.npy", shape + "[1, 4, 3]"},
      {"nan.npy", "wanted finite coordinates, got NaN or infinity in cloud 1"},
      {"set.csv", "wanted a set of clouds in an .npy file or a folder of .ply files"},
      {"missing", "wanted a set of clouds in an .npy file or a folder of .ply files"},
      {"missing.npy", "cannot read: no such file"},
  };
  for (const auto& [file, reason] : cases) {
    const std::filesystem::path path = folder / file;
    CHECK(mace::test::error_of([&] { read(path); }) == path.string() + ": " + reason);
  }
}

TEST_CASE("cloud set: a folder without clouds, or with one that does not fit, is refused") {
  const io_test::Folder empty, folder;
  CHECK(mace::test::error_of([&] { read(empty / ""); }) ==
        (empty / "").string() + ": wanted a folder with .ply files, got none");
  io_test::write_points(folder / "a.ply", first_cloud);
  io_test::write_points(folder / "b.ply", {1, 2, 3});
  CHECK(mace::test::error_of([&] { read(folder / ""); }) == (folder / "b.ply").string() + ": wanted 2 points, got 1");
  io_test::write_points(folder / "b.ply", {1, 2, 3, NAN, 5, 6});
  CHECK(mace::test::error_of([&] { read(folder / ""); }) ==
        (folder / "b.ply").string() + ": wanted finite coordinates, got NaN or infinity in point 1");
}

TEST_CASE("cloud set: real aircraft are in the frame of ours") {
  const auto path = mace::golden::find("airplanes/airplanes_train.npy");
  if (!path) return;
  const auto clouds = mace::read_cloud_set<2048>(*path);
  CHECK(clouds.size() == 223);
  for (const auto& cloud : clouds) {
    float low[3] = {9, 9, 9}, high[3] = {-9, -9, -9};
    for (int i = 0; i < 3 * 2048; ++i) {
      low[i % 3] = std::min(low[i % 3], cloud.xyz[i]);
      high[i % 3] = std::max(high[i % 3], cloud.xyz[i]);
    }
    CHECK(std::hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]) == doctest::Approx(1.0).epsilon(0.05));
  }
}
