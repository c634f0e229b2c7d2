// SPDX-License-Identifier: Apache-2.0
#include "common/picture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "examples/pixels.hpp"
#include "mace/core/philox.hpp"
#include "shapes/box.hpp"

namespace fs = std::filesystem;
using namespace mace;
using namespace mace::examples;
using test::Folder;
using test::Pixels;

/// Fontconfig, which finds Cairo's fonts, keeps caches until the program ends; LeakSanitizer reads this at its start.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig";
}

namespace {

constexpr auto is_white = [](unsigned r, unsigned g, unsigned b) { return r == 255 && g == 255 && b == 255; };
constexpr auto is_orange = [](unsigned r, unsigned g, unsigned b) { return r > 180 && g > 60 && g < 170 && b < 60; };
constexpr auto is_blue = [](unsigned r, unsigned g, unsigned b) { return r < 60 && g > 90 && g < 150 && b > 150; };
constexpr auto is_ink = [](unsigned r, unsigned g, unsigned b) { return r < 60 && g < 60 && b < 60; };

/// `count` boxes of the completion task, and the part of the first that a cut leaves.
struct Boxes {
  static constexpr Index points = 300;
  explicit Boxes(int count) {
    for (int i = 0; i < count; ++i) {
      Random random({.seed = 3, .stream = Stream::data}, static_cast<std::uint32_t>(i));
      clouds.emplace_back(static_cast<std::size_t>(3 * points));
      sample_box(random_box(random), random, clouds.back().data(), points);
    }
    Random random({.seed = 4, .stream = Stream::data}, 0);
    const CutPlane cut = random_cut(random, clouds.front());
    for (std::size_t i = 0; i < clouds.front().size(); i += 3)
      if (cut.contains(&clouds.front()[i])) part.insert(part.end(), &clouds.front()[i], &clouds.front()[i] + 3);
  }

  std::vector<MatrixView<const float>> samples() const {
    std::vector<MatrixView<const float>> views;
    for (const auto& cloud : clouds) views.emplace_back(cloud.data(), 3, points);
    return views;
  }
  MatrixView<const float> observation() const { return {part.data(), 3, static_cast<Index>(part.size() / 3)}; }

  std::vector<std::vector<float>> clouds;
  std::vector<float> part;
};

CloudPanelsSpec clouds_of(const Boxes& boxes) {
  CloudPanelsSpec spec;
  spec.panels = {{.title = "Prior", .samples = boxes.samples()},
                 {.title = "Tuned", .samples = boxes.samples(), .observation = boxes.observation()}};
  spec.rows = spec.cols = 2;
  spec.width = 800;
  spec.height = 500;
  return spec;
}

BarsSpec some_bars() {
  BarsSpec spec;
  spec.title = "score";
  spec.groups = {"near", "far"};
  spec.series = {{.label = "prior", .values = {0.1, -0.2}},
                 {.label = "tuned", .values = {0.9, 0.7}, .errors = {0.05, 0.1}}};
  return spec;
}

}  // namespace

TEST_CASE("a picture of clouds has the size asked for and the observation only where it was given") {
  const Folder folder;
  const Boxes boxes(4);
  paint_cloud_panels(folder / "clouds.png", clouds_of(boxes));
  const Pixels picture(folder / "clouds.png");
  CHECK(picture.width == 800);
  CHECK(picture.height == 500);
  const int half = picture.width / 2;
  CHECK(picture.count(0, half, is_white) < half * picture.height * 9 / 10);
  CHECK(picture.count(half, picture.width, is_white) < half * picture.height * 9 / 10);
  CHECK(picture.count(half, picture.width, is_orange) > 1000);
  // Left of the legend in the middle nothing at all is orange: the first panel has no observation.
  CHECK(picture.count(0, half - 60, is_orange) == 0);
}

TEST_CASE("the same clouds make the same picture") {
  const Folder folder;
  const Boxes boxes(3);
  paint_cloud_panels(folder / "a.png", clouds_of(boxes));
  paint_cloud_panels(folder / "b.png", clouds_of(boxes));
  CHECK(Pixels(folder / "a.png").rgb == Pixels(folder / "b.png").rgb);
}

TEST_CASE("of a large observation so many points are painted as a sample may have") {
  const Folder folder;
  const Boxes boxes(1);
  std::vector<float> some, more;  // every third point of `more` is one of `some`
  for (std::size_t i = 0; i < 2048; ++i) {
    const float* const point = &boxes.part[3 * (i % (boxes.part.size() / 3))];
    some.insert(some.end(), point, point + 3);
    more.insert(more.end(), point, point + 3);
    more.insert(more.end(), 6, 1000.0f);
  }
  CloudPanelsSpec spec = clouds_of(boxes);
  for (const auto& [name, cloud] : {std::pair{"some.png", &some}, std::pair{"more.png", &more}}) {
    spec.panels[1].observation = {cloud->data(), 3, static_cast<Index>(cloud->size() / 3)};
    paint_cloud_panels(folder / name, spec);
  }
  CHECK(Pixels(folder / "some.png").rgb == Pixels(folder / "more.png").rgb);
}

TEST_CASE("clouds of one point and clouds on a line are drawn") {
  const Folder folder;
  const float line[] = {0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0};
  CloudPanelsSpec spec;
  spec.panels = {{.samples = {{line, 3, 1}, {line, 3, 4}}}};
  CHECK_NOTHROW(paint_cloud_panels(folder / "line.png", spec));
}

