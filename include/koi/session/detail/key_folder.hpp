// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace koi::detail {

[[noreturn]] inline void fail_at(std::filesystem::path const& path, std::string_view what) {
  throw bad_option(fmt::format("{} {}: {}", path.string(), what, std::generic_category().message(errno)));
}

/// A folder that only its owner may enter; one that is there is taken as it is.
inline void make_private_folder(std::filesystem::path const& path) {
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail_at(path, "cannot be made");
}

/// Writes the folder's own entries to disk.
inline void synchronise_folder(std::filesystem::path const& path) {
  int const fd = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)::fsync(fd);
  ::close(fd);
}

/// A file that only its owner may read, as a whole or not at all. One that is there is not touched.
inline void write_new(std::filesystem::path const& path, const_byte_span bytes) {
  auto part = path.string() + ".XXXXXX";
  int const fd = ::mkostemp(part.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) fail_at(path, "cannot be written");
  bool good = true;
  while (good && !bytes.empty()) {
    auto const n = ::write(fd, bytes.data(), bytes.size());
    good = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  good = good && ::fsync(fd) == 0;
  good = ::close(fd) == 0 && good;
  good = good && ::link(part.c_str(), path.c_str()) == 0;  // refuses what is there
  int const error = errno;
  ::unlink(part.c_str());
  errno = error;
  if (!good) fail_at(path, "cannot be written");
  synchronise_folder(path.parent_path());
}

/// A private folder that takes its place with commit(), and goes away without.
class pending_folder {
 public:
  explicit pending_folder(std::filesystem::path place) : place_(std::move(place)) {
    auto pattern = (place_.parent_path() / ("." + place_.filename().string() + ".XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) fail_at(place_, "cannot be made");  // mode 0700
    path_ = pattern;
  }
  pending_folder(pending_folder const&) = delete;
  pending_folder& operator=(pending_folder const&) = delete;
  ~pending_folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

  /// Never replaces a folder with something in it, unless that is asked for: then the old one is moved
  /// away, and removed when the new one stands in its place.
  void commit(bool replace) {
    std::filesystem::path old;
    std::error_code ignored;
    if (replace && std::filesystem::exists(place_, ignored)) {
      old = path_;
      old += ".old";
      if (::rename(place_.c_str(), old.c_str()) != 0) fail_at(place_, "cannot be replaced");
    }
    if (::rename(path_.c_str(), place_.c_str()) != 0) {
      int const error = errno;
      if (!old.empty()) (void)::rename(old.c_str(), place_.c_str());
      errno = error;
      fail_at(place_, "cannot be written");
    }
    path_ = old;  // goes with this object
    synchronise_folder(place_.parent_path());
  }

 private:
  std::filesystem::path place_;
  std::filesystem::path path_;
};

}  // namespace koi::detail
