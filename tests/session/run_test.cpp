// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/run.hpp>

#include <koi/net/detail/asio.hpp>
#include <koi/ops.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <thread>

namespace koi::test {

namespace {

using pond64 = pond<ring64, 16>;
using securenn64 = securenn<ring64, 16>;
using names = std::vector<std::string>;
using detail::tcp;

/// Players with ports of their own on this machine. A port is held by a socket that is bound and
/// does not listen, so that nobody else gets it before its player listens there.
struct town {
  detail::asio::io_context io;
  std::vector<tcp::socket> held;
  cluster players = local_cluster({"-"});

  explicit town(names const& who) {
    std::string json;
    for (auto const& name : who) {
      auto& s = held.emplace_back(io);
      s.open(tcp::v4());
      s.set_option(tcp::socket::reuse_address(true));
      s.bind({detail::asio::ip::address_v4::loopback(), 0});
      json += fmt::format("{}\"{}\": \"127.0.0.1:{}\"", json.empty() ? "{" : ", ", name, s.local_endpoint().port());
    }
    players = cluster::parse(json + "}", "config.json");
  }
};

session_options patient(std::string program = "test") {
  session_options o;
  o.program = std::move(program);
  o.limits = {std::chrono::seconds(60), std::chrono::seconds(60)};
  o.connect_wait = std::chrono::seconds(60);
  return o;
}

/// What became of a player: the type of its error, its text, and the peer it names.
struct fate {
  std::string type = "none";
  std::string text;
  std::string peer;
};

template <class F>
fate fate_of(F&& f) {
  try {
    f();
  } catch (hello_mismatch const& x) {
    return {"hello_mismatch", x.what(), x.peer()};
  } catch (channel_closed const& x) {  // also one that says why it left
    return {"channel_closed", x.what(), x.peer()};
  } catch (channel_error const& x) {
    return {"channel_error", x.what(), x.peer()};
  } catch (bad_option const& x) {
    return {"bad_option", x.what(), {}};
  } catch (std::exception const& x) {
    return {"exception", x.what(), {}};
  }
  return {};
}

bool contains(std::string const& text, std::string_view part) {
  bool const found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("'" << part << "' is not in: " << text);
  return found;
}

/// A model of two weights, and its answer to one input.
template <class Session>
void predict(Session& on, plain_tensor& answer) {
  auto const w = on.private_variable("owner", {2, 2}, [] { return plain_tensor{{1.0, -2.0}, {0.5, 3.0}}; });
  auto const x = on.private_input("client", {1, 2}, [] { return plain_tensor{{2.0, 4.0}}; });
  on.output("client", relu(matmul(x, w) - 5), [&](plain_tensor const& y) { answer = y; });
}

/// Both players of a link start with something that differs; what becomes of each.
template <Protocol A, Protocol B>
std::pair<fate, fate> meet(cluster const& at_server, session_options const& server_options, cluster const& at_client,
                           session_options const& client_options) {
  fate server, client;
  {
    std::jthread const first([&] {
      server = fate_of([&] {
        run<A>(
            at_server, "server0", [](auto&) {}, server_options);
      });
    });
    std::jthread const second([&] {
      client = fate_of([&] {
        run<B>(
            at_client, "client", [](auto&) {}, client_options);
      });
    });
  }
  return {server, client};
}

void check_mismatch(std::pair<fate, fate> const& both, std::vector<std::string> const& texts) {
  auto const& [server, client] = both;
  CHECK(server.type == "hello_mismatch");
  CHECK(client.type == "hello_mismatch");
  CHECK(server.peer == "client");
  CHECK(client.peer == "server0");
  for (auto const& text : texts) {
    CHECK(contains(server.text, text));
    CHECK(contains(client.text, text));
  }
}

names const five{"server0", "server1", "server2", "owner", "client"};

}  // namespace

TEST_CASE_TEMPLATE("five players meet over TCP in any start order", P, pond64, securenn64) {
  names players{"server0", "server1", P::helper_names().front(), "owner", "client"};
  std::mt19937 random(11);
  for (int round = 0; round < 4; ++round) {
    std::shuffle(players.begin(), players.end(), random);  // the order of the configuration, which all share
    town const t(players);
    auto order = players;
    std::shuffle(order.begin(), order.end(), random);
    CAPTURE(fmt::format("{}", fmt::join(order, ", ")));
    plain_tensor answer;
    std::map<std::string, fate> fates;
    for (auto const& name : order) fates[name];
    {
      std::vector<std::jthread> threads;
      for (auto const& name : order)
        threads.emplace_back([&, name] {
          fates.at(name) = fate_of([&] {
            run<P>(
                t.players, name, [&](auto& on) { predict(on, answer); }, patient());
          });
        });
    }
    for (auto const& [name, f] : fates) {
      CAPTURE(name);
      CAPTURE(f.text);
      CHECK(f.type == "none");
    }
    REQUIRE(answer.size() == 2);
    CHECK(std::abs(answer.data()[0]) < 1e-3);
    CHECK(std::abs(answer.data()[1] - 3.0) < 1e-3);
  }
}

TEST_CASE("a session stays connected for several runs") {
  names const players{"server0", "server1", "crypto-producer", "client"};
  town const t(players);
  std::vector<double> answers;
  std::vector<fate> fates(players.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < players.size(); ++i)
      threads.emplace_back([&, i] {
        fates[i] = fate_of([&] {
          auto one = connect_session<pond64>(t.players, players[i], patient());
          std::optional<private_tensor<pond64>> w;
          for (int k = 0; k < 3; ++k)
            one.run([&](auto& on) {
              if (!w) w = on.private_variable("client", {}, [] { return plain_tensor(3.0); });
              auto const x = on.private_input("client", {}, [&] { return plain_tensor(static_cast<double>(k)); });
              on.output("client", x * *w, [&](plain_tensor const& y) { answers.push_back(y()); });
            });
        });
      });
  }
  for (auto const& f : fates) CHECK(f.text == "");
  REQUIRE(answers.size() == 3);
  for (int k = 0; k < 3; ++k) CHECK(std::abs(answers[static_cast<std::size_t>(k)] - 3 * k) < 1e-3);
}

