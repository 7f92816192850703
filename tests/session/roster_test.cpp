// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/roster.hpp>

#include <koi/protocol.hpp>

#include <doctest/doctest.h>

namespace koi::test {

namespace {

using pond64 = pond<ring64, 16>;
using securenn64 = securenn<ring64, 16>;
using names = std::vector<std::string>;

template <class P>
std::string refusal(names const& players) {
  try {
    (void)find_roster<P>(players);
  } catch (bad_option const& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("roles are found by name, in any order") {
  auto const who = find_roster<pond64>({"client", "server1", "crypto-producer", "server0", "owner"});
  CHECK(who.server0 == 3);
  CHECK(who.server1 == 1);
  CHECK(who.helper == 2);
  CHECK(who.helper_role == role::deal);
  CHECK(find_roster<securenn64>({"server2", "server1", "server0"}).helper == 0);
  CHECK(find_roster<securenn64>({"server2", "server1", "server0"}).helper_role == role::assist);
}

TEST_CASE("the helper is found under each of its names, the preferred one first") {
  CHECK(find_roster<pond64>({"server0", "server1", "crypto_producer"}).helper == 2);
  CHECK(find_roster<pond64>({"server0", "server1", "server2"}).helper == 2);
  CHECK(find_roster<pond64>({"server0", "server1", "server2", "crypto_producer", "crypto-producer"}).helper == 4);
  CHECK(find_roster<pond64>({"server0", "server1", "server2", "crypto_producer"}).helper == 3);
}

TEST_CASE("who is missing is named, with those who are there") {
  auto const protocol = pond64::name();
  CHECK(refusal<pond64>({"server1", "crypto-producer"}) ==
        protocol + " needs a player called server0; the players are server1, crypto-producer");
  CHECK(refusal<pond64>({"server0", "crypto-producer"}) ==
        protocol + " needs a player called server1; the players are server0, crypto-producer");
  CHECK(refusal<pond64>({"server0", "server1", "owner"}) ==
        protocol +
            " needs a player called crypto-producer or crypto_producer or server2; the players are server0, server1, "
            "owner");
  CHECK(refusal<securenn64>({"server0", "server1", "crypto-producer"}) ==
        securenn64::name() + " needs a player called server2; the players are server0, server1, crypto-producer");
  CHECK(refusal<securenn64>({"Server0", "server1", "server2"}).find("server0") != std::string::npos);
}

TEST_CASE("servers and helper are added to the owners where they are missing, under the helper's name if it is there") {
  CHECK(with_servers<pond64>({"owner", "client"}) == names{"server0", "server1", "crypto-producer", "owner", "client"});
  CHECK(with_servers<securenn64>({"owner"}) == names{"server0", "server1", "server2", "owner"});
  CHECK(with_servers<pond64>({"server1", "owner", "server0"}) ==
        names{"server0", "server1", "crypto-producer", "owner"});
  CHECK(with_servers<pond64>({"crypto_producer", "owner"}) == names{"server0", "server1", "crypto_producer", "owner"});
  CHECK(with_servers<pond64>({"owner", "server2"}) == names{"server0", "server1", "server2", "owner"});
  CHECK(with_servers<pond64>({"server2", "crypto-producer"}) ==
        names{"server0", "server1", "crypto-producer", "server2"});
  CHECK(with_servers<securenn64>({}) == names{"server0", "server1", "server2"});
}

TEST_CASE("servers and helper have links with each other, owners with the servers alone") {
  names const players{"owner", "server1", "client", "helper", "server0"};
  roster const who{4, 1, 3, role::deal};
  auto const linked = [&](std::string const& a, std::string const& b) {
    auto const at = [&](std::string const& name) {
      return static_cast<std::size_t>(std::find(players.begin(), players.end(), name) - players.begin());
    };
    CHECK(have_link(who, at(a), at(b)) == have_link(who, at(b), at(a)));
    return have_link(who, at(a), at(b));
  };
  for (std::string const server : {"server0", "server1"}) {
    CHECK(linked(server, "helper"));
    CHECK(linked(server, "owner"));
    CHECK(linked(server, "client"));
    CHECK_FALSE(linked(server, server));
  }
  CHECK(linked("server0", "server1"));
  CHECK_FALSE(linked("owner", "client"));
  CHECK_FALSE(linked("owner", "helper"));
  CHECK_FALSE(linked("client", "helper"));
  CHECK_FALSE(linked("owner", "owner"));
}

TEST_CASE("of two players with a link exactly one calls, and owners call the servers") {
  roster const who{4, 1, 3, role::deal};
  for (std::size_t a = 0; a < 6; ++a)
    for (std::size_t b = 0; b < 6; ++b) {
      CAPTURE(a);
      CAPTURE(b);
      CHECK(dials(who, a, b) + dials(who, b, a) == have_link(who, a, b));
      bool const owner = a == 0 || a == 2 || a == 5, server = b == 1 || b == 4;
      if (owner && server) CHECK(dials(who, a, b));
    }
}

}  // namespace koi::test
