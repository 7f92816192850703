// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/conversation.hpp>
#include <koi/net/hello.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace koi::detail {

/// Accepts connections and hands on those that say a well-formed hello in time, over TLS if there are
/// credentials. The others are dropped and counted: a probe, garbage or a caller that says nothing
/// disturbs nobody. What keeps out a caller that means to be a player is reported. Who only asks what
/// this player's hello would say is handed on apart.
class listener {
 public:
  using on_hello = std::function<void(conversation_ptr const&, hello const&)>;

  using on_inquiry = std::function<void(conversation_ptr const&)>;
  using on_refusal = std::function<void(std::string const&)>;

  listener(asio::io_context& io, std::chrono::milliseconds hello_wait, on_hello greet, on_inquiry inform,
           on_refusal report, credentials const* mine = nullptr)
      : io_(io),
        acceptor_(io),
        pause_(io),
        hello_wait_(hello_wait),
        greet_(std::move(greet)),
        inform_(std::move(inform)),
        report_(std::move(report)),
        mine_(mine) {}

  void open(tcp::endpoint const& where, boost::system::error_code& ec) {
    if (acceptor_.open(where.protocol(), ec)) return;
    if (acceptor_.set_option(tcp::acceptor::reuse_address(true), ec)) return;
    if (acceptor_.bind(where, ec)) return;
    if (acceptor_.listen(asio::socket_base::max_listen_connections, ec)) return;
    accept();
  }

  /// Closes everything that was not handed on for good; see keep.
  void stop() {
    boost::system::error_code ignored;
    stopping_ = true;
    acceptor_.close(ignored);
    pause_.cancel();
    for (auto const& v : visitors_) v->close();
  }

  /// Stops caring for a connection: its limit is lifted, stop leaves it alone.
  void keep(conversation_ptr const& visitor) {
    visitor->lift_limit();
    forget(visitor);
  }

  void drop(conversation_ptr const& visitor) {
    ++dropped_;
    forget(visitor);
    visitor->close();
  }

  /// Drops a connection that is told why.
  void refuse(conversation_ptr const& visitor, std::string const& why) {
    ++dropped_;
    visitor->refuse(why, hello_wait_, [this, visitor] { left(visitor); });
  }

  /// Answers an inquiry; who asked then leaves.
  void answer(conversation_ptr const& visitor, const_byte_span payload) {
    visitor->write(frame_kind::inquiry, payload,
                   [this, visitor](bool) { visitor->part([this, visitor] { left(visitor); }); });
  }

  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

 private:
  static constexpr std::size_t max_visitors = 64;

  void accept() {
    auto visitor = std::make_shared<conversation>(io_);
    acceptor_.async_accept(visitor->socket, [this, visitor](boost::system::error_code ec) {
      if (stopping_) return;
      if (ec) return accept_later();
      if (visitors_.size() >= max_visitors) visitors_.front()->close();
      visitors_.push_back(visitor);
      visitor->limit(hello_wait_);
      if (mine_ == nullptr) {
        listen_to(visitor);
      } else {
        visitor->start_tls(*mine_, tls_end::called, [this, visitor](bool good) {
          if (stopping_) return;
          if (good || (visitor->fault() && visitor->fault()->plain)) return listen_to(visitor);
          unheard(visitor);
        });
      }
      accept();
    });
  }

  /// Out of descriptors, say: lets go of the oldest and tries again in a moment.
  void accept_later() {
    if (!visitors_.empty()) visitors_.front()->close();
    pause_.expires_after(std::chrono::milliseconds{50});
    pause_.async_wait([this](boost::system::error_code ec) {
      if (!ec && !stopping_) accept();
    });
  }

  void listen_to(conversation_ptr const& visitor) {
    visitor->read([this, visitor](frame_header const* header) { came(visitor, header); });
  }

  void came(conversation_ptr const& visitor, frame_header const* header) {
    if (stopping_) return;
    if (header == nullptr) return unheard(visitor);
    if (visitor->fault()) return send_away(visitor, "the caller speaks plain TCP, and the player that it called TLS");
    if (header->kind == frame_kind::abort && visitor->secure)
      report_(fmt::format("a caller gave up: {}", abort_text(const_byte_span{visitor->payload()})));
    if (header->kind == frame_kind::inquiry && header->length == 0) return inform_(visitor);
    if (header->kind != frame_kind::hello) return drop(visitor);
    try {
      greet_(visitor, decode_hello(visitor->payload(), "the caller"));
    } catch (bad_frame const&) {
      drop(visitor);
    }
  }

  /// No hello came: why, if that is a matter of keys or settings.
  void unheard(conversation_ptr const& visitor) {
    auto const& fault = visitor->fault();
    if (fault && fault->lasting) {
      report_(fmt::format("a caller was refused: {}", fault->why));
      ++dropped_;
      return visitor->part([this, visitor] { left(visitor); });
    }
    if (visitor->heard_tls())
      return send_away(visitor, "the caller speaks TLS, and the player that it called plain TCP");
    drop(visitor);
  }

  void send_away(conversation_ptr const& visitor, std::string const& why) {
    report_(fmt::format("a caller was refused: {}", why));
    refuse(visitor, why + ". All players need the same \"transport\" in their configurations, and keys for \"tls\"");
  }

  void left(conversation_ptr const& visitor) {
    if (!stopping_) forget(visitor);
  }
  void forget(conversation_ptr const& visitor) {
    visitors_.erase(std::remove(visitors_.begin(), visitors_.end(), visitor), visitors_.end());
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::chrono::milliseconds hello_wait_;
  on_hello greet_;
  on_inquiry inform_;
  on_refusal report_;
  credentials const* mine_;
  std::vector<conversation_ptr> visitors_;
  std::size_t dropped_ = 0;
  bool stopping_ = false;
};

}  // namespace koi::detail
