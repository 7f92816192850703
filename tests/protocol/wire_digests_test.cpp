// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/recording_channel.hpp"

#include <koi/kernels/dispatch.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

/// The bytes on the wire, under fixed seeds, have not changed: neither since the digests in
/// tests/golden/wire_digests.txt were written, nor with the build's optimisation or instruction set.
/// A change that is meant needs a line "Wire:" in the changelog.
namespace koi::testing {

namespace {

/// The first line of the file.
constexpr std::string_view heading =
    "# To write this anew: empty it, run the test protocol.wire_digests by hand, and keep what it prints:"
    " | sed -n 's/^ *now: //p'. Fields: protocol, operation, sender->receiver (servers 0 and 1, helper 2, owners), "
    "messages,"
    " payload bytes, SHA-256 over each message's program digest, operation number, name, phase, length and payload.";

auto const golden = std::filesystem::path(__FILE__).parent_path().parent_path() / "golden" / "wire_digests.txt";

/// SHA-256 over every message: its digest of the program, number, name, phase, length and payload.
class wire_digest {
 public:
  wire_digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    koi::detail::require_crypto(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256");
  }
  void add(message const& m) {
    std::vector<std::byte> head;
    append(head, m.tag.digest);
    append(head, m.tag.operation);
    append(head, m.tag.name);
    append(head, m.tag.ph);
    append(head, std::uint64_t{m.bytes.size()});
    update(head);
    update(m.bytes);
  }
  [[nodiscard]] std::string hex() {
    std::array<unsigned char, 32> out{};
    koi::detail::require_crypto(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1, "SHA-256");
    std::string text;
    for (auto const byte : out) text += fmt::format("{:02x}", byte);
    return text;
  }

