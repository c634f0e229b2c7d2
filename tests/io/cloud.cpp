// SPDX-License-Identifier: Apache-2.0
#include "mace/io/cloud.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "support/errors.hpp"

namespace {

const std::vector<float> two_points{1, 2, 3, 4, 5, 6};

}  // namespace

TEST_CASE("cloud: the extension says the format") {
  const io_test::Folder folder;
  io_test::write_points(folder / "a.ply", two_points);
  mace::write_npy(folder / "a.npy", {{2, 3}, two_points});
  CHECK(mace::read_cloud(folder / "a.ply") == two_points);
  CHECK(mace::read_cloud(folder / "a.npy") == two_points);
  io_test::write_points(folder / "B.PLY", two_points);
  CHECK(mace::read_cloud(folder / "B.PLY") == two_points);
}

TEST_CASE("cloud: what is no cloud of finite points is refused") {
  const io_test::Folder folder;
  io_test::write_points(folder / "empty.ply", {});
  io_test::write_points(folder / "nan.ply", {1, 2, 3, 4, NAN, 6});
  mace::write_npy(folder / "empty.npy", {{0, 3}, {}});
  mace::write_npy(folder / "inf.npy", {{2, 3}, {1, 2, 3, 4, 5, HUGE_VALF}});
  mace::write_npy(folder / "flat.npy", {{6}, two_points});
  mace::write_npy(folder / "turned.npy", {{3, 2}, two_points});
  const std::vector<std::vector<const char*>> cases{
      {"empty.ply", "wanted at least one point, got none"},
      {"empty.npy", "wanted at least one point, got none"},
      {"nan.ply", "wanted finite coordinates, got NaN or infinity in point 1"},
      {"inf.npy", "wanted finite coordinates, got NaN or infinity in point 1"},
      {"flat.npy", "wanted a cloud of shape [n, 3], got [6]"},
      {"turned.npy", "wanted a cloud of shape [n, 3], got [3, 2]"},
      {"a.pcd", "wanted a cloud in a .ply or .npy file, got extension '.pcd'"},
      {"none", "wanted a cloud in a .ply or .npy file, got extension ''"},
      {"none.ply", "cannot read: no such file"},
  };
  for (const auto& refused : cases) {
    const std::filesystem::path path = folder / refused[0];
    CHECK(mace::test::error_of([&] { mace::read_cloud(path); }) == path.string() + ": " + refused[1]);
  }
}
