// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/credentials.hpp>
#include <koi/net/detail/tls_pipe.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace koi::detail {

enum class tls_end { calling, called };

/// Why TLS ended or never began; a predicate, as in tls_text.hpp.
struct tls_fault {
  std::string why;
  bool lasting = false;  ///< a matter of keys, versions or settings: the next try ends the same way
  bool plain = false;    ///< the peer speaks plain frames; its first bytes are still in the socket
};

/// OpenSSL's half of a TLS link, and what went wrong in it. It stays where it is: OpenSSL points to it.
class tls_engine {
 public:
  tls_engine(int socket, credentials mine, tls_end end) : mine_(std::move(mine)), ssl_(SSL_new(mine_.context())) {
    require_crypto(ssl_ != nullptr, "setting up TLS");
    pipe.socket = socket;
    auto bio = pipe.make_bio();
    SSL_set_bio(ssl(), bio.get(), bio.get());
    (void)bio.release();
    SSL_set_app_data(ssl(), this);
    SSL_set_verify(ssl(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verified);
    SSL_set_msg_callback(ssl(), heard);
    if (end == tls_end::calling)
      SSL_set_connect_state(ssl());
    else
      SSL_set_accept_state(ssl());
  }
  tls_engine(tls_engine const&) = delete;
  tls_engine& operator=(tls_engine const&) = delete;

  tls_pipe pipe;

  [[nodiscard]] SSL* ssl() const noexcept { return ssl_.get(); }
  [[nodiscard]] std::optional<tls_fault> const& fault() const noexcept { return fault_; }

  /// Who has proven to be at the other end; only after the handshake.
  [[nodiscard]] identity peer() const {
    auto const* const c = SSL_get0_peer_certificate(ssl());
    if (c == nullptr || SSL_get_verify_result(ssl()) != X509_V_OK) throw error("a peer without a verified certificate");
    return {names_of(c), fingerprint_of(c), valid_until(c)};
  }

  /// So many bytes of data came.
  void count(std::size_t bytes) noexcept { taken_ += bytes; }

  /// What a call of OpenSSL that returned `result` means: would_block, eof, or an error whose story is in fault().
  boost::system::error_code outcome(int result) {
    auto const kind = SSL_get_error(ssl(), result);
    if (pipe.flooded) {
      if (!fault_) fault_ = {"it sends new keys without end", false, false};
      ERR_clear_error();
      return asio::error::connection_aborted;
    }
    if (kind == SSL_ERROR_NONE) return {};
    if (kind == SSL_ERROR_WANT_READ) return asio::error::would_block;
    if (kind == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
    if (!fault_) fault_ = explain();
    ERR_clear_error();
    if (pipe.error != 0) return {pipe.error, boost::system::system_category()};
    return pipe.ended ? asio::error::connection_reset : asio::error::connection_aborted;
  }

 private:
  static constexpr std::uint64_t free_messages = 32;
  static constexpr std::uint64_t bytes_a_message = 1 << 20;

  /// Counts what comes beside data after the handshake. A request for new keys has an answer, and costs this end
  /// more than the other.
  static void heard(int written, int, int kind, void const* message, std::size_t n, SSL* ssl, void*) {
    if (written != 0 || kind != SSL3_RT_HANDSHAKE || n == 0) return;
    auto const type = *static_cast<unsigned char const*>(message);
    if (type != SSL3_MT_KEY_UPDATE && type != SSL3_MT_NEWSESSION_TICKET) return;
    auto& self = *static_cast<tls_engine*>(SSL_get_app_data(ssl));
    if (++self.beside_ > free_messages + self.taken_ / bytes_a_message) self.pipe.flooded = true;
  }

  static int verified(int good, X509_STORE_CTX* look) {
    auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(look, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& self = *static_cast<tls_engine*>(SSL_get_app_data(ssl));
    if (good == 1) return 1;
    try {
      auto* const at = X509_STORE_CTX_get_current_cert(look);
      auto const code = X509_STORE_CTX_get_error(look);
      self.fault_ = {
          at == nullptr ? "its certificate cannot be read" : refusal_text(code, at, self.mine_.authority(), "its"),
          true, false};
    } catch (...) {  // out of memory: refused without a story
    }
    return 0;
  }

  tls_fault explain() const {
    if (pipe.plain) return {"it speaks plain TCP, and this player TLS: all need the same \"transport\"", true, true};
    if (pipe.error != 0)
      return {boost::system::error_code(pipe.error, boost::system::system_category()).message(), false, false};
    if (pipe.ended) return {"it hung up without the end of TLS", false, false};
    auto const reason = ERR_GET_REASON(ERR_peek_error());
    switch (reason) {
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_UNKNOWN_PROTOCOL:
        return {"it speaks no TLS 1.3, the only version that koi uses", true, false};
      case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return {"it has no certificate", true, false};
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_HTTP_REQUEST:
      case SSL_R_HTTPS_PROXY_REQUEST:
        return {"it does not speak TLS", false, false};
      default:
        break;
    }
    if (auto const alert = reason - SSL_AD_REASON_OFFSET; alert > 0 && alert < 256) {
      bool const passing =
          alert < SSL_AD_HANDSHAKE_FAILURE || alert == SSL_AD_INTERNAL_ERROR || alert == SSL_AD_USER_CANCELLED;
      return {alert_text(alert, mine_.own()), !passing, false};
    }
    auto const* const text = ERR_reason_error_string(ERR_peek_error());
    return {fmt::format("TLS ended: {}", text == nullptr ? "reason unknown" : text), false, false};
  }

  credentials mine_;
  ssl_ptr ssl_;
  std::optional<tls_fault> fault_;
  std::uint64_t taken_ = 0;   // bytes of data
  std::uint64_t beside_ = 0;  // messages that are no data, after the handshake
};

}  // namespace koi::detail