TEST_CASE("scatter panels share their limits and keep their colors apart") {
  const Folder folder;
  const float square[] = {-1, -1, 1, -1, 1, 1, -1, 1}, middle[] = {0, 0};
  ScatterPanelsSpec spec;
  spec.panels = {{.title = "a", .points = {square, 2, 4}, .color = palette::blue},
                 {.title = "b", .points = {middle, 2, 1}, .color = palette::orange}};
  spec.opacity = 1.0;
  spec.dot_radius = 6.0;
  spec.side = 300;
  paint_scatter_panels(folder / "scatter.png", spec);
  const Pixels picture(folder / "scatter.png");
  CHECK(picture.width == 130 + 300 + 50 + 300 + 40);
  CHECK(picture.height == 76 + 300 + 106);
  const int split = 130 + 300 + 25;
  CHECK(picture.count(0, split, is_blue) > 4 * 90);
  CHECK(picture.count(0, split, is_orange) == 0);
  CHECK(picture.count(split, picture.width, is_orange) > 90);
  CHECK(picture.count(split, picture.width, is_blue) == 0);
}

TEST_CASE("bars show every series, below zero too") {
  const Folder folder;
  paint_bars(folder / "bars.png", some_bars());
  const Pixels picture(folder / "bars.png");
  CHECK(picture.width == 1400);
  CHECK(picture.height == 800);
  CHECK(picture.count(0, picture.width, is_blue) > 10000);
  CHECK(picture.count(0, picture.width, is_ink) > 500);
}

TEST_CASE("a painting shows what is nearer over what is farther, in whatever order it came") {
  const Folder folder;
  const View view{.camera = {.azimuth = -90.0, .elevation = 0.0}, .center = {50.0, 50.0}, .pixels_per_unit = 20.0};
  const std::array<Point3, 3> half{Point3{1, 0, 0}, Point3{0, 1, 0}, Point3{0, 0, 1}};
  for (const bool box_first : {true, false}) {
    Canvas canvas(100, 100);
    examples::Painting painting;
    if (box_first) painting.add_box({0.0, 0.0, 0.0}, half, palette::blue);
    painting.add_ball({0.0, -2.0, 0.0}, 0.5, palette::orange);
    painting.add_capsule({0.0, 2.0, -0.5}, {0.0, 2.0, 0.5}, 0.3, palette::ink);
    if (!box_first) painting.add_box({0.0, 0.0, 0.0}, half, palette::blue);
    painting.paint(canvas, view);
    canvas.save(folder / "painting.png");
    const Pixels picture(folder / "painting.png");
    CHECK(picture.count(0, 100, is_orange) > 100);
    CHECK(picture.count(0, 100, is_ink) == 0);
  }
}

TEST_CASE("ticks are round numbers within the range") {
  const Ticks wide = Ticks::in({-1.1, 1.1}, 5);
  REQUIRE(wide.values.size() == 5);
  CHECK(wide.values.front() == doctest::Approx(-1.0));
  CHECK(wide.values.back() == doctest::Approx(1.0));
  CHECK(wide.decimals == 1);
  CHECK(Ticks::in({0.0, 900.0}, 5).decimals == 0);
  CHECK(to_text(-0.001, 2) == "0.00");
  CHECK(to_text(-1.5, 1) == "\u22121.5");
}

TEST_CASE("a picture that cannot be written is an error and leaves nothing behind") {
  const Folder folder;
  const fs::path missing = folder.path() / "missing" / "bars.png";
  CHECK_THROWS_AS(paint_bars(missing, some_bars()), Error);
  CHECK(folder.empty());

  // A folder in the file's place refuses even a user whom no permission stops.
  fs::create_directory(folder / "bars.png");
  CHECK_THROWS_AS(paint_bars(folder / "bars.png", some_bars()), Error);
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
  CHECK(fs::is_empty(folder / "bars.png"));
}

TEST_CASE("wrong input is refused before anything is written") {
  const Folder folder;
  const fs::path path = folder / "none.png";
  const Boxes boxes(5);
  CHECK_THROWS_WITH_AS(paint_cloud_panels(path, clouds_of(boxes)),
                       "paint_cloud_panels: wanted 1 to 4 samples a panel, got 5", Error);
  CHECK_THROWS_AS(paint_cloud_panels(path, {}), Error);
  const float bad[] = {0.0f, numeric::not_a_number, 0.0f, 1.0f, 1.0f, 1.0f};
  CloudPanelsSpec clouds;
  clouds.panels = {{.samples = {{bad, 3, 2}}}};
  CHECK_THROWS_AS(paint_cloud_panels(path, clouds), Error);
  clouds.panels = {{.samples = {{bad, 2, 3}}}};
  CHECK_THROWS_AS(paint_cloud_panels(path, clouds), Error);

  ScatterPanelsSpec scatter;
  CHECK_THROWS_AS(paint_scatter_panels(path, scatter), Error);
  scatter.panels = {{.points = {bad, 2, 3}}};
  CHECK_THROWS_AS(paint_scatter_panels(path, scatter), Error);
  scatter.panels = {{.points = {bad + 2, 2, 2}}};
  scatter.x = Range{1.0, 1.0};
  CHECK_THROWS_AS(paint_scatter_panels(path, scatter), Error);

  BarsSpec bars = some_bars();
  bars.series[0].values.pop_back();
  CHECK_THROWS_WITH_AS(paint_bars(path, bars), "paint_bars: wanted 2 values in series \"prior\", got 1", Error);
  bars = some_bars();
  bars.title = "\xff\xfe";
  CHECK_THROWS_AS(paint_bars(path, bars), Error);
  CHECK_THROWS_AS(Canvas(-1, 5), Error);
  CHECK(folder.empty());
}
