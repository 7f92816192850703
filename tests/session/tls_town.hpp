// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Players with keys of their own, and callers that speak TLS by hand.
#include "tests/net/tls_ends.hpp"
#include "tests/session/town.hpp"

#include <koi/net/detail/conversation.hpp>

#include <mutex>

namespace koi::test {

/// A town whose players have keys of one authority in folder/keys.
struct tls_town : town {
  scratch_folder folder;
  test_authority authority;

  explicit tls_town(std::vector<std::string> const& names) : town(names) {
    for (auto const& name : names) (void)authority.write(folder.path / "keys", name);
    players = configured("");
  }

  /// The same players under other settings, as in R"("keys":"others",)".
  [[nodiscard]] cluster configured(std::string const& settings) const {
    return cluster::parse("{" + settings + json.substr(1), (folder.path / "config.json").string());
  }

  /// The same with more to say about one player.
  [[nodiscard]] cluster pinned(std::size_t player, std::string const& pin) const {
    auto const name = players.players()[player];
    auto const old = "\"" + name + "\":\"" + to_string(players.endpoint(name)) + "\"";
    auto text = json;
    text.replace(
        text.find(old), old.size(),
        "\"" + name + "\":{\"address\":\"" + to_string(players.endpoint(name)) + "\",\"certificate\":\"" + pin + "\"}");
    return cluster::parse("{\"players\":" + text + "}", (folder.path / "config.json").string());
  }
};

inline connected_players meet_in(cluster const& players, std::size_t me, connect_options const& options = quick(),
                                 dial_rule const& dials = later_calls) {
  std::vector<seed_contribution> mine;
  for (std::size_t p = 0; p < players.players().size(); ++p) mine.push_back(given(me, p));
  return connect(players, players.players()[me], ours, mine, dials, options);
}

/// Options that keep every line of progress.
struct listening {
  struct lines {
    std::mutex guard;
    std::string text;
  };
  std::shared_ptr<lines> kept = std::make_shared<lines>();
  connect_options options = quick();

  listening() {
    options.progress = [kept = kept](std::string_view line) {
      std::scoped_lock lock(kept->guard);
      kept->text += std::string{line} + "\n";
    };
  }
  [[nodiscard]] std::string text() const {
    std::scoped_lock lock(kept->guard);
    return kept->text;
  }
};

/// One end of a connection that is no player: handshake, a frame out, a frame in, each waited for.
struct by_hand {
  asio::io_context io;
  std::shared_ptr<detail::conversation> talk = std::make_shared<detail::conversation>(io);

  explicit by_hand(tcp::endpoint const& to) {
    auto const end_of_test = std::chrono::steady_clock::now() + patience;
    boost::system::error_code ec;
    do {
      talk->socket.close(ec);
      talk->socket.connect(to, ec);
      REQUIRE(std::chrono::steady_clock::now() < end_of_test);
    } while (ec);
  }
  /// Waits to be called, in a player's place.
  by_hand(town& t, std::size_t player) {
    t.held[player].close();
    tcp::acceptor door{io, t.where[player]};
    door.accept(talk->socket);
  }

  bool shake(credentials const& mine, detail::tls_end end) {
    return done([&](auto then) { talk->start_tls(mine, end, then); });
  }
  void say(hello const& h) {
    auto const body = encode_hello(h);
    done([&](auto then) { talk->write(frame_kind::hello, body, then); });
  }
  /// The kind of the next frame and its text; none where the connection ends instead.
  std::optional<std::pair<frame_kind, std::string>> hear() {
    std::optional<std::pair<frame_kind, std::string>> out;
    done([&](auto then) {
      talk->read([&, then](frame_header const* header) {
        if (header != nullptr)
          out = {header->kind,
                 std::string{reinterpret_cast<char const*>(talk->payload().data()), talk->payload().size()}};
        then(header != nullptr);
      });
    });
    return out;
  }
  std::string why() const { return talk->fault() ? talk->fault()->why : ""; }
  void leave() {
    bool gone = false;
    talk->part([&] { gone = true; });
    while (!gone) run_one();
  }

 private:
  template <class Start>
  bool done(Start start) {
    std::optional<bool> result;
    start([&result](bool good) { result = good; });
    while (!result) run_one();
    return *result;
  }
  void run_one() {
    if (io.stopped()) io.restart();
    io.run_one_for(1ms);
  }
};

}  // namespace koi::test
