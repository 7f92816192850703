// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/client_link.hpp>
#include <koi/serve/detail/dial.hpp>
#include <koi/serve/front_stream.hpp>
#include <koi/session/detail/link_security.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace koi::serve {

/// A client's connection to a server, plain or over TLS as the group is configured.
///
/// Throws  what client_link does; bad_identity if the server refuses this caller's certificate, which it may do
///         after the handshake
/// Threads  one object: one thread at a time
class front_link final : public server_link {
 public:
  front_link(koi::detail::io_ptr io, front_stream stream, std::string server)
      : link_(std::move(io), std::move(stream), std::move(server)) {}

  [[nodiscard]] std::string const& server() const noexcept override { return link_.server(); }
  void send(const_byte_span bytes, std::chrono::milliseconds wait) override {
    explained([&] { link_.send(bytes, wait); });
  }
  [[nodiscard]] received_message receive(std::size_t most, std::chrono::milliseconds wait) override {
    return explained([&] { return link_.receive(most, wait); });
  }

 private:
  template <class F>
  std::invoke_result_t<F> explained(F f) {
    try {
      return f();
    } catch (channel_closed const& e) {
      if (auto const fault = link_.stream().why_it_ended(); fault && fault->lasting)
        throw bad_identity(server(), fmt::format("{}: {}", server(), fault->why), e.code());
      throw;
    }
  }

  client_link<front_stream> link_;
};

/// Who calls the servers of a group: a name with keys of its own in the group's folder of keys, or, where the servers
/// speak plain TCP, nobody.
///
/// Threads  one object: one thread at a time
class caller {
 public:
  using on_line = std::function<void(std::string const&)>;

  /// An empty name calls without an identity. `say` gets warnings.
  ///
  /// Throws  bad_option: the servers need a name, or its keys are of no use
  caller(cluster const& players, std::string const& name, on_line say = {})
      : state_(std::make_shared<state>(players, name, std::move(say))) {}

  [[nodiscard]] koi::detail::link_security& security() const noexcept { return state_->security; }

 private:
  struct state {
    state(cluster const& all, std::string const& name, on_line line)
        : players(name.empty() ? nameless(all) : all),
          say(std::move(line)),
          security(players, name.empty() ? nobody : name, [this](auto const& l) {
            if (say) say(l);
          }) {
      if (!name.empty()) security.say_first();
    }
    state(state const&) = delete;
    state& operator=(state const&) = delete;

    static constexpr auto nobody = "a caller without a name";  // no folder of keys is called so

    /// Plain TCP, on this machine alone unless the configuration has more trust in the network.
    static cluster nameless(cluster const& all) {
      if (all.transport() == transport::tls)
        throw bad_option(fmt::format(
            "the servers speak TLS, and ask who calls: give the name of somebody whose keys are in {}. `koi keys "
            "--add NAME` makes some",
            all.keys_folder().string()));
      return all;
    }

    cluster players;
    on_line say;
    koi::detail::link_security security;
  };
  std::shared_ptr<state> state_;
};

/// Calls a server, which must prove to be `server`: by its certificate's name, and by the key that the configuration
/// pins, if it does.
///
/// Throws  channel_closed or channel_timeout, with the address; bad_identity: one of the two refuses the other;
///         bad_option: it is on another machine, and there is no TLS
[[nodiscard]] inline std::unique_ptr<server_link> call_server(caller const& me, endpoint const& to,
                                                              std::string const& server,
                                                              std::chrono::milliseconds wait) {
  auto const where = fmt::format("{} at {}", server, to_string(to));
  auto const deadline = koi::detail::deadline_after(wait);
  auto const late = [&](std::string_view what) {
    return channel_timeout(server, fmt::format("{} {} within {} ms", where, what, wait.count()),
                           std::make_error_code(std::errc::timed_out));
  };
  auto const found = detail::resolve(to, deadline);
  if (found.all.empty()) throw channel_closed(server, fmt::format("{}: {}", where, found.error));
  for (auto const& each : found.all)
    if (auto const why = me.security().forbids(server, each)) throw bad_option(*why);
  auto io = koi::detail::make_io();
  auto call = detail::dial(*io, found.all, deadline);
  if (call.error == detail::asio::error::timed_out) throw late("did not answer");
  if (call.error) throw channel_closed(server, fmt::format("{}: {}", where, call.error.message()), call.error);
  if (me.security().tls() == nullptr)
    return std::make_unique<front_link>(std::move(io), front_stream(std::move(*call.socket)), server);

  koi::detail::tls_stream tls(std::move(*call.socket), *me.security().tls(), koi::detail::tls_end::calling);
  if (!detail::shake_hands(*io, tls, deadline)) {
    auto const& fault = tls.fault();
    if (fault && fault->lasting) throw bad_identity(server, fmt::format("{}: {}", where, fault->why));
    if (!tls.lowest_layer().is_open()) throw late("did not finish its handshake");
    throw channel_closed(server, fmt::format("{}: {}", where, fault ? fault->why : "the handshake failed"));
  }
  auto const who = tls.peer();
  if (auto const why = me.security().stranger(server, who); !why.empty()) {
    tls.end_sending();
    throw bad_identity(server, fmt::format("{}: {}", where, why));
  }
  me.security().warn_of_end(fmt::format("the certificate of {}", server), who);
  return std::make_unique<front_link>(std::move(io), front_stream(std::move(tls)), server);
}

}  // namespace koi::serve
