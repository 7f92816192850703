// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/openssl_ssl.hpp>
#include <koi/net/frame.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <vector>

namespace koi::detail {

/// Between OpenSSL and a socket. What OpenSSL writes is gathered here, so that it never has to wait,
/// and leaves in few system calls; what it reads comes straight from the socket.
///
/// One call of OpenSSL goes on as long as records come that hold no data, so what it may read is limited:
/// afterwards it hears that nothing is there, and the rest stays in the socket.
struct tls_pipe {
  static constexpr std::size_t turn = 64 * 1024;       ///< what a call may read beyond the data that it is for
  static constexpr std::size_t most_out = 256 * 1024;  ///< twice what a write gathers

  int socket = -1;        // none once it is closed
  std::size_t left = 0;   // of what may be read; the last read may pass it by OpenSSL's buffer
  bool spent = false;     // nothing was left when OpenSSL asked
  std::vector<char> out;  // records
  std::size_t sent = 0;   // of out
  int error = 0;          // of the last read that failed
  bool ended = false;     // the peer's bytes are at their end
  bool started = false;
  bool plain = false;    // the peer's first bytes are a frame of koi; they are still in the socket
  bool flooded = false;  // the peer sends more new keys than it may; nothing is read or gathered any more

  /// Before a call of OpenSSL for `bytes` of data. A socket that was closed has no number, and its old one may be
  /// another's already.
  void begin(int at, std::size_t bytes) noexcept {
    socket = at;
    left = turn + bytes;
    spent = false;
  }

  /// Sends what is gathered; would_block if some of it has to wait.
  void flush(boost::system::error_code& ec) {
    ec = {};
    if (socket < 0) {
      ec = asio::error::bad_descriptor;
      return;
    }
    while (sent < out.size()) {
      auto const n = ::send(socket, out.data() + sent, out.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n >= 0) {
        sent += static_cast<std::size_t>(n);
      } else if (errno != EINTR) {
        ec = boost::system::error_code(errno, boost::system::system_category());
        return;
      }
    }
    out.clear();
    sent = 0;
  }

  [[nodiscard]] bool pending() const noexcept { return sent < out.size(); }

  /// OpenSSL's view of it.
  [[nodiscard]] x509_owner<BIO> make_bio() {
    static BIO_METHOD* const methods = make_methods();
    x509_owner<BIO> bio{BIO_new(methods)};
    require_crypto(bio != nullptr, "setting up TLS");
    BIO_set_data(bio.get(), this);
    BIO_set_init(bio.get(), 1);
    return bio;
  }

 private:
  static tls_pipe& of(BIO* bio) { return *static_cast<tls_pipe*>(BIO_get_data(bio)); }

  static BIO_METHOD* make_methods() {
    auto* const out = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "koi");
    require_crypto(out && BIO_meth_set_write(out, gather) == 1 && BIO_meth_set_read(out, receive) == 1 &&
                       BIO_meth_set_ctrl(out, control) == 1,
                   "setting up TLS");
    return out;
  }

  static int gather(BIO* bio, char const* bytes, int n) {
    auto& self = of(bio);
    if (self.out.size() + static_cast<std::size_t>(n) > most_out) self.flooded = true;
    if (self.flooded) return -1;
    try {
      self.out.insert(self.out.end(), bytes, bytes + n);
    } catch (...) {  // no exception through a library in C; OpenSSL ends the connection
      return -1;
    }
    return n;
  }

  static int receive(BIO* bio, char* into, int room) {
    auto& self = of(bio);
    BIO_clear_retry_flags(bio);
    if (self.flooded) return -1;
    if (self.socket < 0) {
      self.error = EBADF;
      return -1;
    }
    if (self.left == 0) {
      self.spent = true;
      BIO_set_retry_read(bio);
      return -1;
    }
    ssize_t n = 0;
    do {
      n = ::recv(self.socket, into, static_cast<std::size_t>(room), MSG_DONTWAIT | (self.started ? 0 : MSG_PEEK));
      if (n > 0 && !self.started) {  // looks once, then takes
        self.started = true;
        self.plain = into[0] == frame_magic[0];
        if (self.plain) return -1;
        n = -1;
        errno = EINTR;
      }
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
      self.left -= std::min(self.left, static_cast<std::size_t>(n));
      return static_cast<int>(n);
    }
    if (n == 0) {
      self.ended = true;
      return 0;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      BIO_set_retry_read(bio);
    else
      self.error = errno;
    return -1;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return of(bio).ended ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
};

}  // namespace koi::detail
