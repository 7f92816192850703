// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/credentials.hpp>

#include "channel_suite.hpp"
#include "tls_ends.hpp"

namespace koi::test {

namespace {

std::string refusal(key_files const& files) {
  return thrown<bad_option>([&] { (void)credentials::load(files); });
}

struct bundle {
  scratch_folder s;
  test_authority authority;
  key_files files = authority.write(s.path, "server0");

  /// Why nobody should call with this.
  std::string unfit(std::string const& player = "server0") const {
    return thrown<bad_option>([&] { credentials::load(files).check(player); });
  }
};

}  // namespace

TEST_CASE("good keys load, and say whose they are") {
  bundle b;
  auto const c = credentials::load(b.files);
  c.check("server0");
  CHECK(c.self().is("server0"));
  CHECK(c.self().fingerprint.size() == 7 + 64);
}

TEST_CASE("keys that cannot be read say which file and why") {
  bundle b;
  for (auto const* file : {&b.files.authority, &b.files.certificate, &b.files.key}) {
    CAPTURE(file->string());
    auto const away = b.s.path / "away";
    std::filesystem::rename(*file, away);
    CHECK(contains(refusal(b.files), file->string()));
    CHECK(contains(refusal(b.files), "is missing. `koi keys` makes it"));
    std::string const text = "no PEM";
    write_private(*file, bytes_of(text.data(), text.size()));
    CHECK(contains(refusal(b.files), file->string()));
    CHECK(contains(refusal(b.files), "in PEM form"));
    std::filesystem::remove(*file);
    std::filesystem::create_directory(*file);
    CHECK(contains(refusal(b.files), "is no file"));
    std::filesystem::remove(*file);
    std::filesystem::rename(away, *file);
  }
  credentials::load(b.files).check("server0");
}

TEST_CASE("a key that others may use is refused") {
  using std::filesystem::perms;
  bundle b;
  for (auto const right : {perms::group_read, perms::others_read, perms::group_write, perms::others_write}) {
    std::filesystem::permissions(b.files.key, right, std::filesystem::perm_options::add);
    CHECK(contains(refusal(b.files), b.files.key.string()));
    CHECK(contains(refusal(b.files), "chmod 600"));
    std::filesystem::permissions(b.files.key, right, std::filesystem::perm_options::remove);
  }
  std::filesystem::permissions(b.files.certificate, perms::others_read, std::filesystem::perm_options::add);
  credentials::load(b.files).check("server0");  // certificates are public
  b.files.password_file = b.s.path / "password";
  write_private(b.files.password_file, {});
  std::filesystem::permissions(b.files.password_file, perms::others_read, std::filesystem::perm_options::add);
  CHECK(contains(refusal(b.files), "password of the private key"));
}

TEST_CASE("a certificate that others may write is refused") {
  using std::filesystem::perms;
  bundle b;
  for (auto const* file : {&b.files.authority, &b.files.certificate})
    for (auto const right : {perms::group_write, perms::others_write}) {
      std::filesystem::permissions(*file, right, std::filesystem::perm_options::add);
      CHECK(contains(refusal(b.files), file->string()));
      CHECK(contains(refusal(b.files), "chmod go-w"));
      std::filesystem::permissions(*file, right, std::filesystem::perm_options::remove);
    }
  credentials::load(b.files).check("server0");
}

TEST_CASE("a date that the clock's type does not hold is its last or first one") {
  using clock = std::chrono::system_clock;
  auto const at = [](char const* text) {
    std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> const t{ASN1_TIME_new(), ASN1_TIME_free};
    REQUIRE(ASN1_TIME_set_string(t.get(), text) == 1);
    return detail::time_of(t.get());
  };
  CHECK(at("99991231235959Z") > clock::time_point::max() - 2s);
  CHECK(at("00010101000000Z") < clock::time_point::min() + 2s);
  CHECK(detail::date_text(at("20991231235900Z")) == "2099-12-31 23:59 UTC");
  CHECK(at("99991231235959Z") - clock::now() > expiry_warning);
}

TEST_CASE("a key and a certificate that do not belong together are refused") {
  bundle b;
  auto const other = b.authority.write(b.s.path, "server1");
  std::filesystem::copy_file(other.key, b.files.key, std::filesystem::copy_options::overwrite_existing);
  CHECK(contains(refusal(b.files), b.files.key.string() + " is not the key of the certificate"));
}

TEST_CASE("an encrypted key needs its password") {
  bundle b;
  (void)b.authority.write(b.s.path, "server0", -1h, 24h, "sesame");
  CHECK(contains(refusal(b.files), "is encrypted, and there is no password"));
  CHECK(contains(refusal(b.files), "\"password_file\""));
}

TEST_CASE("a certificate that the others would refuse is noticed at home") {
  bundle b;
  std::string expected;
  std::string player = "server0";
  SUBCASE("expired") {
    (void)b.authority.write(b.s.path, "server0", -48h, -24h);
    expected = "this player's certificate ('server0') expired on";
  }
  SUBCASE("not valid yet") {
    (void)b.authority.write(b.s.path, "server0", 24h, 48h);
    expected = "this player's certificate ('server0') is not valid before";
  }
  SUBCASE("of another authority") {
    test_authority const other{"other-authority"};
    std::ofstream{b.files.authority} << "";
    auto const pem = detail::to_pem(other.certificate.get());
    write_private(b.files.authority, pem);
    expected = "this player's certificate ('server0') was signed by another authority ('test-authority')";
  }
  SUBCASE("of an authority that expired") {
    test_authority const old{"old-authority", -48h, -24h};
    (void)old.write(b.s.path, "server0");
    expected = "the authority's certificate ('old-authority') expired on";
  }
  SUBCASE("another player's") {
    player = "server1";
    expected = "this certificate is for 'server0', not for server1";
  }
  auto const text = b.unfit(player);
  CHECK(contains(text, b.files.certificate.string() + ": "));
  CHECK(contains(text, expected));
  if (expected.find("expired") != std::string::npos || expected.find("before") != std::string::npos)
    CHECK(contains(text, "this machine's clock says 20"));
}

}  // namespace koi::test
