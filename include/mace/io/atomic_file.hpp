// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"

namespace mace {

namespace detail {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, CloseFile>;

/// The operating system's message for `errno`.
inline std::string system_reason() {
  return std::generic_category().message(errno);
}

}  // namespace detail

/// Writes a file that appears complete or not at all. Bytes go to a temporary file in the same folder, and commit()
/// renames it to the target, replacing an existing file. Without commit() the temporary file is removed and the target
/// is unchanged. If the target is a symbolic link, the file that it points to is replaced. This guards against a
/// program that is interrupted, not against loss of power.
class AtomicFile {
 public:
  /// Opens the temporary file.
  /// @throws Error if the folder is missing or not writable, or the target exists and is not a regular file.
  explicit AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
    require(target_.has_filename(), "'", target_.string(), "': cannot write: wanted the name of a file");
    follow_links();
    open();
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    file_.reset();
    std::error_code ignored;
    if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
  }

  /// Appends the bytes of a contiguous range (a string, a vector, a span) as they are in memory.
  /// @throws Error if they cannot be written, as when the disk is full.
  template <class Range>
  void write(const Range& values) {
    const auto bytes = std::as_bytes(std::span(values));
    if (bytes.empty()) return;  // their pointer may be null, which fwrite does not allow
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) refuse(detail::system_reason());
  }

  /// Renames the complete file to the target. Nothing may be written afterward.
  /// @throws Error if the file cannot be completed or renamed.
  void commit() {
    // fclose writes the buffered bytes, so a full disk may only be noticed here.
    if (std::fclose(file_.release()) != 0) refuse(detail::system_reason());
    std::error_code status;
    std::filesystem::rename(temporary_, target_, status);
    if (status) refuse(status.message());
    temporary_.clear();
  }

 private:
  /// Resolves symbolic links.
  /// @throws Error if the target exists and is not a regular file, which must not be replaced.
  void follow_links() {
    namespace fs = std::filesystem;
    std::error_code status;
    for (int links = 0; links < 40 && fs::is_symlink(target_, status); ++links)
      target_ = target_.parent_path() / fs::read_symlink(target_, status);
    const fs::file_type kind = fs::status(target_, status).type();
    if (kind == fs::file_type::regular || kind == fs::file_type::not_found) return;
    if (kind == fs::file_type::directory) refuse("wanted a file, got a folder");
    refuse(kind == fs::file_type::none ? status.message() : "wanted a regular file");
  }

  /// Mode "x" creates the file or fails, so two writers never share a temporary file, nor does a writer reuse one left
  /// by a killed program.
  void open() {
    const int names = 100;
    errno = EEXIST;
    for (int attempt = 0; attempt < names && file_ == nullptr && errno == EEXIST; ++attempt) {
      temporary_ = target_;
      temporary_ += ".partial" + std::to_string(attempt);
      file_.reset(std::fopen(temporary_.string().c_str(), "wbx"));
    }
    if (file_ != nullptr) return;
    if (errno != EEXIST) refuse(detail::system_reason());
    refuse("all temporary names up to " + temporary_.string() + " are taken; remove what killed programs left");
  }

  [[noreturn]] void refuse(const std::string& reason) const { fail(target_.string(), ": cannot write: ", reason); }

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  detail::FileHandle file_;
};

/// Reads all bytes of a regular file.
/// @param path  the file
/// @param max_bytes  largest size that is accepted
/// @throws Error if the file is missing, unreadable, a folder or a device, or larger than `max_bytes`.
inline std::vector<std::byte> read_file(const std::filesystem::path& path,
                                        std::uintmax_t max_bytes = std::numeric_limits<std::ptrdiff_t>::max()) {
  const std::string name = path.string();
  std::error_code status;
  const auto kind = std::filesystem::status(path, status).type();
  if (kind == std::filesystem::file_type::not_found) fail(name, ": cannot read: no such file");
  if (kind == std::filesystem::file_type::directory) fail(name, ": cannot read: wanted a file, got a folder");
  if (status) fail(name, ": cannot read: ", status.message());
  require(kind == std::filesystem::file_type::regular, name, ": cannot read: wanted a regular file");

  const std::uintmax_t size = std::filesystem::file_size(path, status);
  if (status) fail(name, ": cannot read: ", status.message());
  require(size <= max_bytes, name, ": cannot read: wanted at most ", max_bytes, " bytes, got ", size);

  const detail::FileHandle file(std::fopen(name.c_str(), "rb"));
  if (file == nullptr) fail(name, ": cannot read: ", detail::system_reason());
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  const std::size_t got = bytes.empty() ? 0 : std::fread(bytes.data(), 1, bytes.size(), file.get());
  require(got == bytes.size(), name, ": cannot read: wanted ", size, " bytes, got ", got);
  return bytes;
}

}  // namespace mace
