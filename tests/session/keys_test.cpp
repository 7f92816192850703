// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/keys.hpp>

#include "tests/net/channel_suite.hpp"
#include "tests/net/tls_ends.hpp"

#include <map>

namespace koi::test {

namespace {

namespace fs = std::filesystem;

/// Every file below a folder with its content.
std::map<std::string, std::string> everything(fs::path const& folder) {
  std::map<std::string, std::string> out;
  for (auto const& entry : fs::recursive_directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    out[fs::relative(entry.path(), folder).string()] =
        entry.is_directory() ? "folder" : std::string{std::istreambuf_iterator<char>(file), {}};
  }
  return out;
}

credentials loaded(fs::path const& folder, std::string const& player) {
  auto out = credentials::load(key_files::in(folder, player));
  out.check(player);
  return out;
}

}  // namespace

TEST_CASE("keys for players, and for their owners alone") {
  scratch_folder s;
  auto const folder = s.path / "deep" / "keys";
  auto const made = write_keys(folder, {"server0", "crypto-producer"});
  REQUIRE(made.size() == 2);
  CHECK(made[0].player == "server0");
  CHECK(made[0].fingerprint == loaded(folder, "server0").self().fingerprint);
  CHECK(made[1].fingerprint == loaded(folder, "crypto-producer").self().fingerprint);
  CHECK(made[0].fingerprint != made[1].fingerprint);
  auto const days = [](auto when) { return (when - std::chrono::system_clock::now()) / 1h / 24.0; };
  CHECK(days(made[0].valid_until) == doctest::Approx(397).epsilon(0.01));
  CHECK(days(detail::valid_until(loaded(folder, "server0").authority())) == doctest::Approx(825).epsilon(0.01));

  std::vector<std::string> names;
  for (auto const& [name, content] : everything(folder)) {
    names.push_back(name);
    CAPTURE(name);
    auto const rights = fs::status(folder / name).permissions() & fs::perms::mask;
    CHECK(rights == (content == "folder" ? fs::perms::owner_all : fs::perms::owner_read | fs::perms::owner_write));
  }
  CHECK((fs::status(folder).permissions() & fs::perms::mask) == fs::perms::owner_all);
  CHECK(names == std::vector<std::string>{"authority.crt", "authority.key", "crypto-producer",
                                          "crypto-producer/authority.crt", "crypto-producer/player.crt",
                                          "crypto-producer/player.key", "server0", "server0/authority.crt",
                                          "server0/player.crt", "server0/player.key"});
}

TEST_CASE("a certificate is for one player, as caller and called, and signs nothing") {
  scratch_folder s;
  write_keys(s.path, {"server0"});
  auto const c = loaded(s.path, "server0");
  auto* const own = c.own();
  CHECK(detail::names_of(own) == std::vector<std::string>{"server0"});
  CHECK(detail::subject_of(own) == "server0");
  CHECK(X509_check_ca(own) == 0);
  CHECK(X509_get_key_usage(own) == KU_DIGITAL_SIGNATURE);
  CHECK(X509_get_extended_key_usage(own) == (XKU_SSL_SERVER | XKU_SSL_CLIENT));
  CHECK(detail::valid_from(own) < std::chrono::system_clock::now() - 59min);
  CHECK(BN_num_bits(detail::x509_owner<BIGNUM>{ASN1_INTEGER_to_BN(X509_get0_serialNumber(own), nullptr)}.get()) == 127);
}

TEST_CASE("players can be added, and keys are not overwritten unless that is asked for") {
  scratch_folder s;
  write_keys(s.path, {"server0"});
  auto const before = everything(s.path);
  CHECK(contains(thrown<bad_option>([&] { write_keys(s.path, {"server1", "server0"}); }), "is there already"));
  CHECK(everything(s.path) == before);

  write_keys(s.path, {"server1"});
  auto const after = everything(s.path);
  for (auto const& [name, content] : before) CHECK(after.at(name) == content);
  CHECK(after.at("server1/authority.crt") == after.at("authority.crt"));

  key_options again;
  again.replace = true;
  auto const made = write_keys(s.path, {"server0"}, again);
  auto const last = everything(s.path);
  CHECK(last.at("server0/player.key") != before.at("server0/player.key"));
  CHECK(last.at("authority.key") == before.at("authority.key"));
  CHECK(last.size() == after.size());  // nothing old lies about
  CHECK(made[0].fingerprint == loaded(s.path, "server0").self().fingerprint);
}

TEST_CASE("an authority that cannot be used is not replaced") {
  scratch_folder s;
  write_keys(s.path, {"server0"});
  std::string expected;
  key_options options;
  SUBCASE("the key is elsewhere") {
    fs::remove(s.path / "authority.key");
    expected = "authority.key is missing";
  }
  SUBCASE("the certificate is elsewhere") {
    fs::remove(s.path / "authority.crt");
    expected = "authority.crt is missing";
  }
  SUBCASE("another key") {
    scratch_folder other;
    write_keys(other.path, {"x"});
    fs::copy_file(other.path / "authority.key", s.path / "authority.key", fs::copy_options::overwrite_existing);
    expected = "is not the key of";
  }
  SUBCASE("expired") {
    options.now += 24h * 826;
    expected = "expired on";
  }
  SUBCASE("open to others") {
    fs::permissions(s.path / "authority.key", fs::perms::group_read, fs::perm_options::add);
    expected = "others than its owner";
  }
  auto const before = everything(s.path);
  CHECK(contains(thrown<bad_option>([&] { write_keys(s.path, {"server1"}, options); }), expected));
  CHECK(everything(s.path) == before);
}

TEST_CASE("keys under a password") {
  scratch_folder s;
  key_options options;
  options.password = "open sesame";
  options.authority_password = "another";
  write_keys(s.path, {"server0"}, options);
  auto files = key_files::in(s.path, "server0");
  CHECK(
      contains(thrown<bad_option>([&] { (void)credentials::load(files); }), "is encrypted, and there is no password"));
  files.password_file = s.path / "password";
  auto const give = [&](std::string const& text) {
    write_private(files.password_file, bytes_of(text.data(), text.size()));
  };
  give("wrong\n");
  CHECK(contains(thrown<bad_option>([&] { (void)credentials::load(files); }), "does not open it"));
  give("open sesame\n");
  credentials::load(files).check("server0");

  options.authority_password = "";
  CHECK(contains(thrown<bad_option>([&] { write_keys(s.path, {"server1"}, options); }), "there is no password for it"));
  options.authority_password = "other";
  CHECK(contains(thrown<bad_option>([&] { write_keys(s.path, {"server1"}, options); }), "does not open it"));
  options.authority_password = "another";
  write_keys(s.path, {"server1"}, options);
}

TEST_CASE("a password is kept in memory that is wiped") {
  static_assert(!std::is_convertible_v<detail::secret_text, std::string>);
  detail::secret_text kept = std::string("sesame");
  CHECK(std::string_view{kept} == "sesame");
  CHECK(kept.bytes().size() == 6);
  kept = "";
  CHECK(kept.empty());
  CHECK(std::is_same_v<decltype(key_options{}.password), detail::secret_text>);
  CHECK(std::is_same_v<decltype(key_options{}.authority_password), detail::secret_text>);
}

TEST_CASE("a name that cannot stand in a certificate is refused before anything is written") {
  scratch_folder s;
  for (auto const* bad : {"", "..", ".a", "-a", "a/b", "a,b", "a b", "DNS:x", "a\n", "\xc3\xa4"}) {
    CAPTURE(bad);
    CHECK(contains(thrown<bad_option>([&] { write_keys(s.path / "keys", {"server0", bad}); }), "cannot stand in a"));
  }
  CHECK_THROWS_AS(write_keys(s.path / "keys", {std::string(64, 'a')}), bad_option);
  CHECK_THROWS_AS(write_keys(s.path / "keys", {"a", "a"}), bad_option);
  CHECK_THROWS_AS(write_keys(s.path / "keys", {}), bad_option);
  CHECK(fs::is_empty(s.path));
}

TEST_CASE("a player's certificate ends with its authority") {
  scratch_folder s;
  key_options options;
  options.authority_valid = 24h * 30;
  auto const made = write_keys(s.path, {"server0"}, options);
  CHECK(made[0].valid_until == detail::valid_until(loaded(s.path, "server0").authority()));
}

}  // namespace koi::test
