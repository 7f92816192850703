// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>

namespace koi::detail {

/// What a file of keys may be to others than its owner; none may be written by them.
enum class key_access { anybody_reads, owner_only };

/// All of a small file. `what` says in messages what it holds.
///
/// Throws  bad_option that names the file: it is missing, too long, no file, or open to others
[[nodiscard]] inline secret_bytes read_key_file(std::filesystem::path const& path, std::string_view what,
                                                key_access access) {
  constexpr std::size_t most = 64 * 1024;
  auto const fail = [&](std::string_view why) {
    throw bad_option(fmt::format("{} ({}) {}", path.string(), what, why));
  };
  struct handle {
    int fd;
    ~handle() {
      if (fd >= 0) ::close(fd);
    }
  } const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a pipe would wait for its writer
  if (file.fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) fail("is missing. `koi keys` makes it; each player needs its own folder");
    fail(fmt::format("cannot be read: {}", std::generic_category().message(errno)));
  }
  struct stat status {};
  if (::fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode)) fail("is no file");
  if (access == key_access::owner_only && (status.st_mode & 0077) != 0)
    fail(
        "can be read or written by others than its owner. Run chmod 600 on it, and make new keys if others may have "
        "read it");
  if ((status.st_mode & 0022) != 0)
    fail(
        "can be written by others than its owner, who could put another certificate there. Look whether it is still "
        "the right one, and run chmod go-w on it");
  if (static_cast<std::size_t>(status.st_size) > most) fail("is too long to be one");
  secret_bytes out(static_cast<std::size_t>(status.st_size));
  for (std::size_t got = 0; got < out.size();) {
    auto const n = ::read(file.fd, out.data() + got, out.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("could not be read to its end");
    got += static_cast<std::size_t>(n);
  }
  return out;
}

}  // namespace koi::detail
