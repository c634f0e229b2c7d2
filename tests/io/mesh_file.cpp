// SPDX-License-Identifier: Apache-2.0
#include "mace/io/mesh_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "support/errors.hpp"

namespace fs = std::filesystem;
using mace::detail::read_mesh;

namespace {

/// A tetrahedron.
const std::string solid = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf -4 -3 -2\nf -4 -3 -1\nf -4 -2 -1\nf -3 -2 -1\n";
const std::string one_face = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";

/// A package of ROS's kind in a folder: its description in "arm/urdf", a mesh in "arm/meshes".
fs::path make_package(const io_test::Folder& folder) {
  fs::create_directories(folder / "arm/urdf");
  fs::create_directories(folder / "arm/meshes");
  io_test::write_text(folder / "arm/meshes/a.obj", one_face);
  return folder / "arm/urdf";
}

std::string error_of(const std::string& file, const fs::path& folder) {
  return mace::test::error_of([&] { read_mesh(file, folder); });
}

}  // namespace

TEST_CASE("mesh file: where it is looked for") {
  const io_test::Folder folder;
  const fs::path urdf = make_package(folder), mesh = folder / "arm/meshes/a.obj";
  for (const std::string& file : {std::string("../meshes/a.obj"), mesh.string(), "file://" + mesh.string(),
                                  std::string("package://arm/meshes/a.obj"), std::string("model://arm/meshes/a.obj")}) {
    CAPTURE(file);
    CHECK(error_of(file, urdf) == "");
    CHECK(error_of(file, urdf / "") == "");
  }
  // The folder of the package's name comes first, wherever it is on the way up.
  fs::create_directories(folder / "arm/urdf/meshes");
  io_test::write_text(folder / "arm/urdf/meshes/a.obj", solid + "o\n" + solid);
  CHECK(read_mesh("package://arm/meshes/a.obj", urdf).size() == 1);
}

TEST_CASE("mesh file: a mesh of another package is never one of this package") {
  const io_test::Folder folder;
  const fs::path urdf = make_package(folder);
  const std::string error = error_of("package://gripper/meshes/a.obj", urdf), inside = (folder / "arm").string();
  CHECK(error.starts_with("mesh 'package://gripper/meshes/a.obj': not found; looked for " + inside +
                          "/urdf/gripper/meshes/a.obj, " + inside + "/gripper/meshes/a.obj, "));
  // It is found beside this one.
  fs::create_directories(folder / "gripper/meshes");
  io_test::write_text(folder / "gripper/meshes/a.obj", "v 5 0 0\nv 6 0 0\nv 5 1 0\nf 1 2 3\n");
  CHECK(read_mesh("package://gripper/meshes/a.obj", urdf)[0][0][0] >= 5);
  CHECK(read_mesh("package://arm/meshes/a.obj", urdf)[0][0][0] < 5);
}

TEST_CASE("mesh file: the name of a package is that in its package.xml, else that of its folder") {
  const io_test::Folder folder;
  const fs::path urdf = make_package(folder);
  io_test::write_text(folder / "arm/package.xml",
                      "<?xml version='1.0'?>\n<!-- <name>old</name> -->\n<package><name>\n my_arm </name></package>");
  CHECK(error_of("package://my_arm/meshes/a.obj", urdf) == "");
  for (const char* const name : {"old", "arm", "my"}) {
    CAPTURE(name);
    CHECK(mace::test::contains(error_of(std::string("package://") + name + "/meshes/a.obj", urdf), "not found"));
  }
  for (const char* const text :
       {"", "<package/>", "<name>", "</name><name>", "<!-- <name>a</name>", "<name> </name>"}) {
    io_test::write_text(folder / "arm/package.xml", text);
    CHECK(error_of("package://arm/meshes/a.obj", urdf) == "");
  }
}

TEST_CASE("mesh file: a path from the working folder") {
  const io_test::Folder folder;
  make_package(folder);
  const fs::path before = fs::current_path();
  fs::current_path(folder / "arm/urdf");
  const std::string error = error_of("../meshes/a.obj", "") + error_of("package://arm/meshes/a.obj", "");
  fs::current_path(before);
  CHECK(error == "");
}

TEST_CASE("mesh file: an STL is one piece, an OBJ one a body") {
  const io_test::Folder folder;
  io_test::write_text(folder / "A.STL",
                      "solid\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\n"
                      "endfacet\nendsolid\n");
  io_test::write_text(folder / "b.obj", solid + solid);
  CHECK(read_mesh("A.STL", folder / "").size() == 1);
  CHECK(read_mesh("b.obj", folder / "").size() == 2);
}

TEST_CASE("mesh file: what is not found, or no mesh") {
  const io_test::Folder folder;
  const fs::path urdf = make_package(folder);
  const std::string inside = (folder / "arm").string();
  CHECK(error_of("b.obj", urdf) == "mesh 'b.obj': not found; looked for " + inside + "/urdf/b.obj");
  const std::string error = error_of("package://arm/meshes/b.obj", urdf);
  CHECK(error.starts_with("mesh 'package://arm/meshes/b.obj': not found; looked for " + inside +
                          "/urdf/arm/meshes/b.obj, " + inside + "/meshes/b.obj, "));
  CHECK(error.ends_with(", ... up to the root"));
  for (const char* name : {"a.txt", "meshes"}) {
    const std::string error_of_other = error_of(name, urdf);
    CHECK(error_of_other.starts_with("mesh '" + std::string(name) + "': wanted an .stl or .obj file"));
    CHECK(mace::test::contains(error_of_other, "assimp"));
    CHECK(error_of_other.ends_with("got extension '" + fs::path(name).extension().string() + "'"));
  }
  CHECK(error_of("https://host/a.obj", urdf) ==
        "mesh 'https://host/a.obj': wanted a path, or one after file://, package:// or model://");
  const std::string no_name = "wanted the name of a file, of at most 1000 characters";
  CHECK(error_of("", urdf).ends_with(no_name));
  CHECK(error_of("a\nb.obj", urdf) == "mesh 'a?b.obj': " + no_name);
  CHECK(error_of(std::string(1001, 'a') + ".obj", urdf).ends_with(no_name));
  CHECK(mace::test::contains(error_of("package://a.obj", urdf), "not found"));
  io_test::write_text(folder / "arm/urdf/bad.obj", "f 1 2 3\n");
  CHECK(error_of("bad.obj", urdf).starts_with((urdf / "bad.obj").string() + ": line 1: wanted a face"));
  fs::create_directories(urdf / "folder.stl");
  CHECK(error_of("folder.stl", urdf).starts_with("mesh 'folder.stl': not found"));
}
