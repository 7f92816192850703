// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/conversation.hpp>
#include <koi/net/detail/listener.hpp>
#include <koi/net/hello.hpp>
#include <koi/net/network.hpp>
#include <koi/session/cluster.hpp>
#include <koi/session/connect_options.hpp>
#include <koi/session/detail/awaited_peer.hpp>
#include <koi/session/detail/early_abort.hpp>
#include <koi/session/detail/inquirer.hpp>
#include <koi/session/detail/link_security.hpp>
#include <koi/session/detail/refusal_log.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi::detail {

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
      peers_.push_back(std::make_unique<awaited_peer>(io_->context, calls, called));
    }
  }

  connected_players run() {
    auto const deadline = deadline_after(options_.connect_wait);
    security_.say_first();
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
      if (peers_[p]->stream) out.network.attach(p, channel(p), peers_[p]->clock);
    }
    return out;
  }

 private:
  std::string const& name_of(std::size_t p) const { return ours_.players[p]; }
  std::string at(std::size_t p) const {
    return fmt::format("{} at {}", name_of(p), to_string(players_.endpoint(name_of(p))));
  }

  std::vector<std::size_t> missing() const {
    std::vector<std::size_t> out;
    for (std::size_t p = 0; p < peers_.size(); ++p)
      if ((peers_[p]->calls || peers_[p]->called) && !peers_[p]->stream) out.push_back(p);
    return out;
  }

  hello hello_without_seed(std::string const& to) const {
    auto h = ours_;
    h.from = name_;
    h.to = to;
    h.clock = options_.clock();
    h.contribution = {};
    return h;
  }
  hello hello_for(std::size_t p) const {
    auto h = hello_without_seed(name_of(p));
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

  /// Whether a link may go there; fails if not.
  bool allowed(std::string const& whom, tcp::endpoint const& to) {
    auto const why = security_.forbids(whom, to);
    if (why) fail(*why);
    return !why;
  }

  // --- being called

  void listen() {
    if (std::none_of(peers_.begin(), peers_.end(), [](auto const& p) { return p->called; })) return;
    auto const& own = players_.listen_endpoint(name_);
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
    if (visitor->secure && !vouched(visitor, known, theirs.from)) return;
    try {
      check_hello(mine, theirs);
    } catch (hello_mismatch const& e) {
      return visitor->refuse(e.what(), options_.hello_wait, [this, e] { fail(e); });
    }
    if (!known) return door_.refuse(visitor, fmt::format("{} expects no call of {}", name_, mine.to));
    if (peers_[p]->stream) return door_.refuse(visitor, fmt::format("{} is connected to {} already", name_, mine.to));
    // it may have waited at this door, so that only a clock that is ahead is one for sure
    clock_offset const ahead{std::max(theirs.clock - mine.clock, std::chrono::nanoseconds{0}), {}};
    visitor->write(frame_kind::hello, encode_hello(mine),
                   [this, visitor, p, ahead, contribution = theirs.contribution](bool written) {
                     if (stopping_) return;
                     if (!written || peers_[p]->stream) return door_.drop(visitor);
                     door_.keep(visitor);
                     established(p, visitor, contribution, ahead);
                   });
  }

  /// Somebody does not call to meet: it hears what a hello would tell it, and goes.
  void asked(conversation_ptr const& visitor) {
    auto const who = inquirer(*visitor, ours_.players, security_);
    if (!who) return door_.refuse(visitor, fmt::format("{} tells players alone what it is like", name_));
    door_.answer(visitor, encode_hello(hello_without_seed(*who)));
  }

  /// Whether a caller has proven to be who it says, and may call. Nobody else can end the meeting.
  bool vouched(conversation_ptr const& visitor, bool known, std::string const& from) {
    auto const who = visitor->secure->peer();
    auto why = known || !who.is(from) ? security_.stranger(from, who)
                                      : fmt::format("{} expects no call of {}", name_, printable(from));
    if (why.empty()) {
      security_.warn_of_end(fmt::format("the certificate of {}", from), who);
      return true;
    }
    refused(fmt::format("a caller was refused: {}", why));
    door_.refuse(visitor, why);
    return false;
  }

  /// Somebody was turned away at the door: said as refusal_log does, and again if this player waits in vain.
  void refused(std::string const& line) {
    last_refused_ = line;
    refusals_.put(line, net_clock::now());
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
      if (security_.tls() == nullptr) return say_hello(p, call);
      call->start_tls(*security_.tls(), tls_end::calling, [this, p, call](bool good) { shook_hands(p, call, good); });
    });
  }

  void shook_hands(std::size_t p, conversation_ptr const& call, bool good) {
    if (stopping_) return;
    if (!good) return hung_up(p, call);
    auto const who = call->secure->peer();
    auto const why = security_.stranger(name_of(p), who);
    if (why.empty()) {
      security_.warn_of_end(fmt::format("the certificate of {}", name_of(p)), who);
      return say_hello(p, call);
    }
    call->refuse(why, options_.hello_wait,
                 [this, e = bad_identity(name_of(p), fmt::format("{}: {}", at(p), why))] { fail(e); });
  }

  void say_hello(std::size_t p, conversation_ptr const& call) {
    call->lift_limit();  // a peer that is busy may answer late; connect_wait ends that
    auto const mine = hello_for(p);
    peers_[p]->asked = mine.clock;
    call->write(frame_kind::hello, encode_hello(mine), [this, p, call](bool) {
      call->read([this, p, call](frame_header const* header) { answered(p, call, header); });  // why, if it hung up
    });
  }

  /// The connection ended without a hello.
  void hung_up(std::size_t p, conversation_ptr const& call) {
    auto const& fault = call->fault();
    if (fault && fault->lasting)
      return call->part([this, e = bad_identity(name_of(p), fmt::format("{}: {}", at(p), fault->why))] { fail(e); });
    try_again(p, fault ? fault->why : "it answers, but says no hello");
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
    if (header == nullptr) return hung_up(p, call);
    if (header->kind == frame_kind::abort)
      return fail(hello_mismatch(name_of(p), fmt::format("{} refused {}: {}", name_of(p), name_,
                                                         abort_text(const_byte_span{call->payload()}))));
    if (header->kind != frame_kind::hello) return try_again(p, "it answers, but says no hello");
    try {
      auto const heard = options_.clock();
      auto const theirs = decode_hello(call->payload(), name_of(p));
      check_hello(hello_for(p), theirs);
      peers_[p]->clock = offset_of(peers_[p]->asked, theirs.clock, heard);
      established(p, call, theirs.contribution, *peers_[p]->clock);
    } catch (bad_frame const& e) {
      try_again(p, e.what());
    } catch (hello_mismatch const& e) {
      call->refuse(e.what(), options_.hello_wait, [this, e] { fail(e); });
    }
  }

  // --- until all are there

  void established(std::size_t p, conversation_ptr const& with, seed_contribution const& contribution,
                   clock_offset const& clock) {
    if (auto const warning = clock_warning(name_of(p), clock)) say(*warning);
    peers_[p]->meet(*with, contribution);
    look(p);  // more than the hello may have come
  }

  /// Notices a peer that leaves or gives up while others are still missing.
  void watch(std::size_t p) {
    peers_[p]->stream->lowest().async_wait(tcp::socket::wait_read, [this, p](boost::system::error_code ec) {
      if (!ec && !stopping_) look(p);
    });
  }

  void look(std::size_t p) {
    auto& to = *peers_[p];
    early_bytes seen;
    boost::system::error_code ec;
    auto const n = to.stream->peek(seen, ec);
    if (ec == asio::error::would_block) return watch(p);
    if (ec) {
      to.stream.reset();
      if (to.calls) {
        to.dialling = std::make_shared<conversation>(io_->context);
        try_again(p, "it went away again");
      }
      return;
    }
    if (auto const r = early_abort(const_byte_span{seen}.first(n), name_of(p)))
      fail(peer_aborted(name_of(p), fmt::format("{} stopped: {}", name_of(p), r->why), {},
                        lost_one(r->lost, ours_.players, name_)));
  }

  void tick() {
    tick_.expires_after(options_.progress_every);
    tick_.async_wait([this](boost::system::error_code ec) {
      if (ec || stopping_) return;
      std::vector<std::string> names;
      for (auto const p : missing()) names.push_back(at(p));
      say(fmt::format("{} is waiting for {}", name_, fmt::join(names, ", ")));
      refusals_.look(net_clock::now());
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
      if (p->stream) p->stream->lowest().cancel(ignored);
    }
  }

  channel_timeout too_late() const {
    std::vector<std::string> lines;
    for (auto const p : missing()) lines.push_back(peers_[p]->excuse(at(p), name_));
    auto text =
        fmt::format("{} gave up after {} ms without {}", name_, options_.connect_wait.count(), fmt::join(lines, ", "));
    if (!last_refused_.empty()) text += "; " + last_refused_;
    return {name_of(missing().front()), text, std::make_error_code(std::errc::timed_out)};
  }

  any_channel channel(std::size_t p) {
    return std::move(*peers_[p]->stream).into_channel(io_, name_of(p), options_.channel);
  }

  /// Tells those who are there why this player stops.
  [[noreturn]] void give_up() {
    auto const tell = [this](abort_reason const& why) {
      for (std::size_t p = 0; p < peers_.size(); ++p)
        if (peers_[p]->stream) channel(p).abort(why);
    };
    try {
      std::rethrow_exception(failure_);
    } catch (channel_error const& e) {
      tell(e);
      throw;
    } catch (std::exception const& e) {
      tell(e.what());
      throw;
    }
  }

  io_ptr io_ = make_io();
  cluster const& players_;
  std::string name_;
  std::size_t me_;
  hello ours_;
  std::span<seed_contribution const> mine_;
  connect_options const& options_;
  std::vector<std::unique_ptr<awaited_peer>> peers_;
  link_security security_{players_, name_, [this](std::string const& line) { say(line); }};
  listener door_{io_->context,
                 options_.hello_wait,
                 [this](conversation_ptr const& visitor, hello const& theirs) { greeted(visitor, theirs); },
                 [this](conversation_ptr const& visitor) { asked(visitor); },
                 [this](std::string const& line) { refused(line); },
                 security_.tls()};
  asio::steady_timer tick_{io_->context};
  std::exception_ptr failure_;
  std::string last_refused_;
  refusal_log refusals_{[this](std::string const& line) { say(fmt::format("{}: {}", name_, line)); }};
  bool stopping_ = false;
};

}  // namespace koi::detail
