// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/conversation.hpp>
#include <koi/net/detail/listener.hpp>
#include <koi/net/hello.hpp>
#include <koi/net/network.hpp>
#include <koi/net/tcp.hpp>
#include <koi/session/cluster.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi {

/// Whether the first player calls the second; at most one of two players calls the other.
using dial_rule = std::function<bool(std::size_t, std::size_t)>;

struct connect_options {
  std::chrono::milliseconds connect_wait{120'000};  ///< for all players to be there
  std::chrono::milliseconds hello_wait{5'000};      ///< for a caller to say hello
  std::chrono::milliseconds progress_every{5'000};
  channel_options channel{};                       ///< of every link
  std::function<void(std::string_view)> progress;  ///< gets a line now and then while we wait
};

struct connected_players {
  koi::network network;
  std::vector<seed_contribution> contributions;  ///< by player; zero where there is no link
  std::size_t dropped = 0;                       ///< connections that said no hello
};

namespace detail {

/// The work of connect(): one object a call, all on the calling thread.
class connector {
 public:
  connector(cluster const& players, std::string_view me, hello const& ours, std::span<seed_contribution const> mine,
            dial_rule const& dials, connect_options const& options)
      : players_(players), name_(me), me_(players.index_of(me)), ours_(ours), mine_(mine), options_(options) {
    if (players.is_local()) throw bad_option("a local cluster has no addresses to connect to");
    if (mine.size() != players.players().size())
      throw bad_argument(fmt::format("{} contributions for {} players", mine.size(), players.players().size()));
    ours_.players = players.players();
    for (std::size_t p = 0; p < mine.size(); ++p) {
      bool const calls = p != me_ && dials(me_, p);
      bool const called = p != me_ && dials(p, me_);
      if (calls && called) throw bad_argument(fmt::format("{} and {} would call each other", name_, ours_.players[p]));
      peers_.push_back(std::make_unique<peer>(io_->context, calls, called));
    }
  }

  connected_players run() {
    auto const deadline = deadline_after(options_.connect_wait);
    listen();
    for (std::size_t p = 0; p < peers_.size(); ++p)
      if (peers_[p]->calls) dial(p);
    tick();
    while (!failure_ && !missing().empty() && net_clock::now() < deadline) io_->run_one(deadline);
    stop();
    if (!failure_ && !missing().empty()) failure_ = std::make_exception_ptr(too_late());
    if (failure_) give_up();

    io_->context.restart();
    io_->context.run();  // every handler that points here has been cancelled
    connected_players out{network{name_, ours_.players}, {}, door_.dropped()};
    for (std::size_t p = 0; p < peers_.size(); ++p) {
      out.contributions.push_back(peers_[p]->contribution);
      if (peers_[p]->socket) out.network.attach(p, channel(p));
    }
    return out;
  }

 private:
  struct peer {
    peer(asio::io_context& io, bool is_called, bool calls_us) : calls(is_called), called(calls_us), retry(io) {}

    bool calls;   // we call it
    bool called;  // it calls us
    asio::steady_timer retry;
    std::chrono::milliseconds backoff{20};
    conversation_ptr dialling;
    std::string last;  // why the last try failed
    std::optional<tcp::socket> socket;
    seed_contribution contribution{};
  };

  std::string const& name_of(std::size_t p) const { return ours_.players[p]; }
  std::string at(std::size_t p) const {
    return fmt::format("{} at {}", name_of(p), to_string(players_.endpoint(name_of(p))));
  }

  std::vector<std::size_t> missing() const {
    std::vector<std::size_t> out;
    for (std::size_t p = 0; p < peers_.size(); ++p)
      if ((peers_[p]->calls || peers_[p]->called) && !peers_[p]->socket) out.push_back(p);
    return out;
  }

  hello hello_for(std::size_t p) const {
    auto h = ours_;
    h.from = name_;
    h.to = name_of(p);
    h.contribution = mine_[p];
    return h;
  }

  void say(std::string const& line) const {
    if (options_.progress) options_.progress(line);
  }

  template <class E>
  void fail(E const& e) {
    if (!failure_) failure_ = std::make_exception_ptr(e);
  }

  /// Whether plain TCP may go there; fails if not.
  bool allowed(std::string const& whom, tcp::endpoint const& to) {
    if (to.address().is_loopback()) return true;
    if (!players_.plain_transport()) {
      fail(
          bad_option(fmt::format("{} is at {}, and links to other machines would not be encrypted: plain TCP is for "
                                 "loopback addresses. If you trust the network between the players, put "
                                 "\"transport\": \"plain\" into the configuration",
                                 whom, to.address().to_string())));
      return false;
    }
    if (!std::exchange(warned_, true))
      say("warning: \"transport\" is \"plain\": whoever is on the network between the players can read and change "
          "all messages, and so learn every input");
    return true;
  }

  // --- being called

  void listen() {
    if (std::none_of(peers_.begin(), peers_.end(), [](auto const& p) { return p->called; })) return;
    auto const& own = players_.endpoint(name_);
    auto const cannot = [&](boost::system::error_code const& ec) {
      auto const used = ec == asio::error::address_in_use;
      throw bad_option(fmt::format("{} cannot listen on {}: {}{}", name_, to_string(own), ec.message(),
                                   used ? ". Stop the other program or change the port in the configuration" : ""));
    };
    boost::system::error_code ec;
    auto const found =
        tcp::resolver{io_->context}.resolve(own.host, std::to_string(own.port), tcp::resolver::passive, ec);
    if (ec || found.empty()) cannot(ec);
    auto const where = found.begin()->endpoint();
    if (!allowed(name_, where)) std::rethrow_exception(failure_);
    door_.open(where, ec);
    if (ec) cannot(ec);
  }

  void greeted(conversation_ptr const& visitor, hello const& theirs) {
    auto const found = std::find(ours_.players.begin(), ours_.players.end(), theirs.from);
    auto const p = static_cast<std::size_t>(found - ours_.players.begin());
    bool const known = p < peers_.size() && peers_[p]->called;
    auto mine = known ? hello_for(p) : ours_;
    mine.from = name_;
    mine.to = printable(theirs.from);
    try {
      check_hello(mine, theirs);
    } catch (hello_mismatch const& e) {
      return visitor->refuse(e.what(), options_.hello_wait, [this, e] { fail(e); });
    }
    if (!known) return turn_away(visitor, fmt::format("{} expects no call of {}", name_, mine.to));
    if (peers_[p]->socket) return turn_away(visitor, fmt::format("{} is connected to {} already", name_, mine.to));
    visitor->write(frame_kind::hello, encode_hello(mine),
                   [this, visitor, p, contribution = theirs.contribution](bool written) {
                     if (stopping_) return;
                     if (!written || peers_[p]->socket) return door_.drop(visitor);
                     door_.keep(visitor);
                     established(p, visitor, contribution);
                   });
  }

  void turn_away(conversation_ptr const& visitor, std::string const& why) {
    visitor->refuse(why, options_.hello_wait, [this, visitor] {
      if (!stopping_) door_.drop(visitor);
    });
  }

  // --- calling

  void dial(std::size_t p) {
    auto const& to = players_.endpoint(name_of(p));
    auto call = std::make_shared<conversation>(io_->context);
    peers_[p]->dialling = call;
    boost::system::error_code ec;
    auto const address = asio::ip::make_address(to.host, ec);
    if (!ec) return call_one_of(p, call, {tcp::endpoint{address, to.port}});
    call->resolver.async_resolve(
        to.host, std::to_string(to.port),
        [this, p, call](boost::system::error_code e, tcp::resolver::results_type const& found) {
          if (e) return try_again(p, e.message());
          call_one_of(p, call, {found.begin(), found.end()});
        });
  }

  void call_one_of(std::size_t p, conversation_ptr const& call, std::vector<tcp::endpoint> const& where) {
    if (stopping_) return;
    for (auto const& w : where)
      if (!allowed(name_of(p), w)) return;
    call->limit(options_.hello_wait);
    asio::async_connect(call->socket, where, [this, p, call](boost::system::error_code ec, tcp::endpoint const&) {
      if (ec) return try_again(p, ec.message());
      call->lift_limit();  // a peer that is busy may answer late; connect_wait ends that
      call->write(frame_kind::hello, encode_hello(hello_for(p)), [this, p, call](bool written) {
        if (!written) return try_again(p, "it hung up");
        call->read([this, p, call](frame_header const* header) { answered(p, call, header); });
      });
    });
  }

  void try_again(std::size_t p, std::string const& why) {
    if (stopping_) return;
    auto& to = *peers_[p];
    to.last = why;
    to.dialling->close();
    to.retry.expires_after(to.backoff);
    to.backoff = std::min(to.backoff * 2, std::chrono::milliseconds{500});
    to.retry.async_wait([this, p](boost::system::error_code ec) {
      if (!ec && !stopping_) dial(p);
    });
  }

  void answered(std::size_t p, conversation_ptr const& call, frame_header const* header) {
    if (stopping_) return;
    if (header == nullptr) return try_again(p, "it answers, but says no hello");
    if (header->kind == frame_kind::abort)
      return fail(
          hello_mismatch(name_of(p), fmt::format("{} refused {}: {}", name_of(p), name_, text_of(call->payload()))));
    try {
      auto const theirs = decode_hello(call->payload(), name_of(p));
      check_hello(hello_for(p), theirs);
      established(p, call, theirs.contribution);
    } catch (bad_frame const& e) {
      try_again(p, e.what());
    } catch (hello_mismatch const& e) {
      call->refuse(e.what(), options_.hello_wait, [this, e] { fail(e); });
    }
  }

  static std::string text_of(const_byte_span bytes) {
    return abort_text({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
  }

  // --- until all are there

  void established(std::size_t p, conversation_ptr const& with, seed_contribution const& contribution) {
    auto& to = *peers_[p];
    to.contribution = contribution;
    to.socket.emplace(std::move(with->socket));
    to.socket->non_blocking(true);
    to.dialling.reset();
    watch(p);
  }

  /// Notices a peer that leaves or gives up while others are still missing.
  void watch(std::size_t p) {
    peers_[p]->socket->async_wait(tcp::socket::wait_read, [this, p](boost::system::error_code ec) {
      if (!ec && !stopping_) look(p);
    });
  }

  void look(std::size_t p) {
    auto& to = *peers_[p];
    std::array<std::byte, frame_header_size + max_abort_bytes> seen;
    boost::system::error_code ec;
    auto const n = to.socket->receive(asio::buffer(seen), tcp::socket::message_peek, ec);
    if (ec == asio::error::would_block) return watch(p);
    if (ec) {
      to.socket.reset();
      if (to.calls) {
        to.dialling = std::make_shared<conversation>(io_->context);
        try_again(p, "it went away again");
      }
      return;
    }
    try {
      auto const header = decode_header(const_byte_span{seen}.first(n), name_of(p));
      if (header.kind != frame_kind::abort || n < frame_header_size + header.length) return;
      auto const why = const_byte_span{seen}.subspan(frame_header_size, static_cast<std::size_t>(header.length));
      fail(peer_aborted(name_of(p), fmt::format("{} stopped: {}", name_of(p), text_of(why))));
    } catch (bad_frame const&) {  // the channel will say so
    }
  }

  void tick() {
    tick_.expires_after(options_.progress_every);
    tick_.async_wait([this](boost::system::error_code ec) {
      if (ec || stopping_) return;
      std::vector<std::string> names;
      for (auto const p : missing()) names.push_back(at(p));
      say(fmt::format("{} is waiting for {}", name_, fmt::join(names, ", ")));
      tick();
    });
  }

  void stop() {
    stopping_ = true;
    boost::system::error_code ignored;
    door_.stop();
    tick_.cancel();
    for (auto const& p : peers_) {
      p->retry.cancel();
      if (p->dialling) p->dialling->close();
      if (p->socket) p->socket->cancel(ignored);
    }
  }

  channel_timeout too_late() const {
    std::vector<std::string> lines;
    for (auto const p : missing()) {
      auto const& to = *peers_[p];
      lines.push_back(to.calls ? fmt::format("{} ({})", at(p), to.last.empty() ? "no answer" : to.last)
                               : fmt::format("{} (it did not call {})", at(p), name_));
    }
    return {
        name_of(missing().front()),
        fmt::format("{} gave up after {} ms without {}", name_, options_.connect_wait.count(), fmt::join(lines, ", ")),
        std::make_error_code(std::errc::timed_out)};
  }

  any_channel channel(std::size_t p) {
    return tcp_channel{io_, std::move(*peers_[p]->socket), name_of(p), options_.channel};
  }

  /// Tells those who are there why this player stops.
  [[noreturn]] void give_up() {
    std::string why = "it could not connect";
    try {
      std::rethrow_exception(failure_);
    } catch (std::exception const& e) {
      why = e.what();
    }
    for (std::size_t p = 0; p < peers_.size(); ++p)
      if (peers_[p]->socket) channel(p).abort(why);
    std::rethrow_exception(failure_);
  }

  io_ptr io_ = make_io();
  cluster const& players_;
  std::string name_;
  std::size_t me_;
  hello ours_;
  std::span<seed_contribution const> mine_;
  connect_options const& options_;
  std::vector<std::unique_ptr<peer>> peers_;
  listener door_{io_->context, options_.hello_wait,
                 [this](conversation_ptr const& visitor, hello const& theirs) { greeted(visitor, theirs); }};
  asio::steady_timer tick_{io_->context};
  std::exception_ptr failure_;
  bool stopping_ = false;
  bool warned_ = false;
};

}  // namespace detail
}  // namespace koi
