// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/connection.hpp>
#include <koi/serve/front_stream.hpp>
#include <koi/session/detail/link_security.hpp>
#include <koi/session/detail/refusal_log.hpp>
#include <koi/session/keys.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace koi::serve {

namespace detail {

/// The end of a connection that is turned away: what still comes is passed over until the caller leaves, a moment at
/// most, because a reset would overtake the reason. Then `done(access_denied)`.
template <class Done>
class parting : public std::enable_shared_from_this<parting<Done>> {
 public:
  parting(front_stream& from, Done done) : from_(from), done_(std::move(done)), timer_(from.get_executor()) {}

  void start() {
    boost::system::error_code ignored;
    from_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
    timer_.expires_after(std::chrono::milliseconds(200));
    timer_.async_wait([self = this->shared_from_this()](boost::system::error_code ec) {
      boost::system::error_code nothing;
      if (!ec) self->from_.lowest_layer().close(nothing);
    });
    listen_out();
  }

 private:
  static constexpr std::size_t most = std::size_t{1} << 20;

  void listen_out() {
    from_.lowest_layer().async_read_some(
        asio::buffer(sink_), [self = this->shared_from_this()](boost::system::error_code ec, std::size_t n) {
          self->seen_ += n;
          if (!ec && self->seen_ < most) return self->listen_out();
          self->timer_.cancel();
          self->done_(asio::error::access_denied, std::string{});
        });
  }

  front_stream& from_;  // `done` keeps it
  Done done_;
  asio::steady_timer timer_;
  std::array<std::byte, 4096> sink_{};
  std::size_t seen_ = 0;
};

}  // namespace detail

/// A door with mutual TLS: a caller is who its certificate, signed by the group's authority, says that it is. Where the
/// group's players speak plain TCP, on one machine or as configured, so does the door, and callers have no identity.
///
/// Threads  that of the front, once it is made; `say` is called there, or where the door is made
class secure_door {
 public:
  using stream = front_stream;
  using on_line = std::function<void(std::string const&)>;

  /// `me` is the player whose front this is.
  ///
  /// Throws  bad_option: its keys are of no use
  secure_door(cluster const& players, std::string const& me, on_line say)
      : state_(std::make_shared<state>(players, me, std::move(say))) {}

  [[nodiscard]] bool is_secure() const noexcept { return state_->security.tls() != nullptr; }

  /// Throws  bad_option: clients may not be listened to there without TLS, or the name means nothing
  void check_address(std::string const& host) const {
    boost::system::error_code ec;
    detail::asio::io_context io;
    auto const found = detail::tcp::resolver(io).resolve(host, "0", detail::tcp::resolver::passive, ec);
    if (ec) throw bad_option(fmt::format("clients cannot be listened to on {}: {}", host, ec.message()));
    for (auto const& each : found)
      if (auto const why = state_->security.forbids(fmt::format("{}'s door for clients", state_->me), each.endpoint()))
        throw bad_option(*why);
  }

  /// Says what was left out of the log, when it is time.
  void look(koi::detail::net_clock::time_point now = koi::detail::net_clock::now()) const {
    state_->refusals.look(now);
  }

  [[nodiscard]] stream open(detail::tcp::socket socket) const {
    if (!is_secure()) return stream(std::move(socket));
    return stream(koi::detail::tls_stream(std::move(socket), *state_->security.tls(), koi::detail::tls_end::called));
  }

  /// Calls done(error, identity) when it is known who called, or when the caller has been told why it is refused. The
  /// time for all of that is the connection's: it closes the socket.
  template <class Done>
  void greet(stream& with, Done done) const {
    auto* const tls = with.secure();
    if (tls == nullptr) return done(boost::system::error_code{}, std::string{});
    boost::system::error_code ignored;
    auto const from = with.lowest_layer().remote_endpoint(ignored).address().to_string();
    tls->async_handshake([s = state_, &with, tls, from, done = std::move(done)](bool good) mutable {
      if (!good) return unheard(*s, with, from, std::move(done));
      auto const who = tls->peer();
      auto const why = objection(*s, who);
      if (why.empty()) return done(boost::system::error_code{}, who.names.front());
      s->refused(from, why);
      say_no(with, *tls, why, std::move(done));
    });
  }

 private:
  struct state {
    state(cluster const& all, std::string who, on_line line)
        : players(all),
          me(std::move(who)),
          say(std::move(line)),
          security(players, me, [this](auto const& l) { tell(l); }) {}
    state(state const&) = delete;
    state& operator=(state const&) = delete;

    void tell(std::string const& line) {
      if (say) say(line);
    }
    /// Whoever is refused calls again, and from many places: see refusal_log.
    void refused(std::string const& from, std::string const& why) {
      refusals.put(fmt::format("{}: a caller from {} was refused: {}", me, from, why), koi::detail::net_clock::now());
    }

    cluster players;
    std::string me;
    on_line say;
    koi::detail::link_security security;
    koi::detail::refusal_log refusals{[this](std::string const& line) { tell(line); }};
  };

  /// Why somebody with a certificate of the authority may not call; empty if it may.
  [[nodiscard]] static std::string objection(state const& s, identity const& who) {
    auto const all = printable(fmt::format("'{}'", fmt::join(who.names, "', '")));
    if (who.names.size() != 1)
      return fmt::format("its certificate is for {}, and a caller must be one", who.names.empty() ? "nobody" : all);
    try {
      koi::detail::check_key_name(who.names.front());
    } catch (bad_option const&) {
      return fmt::format("its certificate is for {}, and nobody can be called so", all);
    }
    auto const& configured = s.players.players();
    bool const player = std::find(configured.begin(), configured.end(), who.names.front()) != configured.end();
    return player ? s.security.stranger(who.names.front(), who) : std::string{};
  }

  /// The handshake failed: the caller knows why from TLS itself, unless it does not speak TLS.
  template <class Done>
  static void unheard(state& s, stream& with, std::string const& from, Done done) {
    auto const fault = with.secure()->fault();
    if (!fault || !fault->lasting) return done(detail::asio::error::access_denied, std::string{});
    s.refused(from, fault->why);
    if (!fault->plain) return part(with, std::move(done));
    say_no(with, with.lowest_layer(),
           fmt::format("the caller speaks plain TCP, and {} TLS: it needs keys of its own from this group's authority, "
                       "as `koi keys` makes them",
                       s.me),
           std::move(done));
  }

  template <class To, class Done>
  static void say_no(stream& with, To& to, std::string const& why, Done done) {
    auto const text = std::make_shared<secret_bytes>(encode_refusal({}, refusal::not_allowed, why));
    detail::asio::async_write(to, detail::asio::buffer(text->data(), text->size()),
                              [&with, text, done = std::move(done)](boost::system::error_code, std::size_t) mutable {
                                if (auto* const tls = with.secure(); tls != nullptr && !tls->fault())
                                  tls->end_sending();
                                part(with, std::move(done));
                              });
  }

  template <class Done>
  static void part(stream& from, Done done) {
    std::make_shared<detail::parting<Done>>(from, std::move(done))->start();
  }

  std::shared_ptr<state> state_;
};

}  // namespace koi::serve
