// SPDX-License-Identifier: Apache-2.0
// Files are written and read alike in every locale.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "mace/io/npy.hpp"
#include "mace/io/obj.hpp"
#include "mace/io/ply.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/io/scene.hpp"
#include "support/comma_locale.hpp"

using namespace mace;

TEST_CASE("files have the same bytes in every locale") {
  const io_test::Folder folder;
  const std::vector<float> values(3 * 1500, 0.5f);
  const auto written = [&] {
    write_npy(folder / "a.npy", {{1500, 3}, values});
    io_test::write_points(folder / "a.ply", values);
    write_safetensors(folder / "a.safetensors", {.tensors = {{"w", {{1500, 3}, values}}}, .metadata = {}});
    std::string bytes;
    for (const char* name : {"a.npy", "a.ply", "a.safetensors"}) bytes += io_test::text_of(folder / name);
    return bytes;
  };
  const std::string bytes = written();
  CHECK(test::contains(bytes, "(1500, 3)"));
  CHECK(test::contains(bytes, "element vertex 1500"));
  CHECK(test::with_comma_locale(written) == bytes);
}

TEST_CASE("files are read alike in every locale") {
  const io_test::Folder folder;
  io_test::write_text(folder / "scene.json",
                      R"({"ground": -1234.5, "spheres": [{"center": [0.5, 1e-1, 2], "radius": 0.25}]})");
  const test::CommaLocale locale;
  const Scene scene = read_scene(folder / "scene.json").scene;
  CHECK(scene.ground == -1234.5);
  CHECK(scene.spheres.at(0).center[1] == 0.1);
  const std::string ply =
      "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
      "end_header\n0.5 1234.5 1e-1\n";
  CHECK(parse_ply(io_test::bytes_of(ply), "a.ply") == std::vector{0.5f, 1234.5f, 0.1f});
  const std::string obj = "v 0 0 0\nv 1234.5 0 0\nv 0 0.5 0\nv 0 0 0.25\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n";
  const std::vector<Polytope> pieces = parse_obj(io_test::bytes_of(obj), "a.obj");
  double largest = 0;
  for (const auto& point : pieces.at(0)) largest = std::max(largest, point[0]);
  CHECK(largest == 1234.5);
}
