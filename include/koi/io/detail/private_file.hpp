// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/io/detail/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace koi::io::detail {

/// An open file that is its owner's alone. What fails is a bad_option with the file's name.
class private_file {
 public:
  private_file(std::filesystem::path path, int flags)
      : path_(std::move(path)), handle_(::open(path_.c_str(), flags | O_CLOEXEC, 0600)) {
    if (handle_ < 0) fail("cannot be opened");
  }
  private_file(private_file const&) = delete;
  private_file& operator=(private_file const&) = delete;
  ~private_file() { ::close(handle_); }

  [[noreturn]] void fail(std::string_view what) const {
    throw bad_option(fmt::format("{}: {}: {}", path_.string(), what, std::generic_category().message(errno)));
  }
  [[nodiscard]] struct stat status() const {
    struct stat out {};
    if (::fstat(handle_, &out) != 0) fail("cannot be examined");
    return out;
  }
  void write(const_byte_span bytes) const {
    while (!bytes.empty()) {
      auto const n = ::write(handle_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail("cannot be written");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  void read(byte_span into) const {
    while (!into.empty()) {
      auto const n = ::read(handle_, into.data(), into.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("cannot be read");
      if (n == 0) throw bad_option(fmt::format("{}: became shorter while it was read", path_.string()));
      into = into.subspan(static_cast<std::size_t>(n));
    }
  }
  void synchronise() const {
    if (::fsync(handle_) != 0) fail("cannot be written to disk");
  }

 private:
  std::filesystem::path path_;
  int handle_;
};

/// A file, readable by its owner only, that is written as a whole or not at all: beside its place, which it takes with
/// commit(). Several for one place do not disturb each other; the last commit counts. A process that dies before leaves
/// a file "<name>.<16 digits>.part". Throws bad_option.
class pending_file {
 public:
  pending_file(std::filesystem::path path, const_byte_span bytes) : path_(std::move(path)), part_(part_beside(path_)) {
    std::error_code ignored;
    private_file const file(part_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    try {
      file.write(bytes);
      file.synchronise();
    } catch (...) {
      std::filesystem::remove(part_, ignored);
      throw;
    }
  }
  pending_file(pending_file const&) = delete;
  pending_file& operator=(pending_file const&) = delete;
  ~pending_file() {
    std::error_code ignored;
    if (!committed_) std::filesystem::remove(part_, ignored);
  }

  void commit() {
    std::error_code code;
    std::filesystem::rename(part_, path_, code);
    if (code) throw bad_option(fmt::format("{}: cannot be replaced: {}", path_.string(), code.message()));
    committed_ = true;
    auto const folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    private_file(folder, O_RDONLY | O_DIRECTORY).synchronise();
  }

 private:
  std::filesystem::path path_, part_;
  bool committed_ = false;
};

/// The first bytes of such a file, at most so many, and how long all of it is. Throws bad_option, also where others
/// than its owner may use it.
[[nodiscard]] inline std::pair<secret_bytes, std::size_t> read_private_file(std::filesystem::path const& path,
                                                                            std::size_t max_bytes) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) throw bad_option(fmt::format("{}: no such file", path.string()));
  private_file const file(path, O_RDONLY | O_NONBLOCK);  // a pipe would wait for its writer
  auto const status = file.status();
  if (!S_ISREG(status.st_mode)) throw bad_option(fmt::format("{}: not a file", path.string()));
  if ((status.st_mode & 0077) != 0)
    throw bad_option(
        fmt::format("{}: others than its owner may use it; chmod 600, and see who has read it", path.string()));
  auto const size = static_cast<std::size_t>(status.st_size);
  secret_bytes bytes(std::min(size, max_bytes));
  file.read(bytes);
  return {std::move(bytes), size};
}

}  // namespace koi::io::detail
