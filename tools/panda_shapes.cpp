// SPDX-License-Identifier: Apache-2.0
// Where the built-in Panda's shapes come from, and what they cost. From its URDF with the maker's meshes:
//   panda_shapes table panda.urdf > include/mace/robot/panda_shapes.hpp   (then clang-format)
//   panda_shapes needless panda.urdf
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "mace/collision/capsule_fit.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/collision/extreme_points.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/collision/support_polytope.hpp"
#include "mace/core/philox.hpp"
#include "mace/io/obj.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/robot/panda_arm.hpp"
#include "mace/robot/urdf_arm.hpp"

using namespace mace;

namespace {

/// The face of a body about along a direction; its normal is made of integers up to 100.
SupportFace face_along(const Polytope& body, const Vec<3, double>& direction) {
  const double largest = std::max({std::abs(direction[0]), std::abs(direction[1]), std::abs(direction[2])});
  int n[3];
  for (int i = 0; i < 3; ++i) n[i] = static_cast<int>(std::lround(100 * direction[i] / largest));
  const int divisor = std::gcd(std::gcd(n[0], n[1]), n[2]);
  const auto entry = [&](int i) { return static_cast<std::int8_t>(n[i] / divisor); };
  SupportFace face{entry(0), entry(1), entry(2), 0};
  const auto normal = face.normal().as<double>();
  // The added part is more than rounding took from the product.
  const double height = support_units * dot(normal, support_point(body, normal)) + 1e-6;
  face.height = static_cast<std::int32_t>(std::ceil(height));
  return face;
}

/// A polytope around a body. Distance from the body is convex, so that its vertices are farthest.
struct Around {
  std::vector<SupportFace> faces;
  Polytope polytope;
  double greatest_excess = 0, mean_excess = 0;
};

/// From a box: a face is added where a vertex is farthest from the body, until none is farther than `excess`.
Around polytope_around(const Polytope& body, double excess) {
  Around around;
  for (const Vec<3, double>& axis : {Vec<3, double>{1, 0, 0}, {0, 1, 0}, {0, 0, 1}})
    for (const double sign : {-1.0, 1.0}) around.faces.push_back(face_along(body, sign * axis));
  for (;;) {
    around.polytope = support_polytope(around.faces);
    around.greatest_excess = around.mean_excess = 0;
    Vec<3, double> direction{};
    for (const auto& vertex : around.polytope) {
      const Separation known = separation(Sphere<double>{vertex, 0}, body, vertex - body[0]);
      around.mean_excess += known.at_most / static_cast<double>(around.polytope.size());
      if (known.at_most <= around.greatest_excess) continue;
      around.greatest_excess = known.at_most;
      direction = known.direction;
    }
    if (around.greatest_excess <= excess) return around;
    around.faces.push_back(face_along(body, direction));
    require(around.faces.size() <= 200, "panda_shapes: 200 faces leave ", around.greatest_excess, " m");
  }
}

/// A capsule as the table has it. What rounding moves its ends by is added to the radius.
std::string table_row(const Capsule<double>& capsule) {
  std::string row;
  double moved = 0;
  for (const auto& end : {capsule.a, capsule.b}) {
    Vec<3, double> rounded;
    for (int i = 0; i < 3; ++i) rounded[i] = std::round(support_units * end[i]) / support_units;
    moved = std::max(moved, norm(rounded - end));
    for (int i = 0; i < 3; ++i) row += (i == 0 ? "{" : ", ") + std::to_string(std::lround(support_units * rounded[i]));
    row += "}, ";
  }
  const double radius = support_units * (capsule.radius + moved) + 1e-6;
  return "{" + row + std::to_string(std::lround(std::ceil(radius))) + "}";
}

/// The robot of a URDF, each link one body: the hull of all its shapes, and a finger also of the mesh `finger`.
std::vector<ArmLink> read_links(const std::string& urdf, const std::string& finger) {
  ArmDescription arm = read_urdf_arm(urdf, "panda_grasptarget", {.capsule_fit = {.capsules = 1}});
  const double h = 0.70710678118654752440;
  const Pose<double> left{{h, -h, 0}, {h, h, 0}, {0, 0, 1}, {0, 0, 0.107 + 0.0584}};
  const Pose<double> right{{-h, h, 0}, {-h, -h, 0}, {0, 0, 1}, left.position};
  for (ArmLink& link : arm.links) {
    Polytope all;
    for (const Polytope& hull : link.hulls) all.insert(all.end(), hull.begin(), hull.end());
    if (!finger.empty() && link.name.ends_with("finger"))
      for (const Polytope& piece : read_obj(finger))
        for (const auto& point : piece) all.push_back((link.name == "panda_leftfinger" ? left : right) * point);
    link.hulls = {extreme_points(all)};
  }
  return arm.links;
}

void print_table(const std::vector<ArmLink>& links, double excess) {
  std::printf(
      "// SPDX-License-Identifier: Apache-2.0\n#pragma once\n\n#include <cstdint>\n\n"
      "#include \"mace/collision/support_polytope.hpp\"\n\n"
      "/// Shapes around the Panda's links, each in its joint's frame, as tools/panda_shapes.cpp prints them.\n"
      "namespace mace::detail::panda {\n\n"
      "/// A capsule: its ends and its radius, in hundredths of a millimeter.\n"
      "struct TableCapsule {\n  std::int32_t a[3], b[3], radius;\n};\n");
  for (const ArmLink& link : links) {
    const std::string name = link.name.substr(link.name.find('_') + 1);
    const Around around = polytope_around(link.hulls[0], excess);
    const CapsuleFit cover = fit_capsules(link.hulls[0]);
    std::printf("\ninline constexpr SupportFace %s_faces[] = {", name.c_str());
    for (const SupportFace& f : around.faces) std::printf("{%d, %d, %d, %d}, ", f.x, f.y, f.z, f.height);
    std::printf("};\ninline constexpr TableCapsule %s_cover[] = {", name.c_str());
    for (const auto& capsule : cover.capsules) std::printf("%s, ", table_row(capsule).c_str());
    std::printf("};\n");
    std::fprintf(
        stderr,
        "%s: %zu faces, %zu vertices up to %.2f mm from the hull, mean %.2f; %zu capsules up to %.1f mm from it, "
        "mean over directions %.1f\n",
        name.c_str(), around.faces.size(), around.polytope.size(), 1e3 * around.greatest_excess,
        1e3 * around.mean_excess, cover.capsules.size(), 1e3 * cover.greatest_excess, 1e3 * cover.mean_excess);
  }
  std::printf("\n}  // namespace mace::detail::panda\n");
}

/// True if no capsule of the arm meets the scene or one of another link, pairs as the arm has them.
bool cover_is_free(const ArmDescription& arm, const Scene& scene, std::span<const double> q) {
  std::vector<Pose<double>> frame{scene.base};
  for (std::size_t i = 0; i < q.size(); ++i) frame.push_back(arm.chain.joints[i].moved(frame.back(), q[i]));
  std::vector<std::vector<Capsule<double>>> placed;
  bool is_free = true;
  for (const ArmLink& link : arm.links) {
    const Pose<double>& at = frame[static_cast<std::size_t>(link.joint + 1)];
    placed.emplace_back();
    for (const auto& c : link.capsules) {
      const Capsule<double> capsule = placed.back().emplace_back(Capsule<double>{at * c.a, at * c.b, c.radius});
      if (scene.ground && link.joint >= 0)
        is_free = is_free && std::min(capsule.a[2], capsule.b[2]) - capsule.radius > *scene.ground;
      for (const auto& box : scene.boxes)
        is_free = is_free && separation(capsule, box, capsule.a - box.pose.position, certain_gap).certain();
    }
  }
  for (const auto& [first, second] : arm.pairs)
    for (const auto& a : placed[static_cast<std::size_t>(first)])
      for (const auto& b : placed[static_cast<std::size_t>(second)])
        is_free = is_free && separation(a, b, a.a - b.a, certain_gap).certain();
  return is_free;
}

/// How many of the configurations that the real hulls leave free our shapes do not, drawn within the joints' limits.
void print_needless(std::vector<ArmLink> links, std::uint32_t configurations) {
  const ArmDescription& ours = panda_arm();
  const ArmDescription real{ours.chain, std::move(links), ours.pairs};
  std::printf("scene     free  needless: polytopes  capsules  wrongly free\n");
  for (const auto& name : {"none", "wall", "cwall", "window", "box"}) {
    const Scene scene = std::string(name) == "none" ? Scene{} : named_scene(name);
    const ExactCheck judge(real, scene), polytopes(ours, scene);
    int free = 0, by_polytopes = 0, by_capsules = 0, wrong = 0;
    for (std::uint32_t sample = 0; sample < configurations; ++sample) {
      Random random({0, Stream::evaluation, 0}, sample);
      std::vector<double> q;
      for (const auto& joint : ours.chain.joints)
        q.push_back(joint.lower + (joint.upper - joint.lower) * double{random.uniform()});
      const bool is_free = judge.is_free(q), polytopes_free = polytopes.is_free(q),
                 capsules_free = cover_is_free(ours, scene, q);
      free += is_free;
      by_polytopes += is_free && !polytopes_free;
      by_capsules += is_free && !capsules_free;
      wrong += !is_free && (polytopes_free || capsules_free);
    }
    const auto share = [&](int count) { return 100.0 * count / free; };
    std::printf("%-8s %5.1f %%           %5.2f %%   %5.2f %%  %d\n", name, 100.0 * free / configurations,
                share(by_polytopes), share(by_capsules), wrong);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string urdf, finger;
  double excess = 0.002;
  std::uint32_t configurations = 20000;
  CLI::App app("The built-in Panda's shapes: where they come from, and what they cost.", "panda_shapes");
  app.require_subcommand(1);
  CLI::App* table =
      app.add_subcommand("table", "fits the shapes; prints panda_shapes.hpp, and how good they are on stderr");
  CLI::App* needless = app.add_subcommand("needless", "the share of free configurations where the shapes collide");
  for (CLI::App* task : {table, needless}) {
    task->add_option("urdf", urdf, "the Panda with the maker's meshes")->required();
    task->add_option("--finger", finger, "a mesh of a finger; its hull is held too");
  }
  table->add_option("--excess", excess, "the polytopes' greatest, meters")->check(CLI::Range(1e-4, 0.1));
  needless->add_option("--configurations", configurations, "how many")->check(CLI::Range(1, 10000000));
  return examples::run_program(app, argc, argv, [&] {
    const std::vector<ArmLink> links = read_links(urdf, finger);
    if (table->parsed())
      print_table(links, excess);
    else
      print_needless(links, configurations);
  });
}
