// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mace/io/ply.hpp"
#include "support/errors.hpp"

namespace io_test {

/// A folder of this process's own, removed with all it holds at the end of the test.
class Folder {
 public:
  Folder() {
    std::random_device device;
    do {
      path_ = std::filesystem::temp_directory_path() / ("mace_io_test_" + std::to_string(device()));
    } while (!std::filesystem::create_directory(path_));
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  std::ptrdiff_t file_count() const {
    return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

inline void write_points(const std::filesystem::path& path, const std::vector<float>& points) {
  mace::write_ply(path, mace::MatrixView<const float>(points.data(), 3, static_cast<mace::Index>(points.size()) / 3));
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The bytes of numbers as they lie in memory.
template <class T>
std::string raw(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

/// A copy that is exactly as long as the text, so that the address sanitizer sees every read past it.
inline std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  if (!bytes.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

/// A file that must be refused, and what the message must say.
struct Hostile {
  std::string file;
  std::string reason;
};

/// Checks that `parse(bytes, name)` refuses the file, in one line that starts with the name and holds the reason.
template <class Parse>
void check_refused(const Hostile& hostile, Parse parse) {
  const std::string message = mace::test::error_of([&] { parse(bytes_of(hostile.file), "dir/file"); });
  CAPTURE(hostile.reason);
  CAPTURE(message);
  CHECK(message.starts_with("dir/file: "));
  CHECK(mace::test::contains(message, hostile.reason));
  CHECK(message.find('\n') == message.npos);
  CHECK(message.size() < 400);
}

/// Feeds `parse` what a damaged disk or an enemy could make of a valid file: each byte replaced, each length cut off,
/// bytes added, and a few thousand files with several random changes. It may return or throw mace::Error; anything
/// else that it throws ends the test.
template <class Parse>
void check_survives_mutations(const std::string& valid, Parse parse) {
  int refused = 0;
  const auto feed = [&](const std::string& file) {
    refused += mace::test::error_of([&] { parse(bytes_of(file), "file"); }).empty() ? 0 : 1;
  };
  for (std::size_t at = 0; at < valid.size(); ++at) {
    for (const int replacement : {0x00, 0x01, 0x20, 0x2d, 0x39, 0x7f, 0x80, 0xff, valid[at] ^ 1, valid[at] ^ 0x20}) {
      std::string file = valid;
      file[at] = static_cast<char>(replacement);
      feed(file);
    }
    feed(valid.substr(0, at));
    feed(valid.substr(at));
    feed(std::string(valid).insert(at, 1, valid[at]));
  }
  std::mt19937 generator(7);
  const auto below = [&](std::size_t bound) { return generator() % bound; };
  for (int variant = 0; variant < 3000; ++variant) {
    std::string file = valid;
    for (std::size_t change = 0; change <= below(4); ++change) {
      const std::size_t at = below(file.size());
      const std::size_t length = below(9);
      switch (below(4)) {
        case 0:
          file[at] = static_cast<char>(generator());
          break;
        case 1:
          file.erase(at, length);
          break;
        case 2:
          file.insert(at, length, static_cast<char>(generator()));
          break;
        default:
          file.insert(at, valid, below(valid.size()), length);
      }
      if (file.empty()) file = valid;
    }
    feed(file);
  }
  CHECK(refused > 1000);
}

}  // namespace io_test
