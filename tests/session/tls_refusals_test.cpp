// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/connect.hpp>

#include "tests/session/tls_town.hpp"

namespace koi::test {

namespace {

/// server0 waits for server1, is called by somebody who is refused, and then by server1 itself.
struct visited {
  tls_town t{{"server0", "server1"}};
  listening l;
  std::future<connected_players> first;

  void open(std::string const& settings = "") {
    first = in_thread([players = t.configured(settings), o = l.options] { return meet_in(players, 0, o); });
  }
  /// What server0 has said; it has met server1 all the same.
  std::string close(std::string const& settings = "") {
    std::vector<connected_players> all;
    all.push_back(meet_in(t.configured(settings), 1));
    all.insert(all.begin(), first.get());
    CHECK(all[0].dropped == 1);
    talk(all);
    return l.text();
  }
  credentials of(test_authority const& a, std::string const& name, std::chrono::hours from = -1h,
                 std::chrono::hours until = 24h * 100) const {
    return credentials::load(a.write(t.folder.path / "others", name, from, until));
  }
};

}  // namespace

TEST_CASE("a caller whose certificate is not accepted is refused, and both say why") {
  visited v;
  test_authority const other{"other-authority"};
  std::optional<credentials> mine;
  std::string here, there;
  SUBCASE("expired") {
    mine = v.of(v.t.authority, "server1", -48h, -24h);
    here = "a caller was refused: its certificate ('server1') expired on";
    there = "it refuses this player's certificate as expired: it is valid from";
  }
  SUBCASE("not yet valid") {
    mine = v.of(v.t.authority, "server1", 24h, 48h);
    here = "a caller was refused: its certificate ('server1') is not valid before";
    there = "not valid yet by its clock: it is valid from";
  }
  SUBCASE("wrong authority") {
    mine = v.of(other, "server1");
    here = "a caller was refused: its certificate ('server1') was signed by another authority ('other-authority')";
    there = "trusts another authority than 'other-authority'";
  }
  v.open();
  by_hand caller{v.t.where[0]};
  // the caller looks at the called player's certificate as one of the right authority would
  X509_STORE_add_cert(SSL_CTX_get_cert_store(mine->context()), v.t.authority.certificate.get());
  REQUIRE(caller.shake(*mine, detail::tls_end::calling));
  CHECK_FALSE(caller.hear());
  CHECK(contains(caller.why(), there));
  caller.leave();
  auto const text = v.close();
  CHECK(contains(text, here));
  CHECK(contains(text, here.find("authority") == std::string::npos ? "this machine's clock says" : "'test-authority'"));
}

TEST_CASE("a caller without a certificate, or with an old TLS, is refused") {
  visited v;
  auto mine = v.of(v.t.authority, "server1");
  std::string here;
  SUBCASE("no certificate") {
    auto bare = SSL_CTX_new(TLS_method());
    v.open();
    by_hand caller{v.t.where[0]};
    auto* const ssl = SSL_new(bare);
    SSL_set_fd(ssl, caller.talk->socket.native_handle());
    CHECK(SSL_connect(ssl) == 1);  // TLS 1.3 tells the caller afterwards
    char one;
    CHECK(SSL_read(ssl, &one, 1) <= 0);
    SSL_free(ssl);
    SSL_CTX_free(bare);
    caller.talk->close();
    here = "it has no certificate";
  }
  SUBCASE("TLS 1.2") {
    SSL_CTX_set_min_proto_version(mine.context(), TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(mine.context(), TLS1_2_VERSION);
    v.open();
    by_hand caller{v.t.where[0]};
    CHECK_FALSE(caller.shake(mine, detail::tls_end::calling));
    CHECK(contains(caller.why(), "speaks no TLS 1.3"));
    caller.leave();
    here = "it speaks no TLS 1.3";
  }
  CHECK(contains(v.close(), here));
}

TEST_CASE("a caller that is another player than it says is turned away") {
  visited v;
  auto const mine = v.of(v.t.authority, "mallory");
  v.open();
  by_hand caller{v.t.where[0]};
  REQUIRE(caller.shake(mine, detail::tls_end::calling));
  auto h = hello_from(v.t, 1, 0);
  std::string expected = "swapped identity: server1 was expected, but the certificate there is for 'mallory'";
  SUBCASE("as a player") {}
  SUBCASE("as itself, whom nobody expects") {
    h.from = "mallory";
    expected = "server0 expects no call of mallory";
  }
  caller.say(h);
  auto const heard = caller.hear();
  REQUIRE(heard);
  CHECK(heard->first == frame_kind::abort);
  CHECK(contains(heard->second, expected));
  caller.leave();
  CHECK(contains(v.close(), "server0: a caller was refused: " + expected));
}

TEST_CASE("callers that are refused for two reasons in turn are said once each") {
  visited v;
  auto const mine = v.of(v.t.authority, "mallory");
  v.open();
  for (int i = 0; i < 6; ++i) {
    by_hand caller{v.t.where[0]};
    REQUIRE(caller.shake(mine, detail::tls_end::calling));
    auto h = hello_from(v.t, 1, 0);
    if (i % 2 == 0) h.from = "mallory";
    caller.say(h);
    CHECK(caller.hear());
    caller.leave();
  }
  (void)meet_in(v.t.players, 1);
  CHECK(v.first.get().dropped == 6);
  auto const text = v.l.text();
  auto const first = text.find("a caller was refused: ");
  auto const second = text.find("a caller was refused: ", first + 1);
  CHECK(second != std::string::npos);
  CHECK(text.find("a caller was refused: ", second + 1) == std::string::npos);
}

TEST_CASE("a called player is refused for its dates, its name or its pin") {
  tls_town t{{"server0", "server1"}};
  auto const folder = t.folder.path / "others";
  cluster players = t.players;
  std::optional<credentials> shown;
  std::string here, there;
  SUBCASE("expired") {
    shown = credentials::load(t.authority.write(folder, "server0", -48h, -24h));
    here = "its certificate ('server0') expired on";
    there = "it refuses this player's certificate as expired";
  }
  SUBCASE("not yet valid") {
    shown = credentials::load(t.authority.write(folder, "server0", 24h, 48h));
    here = "its certificate ('server0') is not valid before";
    there = "not valid yet by its clock";
  }
  SUBCASE("another player") {
    shown = credentials::load(t.authority.write(folder, "helper"));
    here = there = "swapped identity: server0 was expected, but the certificate there is for 'helper'";
  }
  SUBCASE("another key than the pinned one") {
    shown = credentials::load(t.authority.write(folder, "server0"));
    auto const pin = credentials::load(t.players.keys_of("server0")).self().fingerprint;
    players = t.pinned(0, pin);
    here = there = "the certificate of server0 is not the one that the configuration of server1 pins: it has " +
                   shown->self().fingerprint + ", and " + pin + " was expected";
  }
  SUBCASE("TLS 1.2") {
    shown = credentials::load(t.authority.write(folder, "server0"));
    SSL_CTX_set_min_proto_version(shown->context(), TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(shown->context(), TLS1_2_VERSION);
    here = there = "it speaks no TLS 1.3";
  }
  auto caller = in_thread([&] { return thrown<bad_identity>([&] { meet_in(players, 1); }); });
  by_hand server{t, 0};
  if (server.shake(*shown, detail::tls_end::called)) {
    auto const heard = server.hear();
    CHECK(contains(heard ? heard->second : server.why(), there));
  } else {
    CHECK(contains(server.why(), there));
  }
  server.leave();
  auto const text = caller.get();
  CHECK(contains(text, "server0 at 127.0.0.1:"));
  CHECK(contains(text, here));
}

TEST_CASE("a caller with another key than the pinned one is turned away") {
  visited v;
  auto const pin = v.of(v.t.authority, "server1").self().fingerprint;  // in the folder "others"
  v.first = in_thread([players = v.t.pinned(1, pin), o = v.l.options] { return meet_in(players, 0, o); });
  auto const text = thrown<hello_mismatch>([&] { meet_in(v.t.players, 1); });
  CHECK(contains(text,
                 "server0 refused server1: the certificate of server1 is not the one that the configuration of "
                 "server0 pins"));
  CHECK(contains(v.close(R"("keys":"others",)"), "a caller was refused: the certificate of server1 is not the one"));
}

TEST_CASE("players of two authorities refuse each other") {
  visited v;
  test_authority const other{"other-authority"};
  (void)other.write(v.t.folder.path / "others", "server1");
  v.open();
  auto const text = thrown<bad_identity>([&] { meet_in(v.t.configured(R"("keys":"others",)"), 1); });
  CHECK(contains(text,
                 "its certificate ('server0') was signed by another authority ('test-authority') than the one that "
                 "this player trusts ('other-authority')"));
  CHECK(contains(v.close(), "it refuses this player's certificate, because it trusts another authority"));
}

TEST_CASE("a player with TLS and one without both say so") {
  visited v;
  SUBCASE("the caller is plain") {
    v.open();
    auto const text = thrown<hello_mismatch>([&] { meet_in(v.t.configured(R"("transport":"plain",)"), 1); });
    CHECK(contains(text, "server0 refused server1: the caller speaks plain TCP, and the player that it called TLS"));
    CHECK(contains(v.close(), "the caller speaks plain TCP"));
  }
  SUBCASE("the called player is plain") {
    v.open(R"("transport":"plain",)");
    auto const text = thrown<bad_identity>([&] { meet_in(v.t.players, 1); });
    CHECK(contains(text, "it speaks plain TCP, and this player TLS: all need the same \"transport\""));
    CHECK(
        contains(v.close(R"("transport":"plain",)"), "the caller speaks TLS, and the player that it called plain TCP"));
  }
}

}  // namespace koi::test
