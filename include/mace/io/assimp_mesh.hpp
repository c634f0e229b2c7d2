// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Meshes of the formats that assimp reads, such as COLLADA (.dae). Programs that link to `mace::assimp` read robots
/// with such meshes.
#include <assimp/config.h>
#include <assimp/scene.h>

#include <assimp/Importer.hpp>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/mesh_bodies.hpp"

namespace mace::detail {

/// Adds the faces of a node and of those below it to a mesh. Lines and points are skipped.
inline void add_assimp_node(const aiScene& scene, const aiNode& node, const aiMatrix4x4& above, const std::string& name,
                            Mesh& mesh) {
  const aiMatrix4x4 at = above * node.mTransformation;
  for (unsigned i = 0; i < node.mNumMeshes; ++i) {
    const aiMesh& part = *scene.mMeshes[node.mMeshes[i]];
    const std::size_t first = mesh.vertices.size(), group = mesh.groups.empty() ? 0 : mesh.groups.back() + 1;
    for (unsigned v = 0; v < part.mNumVertices; ++v) {
      const aiVector3D point = at * part.mVertices[v];
      mesh.vertices.push_back({point.x, point.y, point.z});
      require(std::isfinite(dot(mesh.vertices.back(), mesh.vertices.back())), name, ": wanted finite coordinates");
      require(mesh.vertices.size() <= 10'000'000, name, ": wanted at most ten million vertices");
    }
    for (unsigned f = 0; f < part.mNumFaces; ++f) {
      const aiFace& face = part.mFaces[f];
      if (face.mNumIndices < 3) continue;
      for (unsigned k = 0; k < face.mNumIndices; ++k) mesh.corners.push_back(first + face.mIndices[k]);
      mesh.ends.push_back(mesh.corners.size());
      mesh.groups.push_back(group);
    }
  }
  for (unsigned i = 0; i < node.mNumChildren; ++i) add_assimp_node(scene, *node.mChildren[i], at, name, mesh);
}

/// Reads the bodies of a mesh by assimp, as bodies_of() finds them. The transforms of its nodes are applied, and the
/// unit that a COLLADA file names, so that the result is in meters; its up axis is not, as in ROS.
/// @throws Error if the file cannot be read, is larger than 64 MiB, is not understood by assimp or has no faces.
inline std::vector<Polytope> read_assimp(const std::filesystem::path& path) {
  const std::string name = path.string();
  refuse_other_kinds(read_file(path, max_mesh_bytes), name, "a mesh");
  Assimp::Importer importer;
  importer.SetPropertyBool(AI_CONFIG_IMPORT_COLLADA_IGNORE_UP_DIRECTION, true);
  const aiScene* const scene = importer.ReadFile(name, 0);
  require(scene != nullptr && scene->mRootNode != nullptr, name, ": wanted a mesh that assimp reads, got ",
          printable(importer.GetErrorString()));
  Mesh mesh;
  add_assimp_node(*scene, *scene->mRootNode, aiMatrix4x4(), name, mesh);
  require(mesh.faces() > 0, name, ": wanted at least one face, got none");
  return bodies_of(mesh, name);
}

/// True if assimp reads files with this ending.
inline bool is_read_by_assimp(const std::string& extension) {
  return Assimp::Importer().IsExtensionSupported(extension);
}

}  // namespace mace::detail