TEST_CASE("another program is refused by both players, who name both programs") {
  town const t(five);
  check_mismatch(meet<pond64, pond64>(t.players, patient("mnist"), t.players, patient("spam")),
                 {"the program", "'mnist'", "'spam'", "server0", "client"});
}

TEST_CASE("another protocol, ring, number of fraction bits or policy is refused by both players") {
  town const t(five);
  auto const o = patient();
  check_mismatch(meet<pond64, securenn64>(t.players, o, t.players, o), {"pond<ring64, 16", "securenn<ring64, 16"});
  check_mismatch(meet<pond64, pond<ring32, 8>>(t.players, o, t.players, o), {"pond<ring64, 16", "pond<ring32, 8"});
  check_mismatch(meet<pond64, pond<ring64, 12>>(t.players, o, t.players, o), {"pond<ring64, 16", "pond<ring64, 12"});
  check_mismatch(meet<pond64, pond<ring64, 16, local>>(t.players, o, t.players, o), {"assisted", "local"});
  check_mismatch(
      meet<securenn64, securenn<ring64, 16, assisted, securenn_policy::as_published>>(t.players, o, t.players, o),
      {securenn64::name(), securenn<ring64, 16, assisted, securenn_policy::as_published>::name()});
}

TEST_CASE("another set of players, or another order, is refused by both players") {
  town const t(five);
  auto const endpoint = [&](std::string const& name) {
    return fmt::format("\"{}\": \"{}\"", name, to_string(t.players.endpoint(name)));
  };
  auto const other = cluster::parse(fmt::format("{{{}, {}, {}, {}, {}}}", endpoint("server1"), endpoint("server0"),
                                                endpoint("server2"), endpoint("owner"), endpoint("client")),
                                    "other.json");
  check_mismatch(
      meet<pond64, pond64>(t.players, patient(), other, patient()),
      {"the players", "server0, server1, server2, owner, client", "server1, server0, server2, owner, client"});
}

TEST_CASE("a player that dies in the middle of a run ends the others, who name it") {
  names const players{"server0", "server1", "server2", "owner", "client"};
  for (std::string const dead : {"server1", "server2", "client"}) {
    CAPTURE(dead);
    town const t(players);
    auto const play = [&](std::string const& name, bool dies) {
      run<securenn64>(
          t.players, name,
          [&](auto& on) {
            auto const x = on.private_input("owner", {2}, [] { return plain_tensor{1.0, -2.0}; });
            auto const y = on.private_input("owner", {2}, [] { return plain_tensor{1.0, 2.0}; });
            if (dies) {
              ::kill(::getpid(), SIGKILL);  // without a word
            }
            auto const z = relu(x) + y + on.private_input("client", {2}, [] { return plain_tensor{0.0, 0.0}; });
            on.output("owner", relu(z), [](auto const&) {});
            on.output("client", z, [](auto const&) {});
          },
          patient());
    };
    auto const child = ::fork();  // no other thread runs here
    if (child == 0) {
      fate_of([&] { play(dead, true); });
      ::_exit(1);
    }
    REQUIRE(child > 0);
    std::map<std::string, fate> fates;
    for (auto const& name : players)
      if (name != dead) fates[name];
    {
      std::vector<std::jthread> threads;
      for (auto& [name, f] : fates)
        threads.emplace_back([&, who = name, into = &f] { *into = fate_of([&] { play(who, false); }); });
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    for (auto const& [name, f] : fates) {
      CAPTURE(name);
      CHECK(f.type == "channel_closed");
      CHECK(contains(f.text, dead));
    }
  }
}

TEST_CASE("a name that is not in the configuration, a role that nobody has and a local cluster are refused at once") {
  town const t({"server0", "server1", "server2"});
  CHECK(fate_of([&] { run<pond64>(t.players, "nobody", [](auto&) {}); }).type == "bad_option");
  CHECK(contains(fate_of([&] { run<pond64>(t.players, "nobody", [](auto&) {}); }).text,
                 "no player 'nobody'; the players are server0, server1, server2"));
  town const without({"server0", "server1", "client"});
  CHECK(contains(fate_of([&] { run<pond64>(without.players, "client", [](auto&) {}); }).text,
                 "needs a player called crypto-producer"));
  auto const local = fate_of([&] {
    run<pond64>(local_cluster({"server0", "server1", "server2"}), "server0", [](auto&) {});
  });
  CHECK(local.type == "bad_option");
  CHECK(contains(local.text, "no addresses"));
}

TEST_CASE("players who never come are named when the wait is over") {
  town const t({"server0", "server1", "server2", "client"});
  auto options = patient();
  options.connect_wait = std::chrono::milliseconds(50);
  auto const f = fate_of([&] {
    run<pond64>(
        t.players, "server0", [](auto&) {}, options);
  });
  CHECK(f.type == "channel_error");
  CHECK(contains(f.text, "50 ms"));
  for (auto const* name : {"server1", "server2", "client"}) CHECK(contains(f.text, name));
}

}  // namespace koi::test
