// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace koi::bench {

/// A TCP socket, closed on release.
///
/// Throws  koi::error where the system refuses
class tcp_socket {
 public:
  tcp_socket() : tcp_socket(::socket(AF_INET, SOCK_STREAM, 0)) {}
  explicit tcp_socket(int descriptor) : descriptor_(descriptor) { require(descriptor >= 0, "a socket"); }
  tcp_socket(tcp_socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  tcp_socket& operator=(tcp_socket&&) = delete;
  ~tcp_socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] int get() const noexcept { return descriptor_; }

  /// Takes a free port of the loopback address.
  void bind_anywhere() {
    int const yes = 1;
    require(::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0, "SO_REUSEADDR");
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(::bind(descriptor_, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0, "a port");
  }
  [[nodiscard]] sockaddr_in address() const {
    sockaddr_in where{};
    socklen_t size = sizeof where;
    require(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&where), &size) == 0, "an address");
    return where;
  }
  [[nodiscard]] std::uint16_t port() const { return ntohs(address().sin_port); }

  void send_all(std::vector<char> const& bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      auto const n = ::send(descriptor_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      require(n > 0, "sending");
      done += static_cast<std::size_t>(n);
    }
  }
  void receive_all(std::vector<char>& bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      auto const n = ::recv(descriptor_, bytes.data() + done, bytes.size() - done, 0);
      require(n > 0, "receiving");
      done += static_cast<std::size_t>(n);
    }
  }

  static void require(bool ok, char const* what) {
    if (!ok) throw error(fmt::format("the loopback address gives no {} (errno {})", what, errno));
  }

 private:
  int descriptor_;
};

/// Two ends of a TCP connection over the loopback address, without delay for small messages.
[[nodiscard]] inline std::pair<tcp_socket, tcp_socket> connected_pair() {
  tcp_socket listener, first;
  listener.bind_anywhere();
  tcp_socket::require(::listen(listener.get(), 1) == 0, "listener");
  auto const where = listener.address();
  tcp_socket::require(::connect(first.get(), reinterpret_cast<sockaddr const*>(&where), sizeof where) == 0,
                      "connection");
  tcp_socket second(::accept(listener.get(), nullptr, nullptr));
  int const yes = 1;
  for (auto const* end : {&first, &second})
    tcp_socket::require(::setsockopt(end->get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) == 0, "TCP_NODELAY");
  return {std::move(first), std::move(second)};
}

}  // namespace koi::bench
