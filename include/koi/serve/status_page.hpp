// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/serve/patient_acceptor.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace koi::serve {

/// A little HTTP for whoever watches this machine: GET /healthz and GET /metrics, on a loopback address.
///
/// Threads  that of `io`; `port` any, once it is made
class status_page {
 public:
  struct pages {
    std::function<std::pair<bool, std::string>()> health;
    std::function<std::string()> metrics;
  };

  /// Throws  bad_option for an address that is not loopback, or cannot be used
  status_page(koi::detail::asio::io_context& io, std::string const& host, std::uint16_t port, pages what)
      : acceptor_(io, [this](auto socket) { welcome(std::move(socket)); }),
        state_(std::make_shared<state>(io, std::move(what))) {
    boost::system::error_code ec;
    auto const address = koi::detail::asio::ip::make_address(host, ec);
    if (ec || !address.is_loopback())
      throw bad_option(fmt::format("the status page must be on a loopback address, as 127.0.0.1; '{}' is none", host));
    acceptor_.open({address, port}, 16, ec);
    if (ec) throw bad_option(fmt::format("the status page cannot be on {}:{}: {}", host, port, ec.message()));
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return acceptor_.port(); }
  void stop() { acceptor_.close(); }

 private:
  struct state {
    state(koi::detail::asio::io_context& c, pages p) : io(c), what(std::move(p)) {}
    koi::detail::asio::io_context& io;
    pages what;
    std::size_t visitors = 0;
  };

  struct visit : std::enable_shared_from_this<visit> {
    visit(std::shared_ptr<state> s, koi::detail::tcp::socket from)
        : of(std::move(s)), socket(std::move(from)), timer(of->io) {
      ++of->visitors;
    }
    ~visit() { --of->visitors; }

    void start() {
      timer.expires_after(std::chrono::seconds(5));
      timer.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        boost::system::error_code ignored;
        if (auto const self = weak.lock(); self && !ec) self->socket.close(ignored);
      });
      read();
    }
    void read() {
      auto const room = koi::detail::asio::buffer(text.data() + size, text.size() - size);
      socket.async_read_some(room, [self = shared_from_this()](boost::system::error_code ec, std::size_t n) {
        if (ec) return self->timer_off();
        self->size += n;
        std::string_view const seen(self->text.data(), self->size);
        if (seen.find("\r\n\r\n") != std::string_view::npos || seen.find("\n\n") != std::string_view::npos)
          return self->answer(seen);
        if (self->size == self->text.size()) return self->timer_off();
        self->read();
      });
    }
    void answer(std::string_view request) {
      std::string status = "404 Not Found", body = "there are /healthz and /metrics\n";
      if (request.starts_with("GET /metrics ")) {
        status = "200 OK";
        body = of->what.metrics();
      } else if (request.starts_with("GET /healthz ")) {
        auto const [well, what] = of->what.health();
        status = well ? "200 OK" : "503 Service Unavailable";
        body = what + "\n";
      }
      out = fmt::format(
          "HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
          status, body.size(), body);
      koi::detail::asio::async_write(socket, koi::detail::asio::buffer(out),
                                     [self = shared_from_this()](boost::system::error_code, std::size_t) {
                                       boost::system::error_code ignored;
                                       self->socket.shutdown(koi::detail::tcp::socket::shutdown_both, ignored);
                                       self->timer_off();
                                     });
    }
    void timer_off() { timer.cancel(); }

    std::shared_ptr<state> of;
    koi::detail::tcp::socket socket;
    koi::detail::asio::steady_timer timer;
    std::array<char, 4096> text{};
    std::size_t size = 0;
    std::string out;
  };

  void welcome(koi::detail::tcp::socket socket) {
    if (state_->visitors < 16) std::make_shared<visit>(state_, std::move(socket))->start();
  }

  patient_acceptor acceptor_;
  std::shared_ptr<state> state_;
};

}  // namespace koi::serve
