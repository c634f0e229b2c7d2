// SPDX-License-Identifier: Apache-2.0
#include "mace/io/atomic_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "support/errors.hpp"

using io_test::Folder;
using io_test::text_of;
using io_test::write_text;
using mace::test::contains;
using mace::test::error_of;

namespace {

void write_whole(const std::filesystem::path& path, const std::string& text) {
  mace::AtomicFile file(path);
  file.write(text);
  file.commit();
}

/// While it lives, files cannot grow past `bytes`: a full disk, as far as a writer can tell.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("atomic file: the target appears at the commit and nothing else is left") {
  const Folder folder;
  mace::AtomicFile file(folder / "a.bin");
  file.write(std::string("first "));
  file.write(std::vector<char>{'l', 'a', 's', 't'});
  CHECK_FALSE(std::filesystem::exists(folder / "a.bin"));
  file.commit();
  CHECK(text_of(folder / "a.bin") == "first last");
  CHECK(folder.file_count() == 1);
}

TEST_CASE("atomic file: without a commit the old file stays as it was") {
  const Folder folder;
  write_whole(folder / "a.bin", "old");
  { mace::AtomicFile(folder / "a.bin").write(std::string("new")); }
  CHECK(text_of(folder / "a.bin") == "old");
  CHECK(folder.file_count() == 1);
  write_whole(folder / "a.bin", "new");
  CHECK(text_of(folder / "a.bin") == "new");
}

TEST_CASE("atomic file: two writers do not share a temporary file") {
  const Folder folder;
  mace::AtomicFile first(folder / "a.bin");
  mace::AtomicFile second(folder / "a.bin");
  first.write(std::string("first"));
  second.write(std::string("second"));
  first.commit();
  second.commit();
  CHECK(text_of(folder / "a.bin") == "second");
  CHECK(folder.file_count() == 1);
}

TEST_CASE("atomic file: a folder that is missing or a target that is a folder is refused") {
  const Folder folder;
  CHECK(contains(error_of([&] { write_whole(folder / "none/a.bin", "text"); }),
                 "none/a.bin: cannot write: No such file"));
  std::filesystem::create_directory(folder / "a.bin");
  CHECK(contains(error_of([&] { write_whole(folder / "a.bin", "text"); }),
                 "a.bin: cannot write: wanted a file, got a folder"));
  // Without its name a file could be written, but not renamed.
  CHECK(error_of([] { mace::AtomicFile file(""); }) == "'': cannot write: wanted the name of a file");
  CHECK(contains(error_of([&] { mace::AtomicFile file(folder / "b/"); }), "wanted the name of a file"));
  CHECK(folder.file_count() == 1);
}

TEST_CASE("atomic file: what is there and no regular file is refused and stays") {
  const Folder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(error_of([&] { write_whole(pipe, "text"); }) == pipe.string() + ": cannot write: wanted a regular file");
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(error_of([] { mace::AtomicFile file("/dev/null"); }) == "/dev/null: cannot write: wanted a regular file");
  CHECK(folder.file_count() == 1);
}

TEST_CASE("atomic file: a link stays, and what it names is replaced") {
  namespace fs = std::filesystem;
  const Folder folder;
  fs::create_directory(folder / "there");
  fs::create_symlink("there/a.bin", folder / "near");  // relative to the link's folder
  fs::create_symlink(folder / "near", folder / "far");
  for (const std::string text : {"first", "second"}) {  // the first makes the file
    write_whole(folder / "far", text);
    CHECK(fs::is_symlink(folder / "far"));
    CHECK(fs::is_symlink(folder / "near"));
    CHECK(text_of(folder / "there/a.bin") == text);
  }
  CHECK(folder.file_count() == 3);

  fs::create_symlink("round", folder / "round");
  CHECK(contains(error_of([&] { write_whole(folder / "round", "text"); }), "cannot write: Too many levels"));
}

TEST_CASE("atomic file: when all temporary names are taken, the message says so") {
  const Folder folder;
  for (int i = 0; i < 100; ++i) write_text(folder / ("a.bin.partial" + std::to_string(i)).c_str(), "left");
  const std::string message = error_of([&] { write_whole(folder / "a.bin", "text"); });
  CHECK(contains(message, "all temporary names up to " + (folder / "a.bin.partial99").string() + " are taken"));
  CHECK(folder.file_count() == 100);
}

TEST_CASE("atomic file: a full disk is an error and leaves the old file") {
  const Folder folder;
  write_whole(folder / "a.bin", "old");
  // The first fills the disk while it writes, the second (still in the buffer) only when it closes.
  for (const std::size_t size : {std::size_t{1} << 20, std::size_t{1000}}) {
    std::string message;
    {
      const FileSizeLimit limit(100);
      message = error_of([&] { write_whole(folder / "a.bin", std::string(size, 'x')); });
    }
    CHECK(contains(message, "a.bin: cannot write: File too large"));
    CHECK(text_of(folder / "a.bin") == "old");
    CHECK(folder.file_count() == 1);
  }
}

TEST_CASE("read file: all bytes or a clear error") {
  const Folder folder;
  write_text(folder / "a.bin", std::string("a\0b", 3));
  CHECK(mace::read_file(folder / "a.bin") == io_test::bytes_of(std::string("a\0b", 3)));
  write_text(folder / "empty", "");
  CHECK(mace::read_file(folder / "empty").empty());

  const auto refused = [](const std::filesystem::path& path, const std::string& reason) {
    const std::string message = error_of([&] { mace::read_file(path, 2); });
    CAPTURE(message);
    CHECK(message.starts_with(path.string() + ": cannot read: "));
    CHECK(contains(message, reason));
  };
  refused(folder / "none", "no such file");
  refused(folder / "none/a.bin", "no such file");
  refused(std::filesystem::temp_directory_path(), "wanted a file, got a folder");
  refused("/dev/zero", "wanted a regular file");
  refused(folder / "a.bin", "wanted at most 2 bytes, got 3");
}
