// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/cloud_panels.hpp"
#include "common/program.hpp"
#include "common/scored_samples.hpp"
#include "mace/io/ply.hpp"

/// The files that samples of clouds are written to.
namespace mace::examples {

/// Where sample i goes, in a folder for those of its kind.
inline std::filesystem::path sample_file(const char* of, Index i) {
  char name[32];
  std::snprintf(name, sizeof name, "%03td.ply", i);
  return std::filesystem::path(of) / name;
}

/// The files of a result folder: `others`, the prior's samples, and those of `after`.
inline std::vector<std::filesystem::path> with_sample_files(std::vector<std::filesystem::path> others,
                                                            const char* after) {
  for (const char* name : {"prior", after})
    for (Index i = 0; i < drawn_samples; ++i) others.push_back(sample_file(name, i));
  return others;
}

/// Writes samples to their files; the first 16 make a panel of the picture.
inline CloudPanel write_samples(const ResultFolder& folder, const char* name, const std::string& note,
                                const ScoredSamples& samples, MatrixView<const float> observation) {
  CloudPanel panel{.title = name, .note = note, .observation = observation};
  for (Index i = 0; i < samples.clouds.size(); ++i) {
    const MatrixView<const float> points(samples.clouds.data()[i].xyz, 3, cloud_points);
    write_ply(folder.file(sample_file(name, i)), points);
    if (i < 16) panel.samples.push_back(points);
  }
  return panel;
}

}  // namespace mace::examples
