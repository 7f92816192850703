// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sockets of the loopback address, as the system has them: what misbehaves on purpose takes no library's help.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <utility>

namespace koi_tests {

class socket_handle {
 public:
  socket_handle() = default;
  explicit socket_handle(int s) noexcept : s_(s) {}
  socket_handle(socket_handle&& other) noexcept : s_(std::exchange(other.s_, -1)) {}
  socket_handle& operator=(socket_handle&& other) noexcept {
    std::swap(s_, other.s_);
    return *this;
  }
  ~socket_handle() {
    if (s_ >= 0) ::close(s_);
  }
  [[nodiscard]] int get() const noexcept { return s_; }
  void reset_and_close() noexcept {
    linger const none{1, 0};
    if (s_ < 0) return;
    ::setsockopt(s_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(std::exchange(s_, -1));
  }

 private:
  int s_ = -1;
};

[[nodiscard]] inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  a.sin_port = htons(port);
  return a;
}

inline void make_nonblocking(int s) { ::fcntl(s, F_SETFL, ::fcntl(s, F_GETFL) | O_NONBLOCK); }
inline void without_delay(int s) {
  int const on = 1;
  ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

[[nodiscard]] inline std::uint16_t port_of(int s) {
  sockaddr_in a{};
  socklen_t size = sizeof a;
  ::getsockname(s, reinterpret_cast<sockaddr*>(&a), &size);
  return ntohs(a.sin_port);
}

/// A socket that listens; port 0 stands for one below those that outgoing connections get, so that nobody takes it
/// between two lives of a server.
[[nodiscard]] inline int listen_on(std::uint16_t port) {
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> draw(10'000, 32'000);
  for (int tries = 0; tries < 1000; ++tries) {
    int const s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto const at = loopback(port != 0 ? port : static_cast<std::uint16_t>(draw(random)));
    int const on = 1;
    ::setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(s, reinterpret_cast<sockaddr const*>(&at), sizeof at) == 0 && ::listen(s, 512) == 0) return s;
    ::close(s);
    if (port != 0) break;
  }
  throw std::runtime_error("no port to listen on");
}
[[nodiscard]] inline std::uint16_t free_port() {
  int const s = listen_on(0);
  auto const port = port_of(s);
  ::close(s);
  return port;
}

/// A connection, or -1.
[[nodiscard]] inline int call(std::uint16_t port) {
  int const s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto const at = loopback(port);
  if (::connect(s, reinterpret_cast<sockaddr const*>(&at), sizeof at) == 0) return s;
  ::close(s);
  return -1;
}

}  // namespace koi_tests
