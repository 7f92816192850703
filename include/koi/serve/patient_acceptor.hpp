// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/asio.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace koi::serve {

/// Listens, and hands on who calls. Where the system has no descriptor or memory left for another caller, it says so
/// and tries again after a pause, because a caller whom nobody can take stays at the door.
///
/// Threads  that of `io`; `port` any, once it is open
class patient_acceptor {
 public:
  using on_caller = std::function<void(koi::detail::tcp::socket)>;
  using on_failure = std::function<void(boost::system::error_code const&)>;
  static constexpr auto pause = std::chrono::milliseconds(50);

  patient_acceptor(koi::detail::asio::io_context& io, on_caller welcome, on_failure failed = {})
      : acceptor_(io), pause_(io), welcome_(std::move(welcome)), failed_(std::move(failed)) {}

  /// Begins, unless `ec` says why not.
  void open(koi::detail::tcp::endpoint const& where, int backlog, boost::system::error_code& ec) {
    acceptor_.open(where.protocol(), ec);
    if (!ec) acceptor_.set_option(koi::detail::tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(where, ec);
    if (!ec) acceptor_.listen(backlog, ec);
    if (ec) return;
    port_ = acceptor_.local_endpoint().port();
    accept();
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code ec, koi::detail::tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (ec) return accept_later(ec);
      accept();  // before anything else can fail
      welcome_(std::move(socket));
    });
  }
  void accept_later(boost::system::error_code const& why) {
    pause_.expires_after(pause);
    pause_.async_wait([this](boost::system::error_code ec) {
      if (!ec && acceptor_.is_open()) accept();
    });
    if (failed_) failed_(why);
  }

  koi::detail::tcp::acceptor acceptor_;
  koi::detail::asio::steady_timer pause_;
  on_caller welcome_;
  on_failure failed_;
  std::uint16_t port_ = 0;
};

}  // namespace koi::serve