 private:
  void update(const_byte_span bytes) {
    koi::detail::require_crypto(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-256");
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

/// Numbers of both signs, the largest ones that may be truncated among them.
template <Ring R>
tensor<R> numbers(shape_type const& shape, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  tensor<R> x(shape);
  for (auto& word : x.elements()) {
    auto const v = static_cast<typename R::value_type>(random() >> (64 - R::bits / 3));
    word = random() % 2 == 0 ? v : R::neg(v);
  }
  auto const most = static_cast<typename R::value_type>(R::power(R::bits - 3) - 1);
  for (std::size_t i = 0; i < std::min<std::size_t>(4, x.size()); ++i)
    x[i] = std::array{typename R::value_type{0}, R::neg(1), most, R::neg(most)}[i];
  return x;
}

/// One line for every direction in which an operation sends: "operation from->to messages bytes digest".
template <ComparingProtocol P>
std::vector<std::string> lines_of(
    std::string const& operation_name,
    std::function<void(party&, typename P::share_type const&, typename P::share_type const&)> const& body,
    std::vector<shape_type> const& shapes) {
  using R = typename P::ring;
  transcript log;
  run_parties<P>(recorded(log, 42), [&](party& self) {
    auto const x = shared<P>(self, numbers<R>(shapes[0], 1)), y = shared<P>(self, numbers<R>(shapes[1], 2), 4);
    body(self, x, y);
  });
  auto protocol = P::name();
  std::erase(protocol, ' ');
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < 5; ++from)
    for (std::size_t to = 0; to < 5; ++to) {
      wire_digest digest;
      std::size_t messages = 0, bytes = 0;
      for (auto const& m : log.on(from, to)) {
        if (to_string(m.tag.name) == "input" && operation_name != "input") continue;
        digest.add(m);
        ++messages;
        bytes += m.bytes.size();
      }
      if (messages != 0)
        lines.push_back(
            fmt::format("{} {} {}->{} {} {} {}", protocol, operation_name, from, to, messages, bytes, digest.hex()));
    }
  return lines;
}

template <ComparingProtocol P>
std::vector<std::string> all_lines() {
  using share = typename P::share_type;
  std::vector<std::string> lines;
  auto const add = [&](std::string const& name, std::vector<shape_type> const& shapes, auto body) {
    for (auto& line : lines_of<P>(name, body, shapes)) lines.push_back(std::move(line));
  };
  std::vector<shape_type> const same{{67}, {67}}, many{{600}, {1}}, matrices{{5, 37}, {37, 19}};
  add("input", same, [](party&, share const&, share const&) {});
  add("mul", same, [](party& self, share const& x, share const& y) { (void)P::mul(self, x, y); });
  add("square", same, [](party& self, share const& x, share const&) { (void)P::square(self, x); });
  add("matmul", matrices,
      [](party& self, share const& x, share const& y) { (void)P::output(self, 4, P::matmul(self, x, y)); });
  add("lasting", matrices, [](party& self, share const& x, share const& y) {
    y.make_lasting();
    (void)P::matmul(self, x, y);
  });
  add("truncate", many,
      [](party& self, share const& x, share const&) { (void)P::output(self, 4, P::truncate(self, x, 5)); });
  add("compare", many,
      [](party& self, share const& x, share const&) { (void)P::output(self, 4, P::is_nonnegative(self, x)); });
  add("relu", many, [](party& self, share const& x, share const&) { (void)P::output(self, 4, P::relu(self, x)); });
  add("truncate_relu", many,
      [](party& self, share const& x, share const&) { (void)P::output(self, 4, P::truncate_relu(self, x, 5)); });
  add("argmax", same, [](party& self, share const& x, share const&) {
    (void)P::output(self, 3, argmax(private_tensor<P>(self, x), 0).share());
  });
  add("output", same, [](party& self, share const& x, share const& y) {
    (void)P::output(self, 0, x);
    (void)P::output(self, 1, x);
    (void)P::output(self, 3, y);
  });
  add("reveal", same, [](party& self, share const& x, share const&) { (void)P::reveal(self, x); });
  return lines;
}

std::vector<std::string> every_line() {
  std::vector<std::string> lines;
  auto const add = [&](std::vector<std::string> more) { lines.insert(lines.end(), more.begin(), more.end()); };
  add(all_lines<pond<ring64, 16>>());
  add(all_lines<pond<ring128, 20>>());
  add(all_lines<pond<ring32, 8, local>>());
  add(all_lines<pond<ring64, 16, assisted, pond_policy::carry_tree<2>>>());
  add(all_lines<pond<ring64, 16, assisted, pond_policy::comparison_keys<40>>>());
  add(all_lines<securenn<ring64, 16>>());
  add(all_lines<securenn<ring32, 8>>());
  add(all_lines<securenn<ring64, 16, assisted, securenn_policy::as_published>>());
  return lines;
}

/// The line up to its digest.
std::string key_of(std::string const& line) {
  auto end = line.rfind(' ');
  for (int fields = 0; fields < 2; ++fields) end = line.rfind(' ', end - 1);
  return line.substr(0, end);
}

/// The instruction sets whose kernels this program can use, or the one that it is compiled for.
std::vector<std::string_view> instruction_sets() {
#if defined(KOI_KERNELS)
  auto const all = kernels::available();
  return {all.begin(), all.end()};
#else
  return {kernels::chosen()};
#endif
}

}  // namespace

TEST_CASE("every protocol sends the bytes that it sent when wire_digests.txt was written, with any kernels") {
  std::map<std::string, std::string> written;
  std::ifstream file(golden);
  REQUIRE_MESSAGE(file.good(), "cannot read ", golden.string());
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') written[key_of(line)] = line;

  for (auto const set : instruction_sets()) {
    CAPTURE(set);
#if defined(KOI_KERNELS)
    kernels::use(set);
#endif
    auto left = written;
    std::size_t changed = 0;
    std::ostringstream now;
    now << "now: " << heading << "\n";
    for (auto const& line : every_line()) {
      auto const at = left.find(key_of(line));
      if (at == left.end() || at->second != line) {
        ++changed;
        now << "now: " << line << "\n";
      }
      if (at != left.end()) left.erase(at);
    }
    CHECK_MESSAGE(changed == 0, "the wire changed; the lines that differ:\n", now.str());
    for (auto const& [key, line] : left) FAIL_CHECK("nothing sends this any more: ", line);
  }
}

TEST_CASE("the digest sees one bit, one header, one message more") {
  auto const of = [](std::vector<message> const& messages) {
    wire_digest digest;
    for (auto const& m : messages) digest.add(m);
    return digest.hex();
  };
  message m{0, 1, {}, std::vector<std::byte>(9)};
  auto const plain = of({m});
  CHECK(of({m}) == plain);
  CHECK(of({m, m}) != plain);
  auto const differs = [&](auto change) {
    auto other = m;
    change(other);
    CHECK(of({other}) != plain);
  };
  differs([](message& o) { o.bytes[8] = std::byte{1}; });
  differs([](message& o) { o.bytes.pop_back(); });
  differs([](message& o) { o.tag.digest = 1; });
  differs([](message& o) { o.tag.operation = 1; });
  differs([](message& o) { o.tag.ph = phase::offline; });
  differs([](message& o) { o.tag.name = make_frame_name("x"); });
}

}  // namespace koi::testing
