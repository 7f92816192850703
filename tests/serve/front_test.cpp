// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/front.hpp>

#include "tests/io/files.hpp"

#include <koi/serve/client.hpp>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <future>

using namespace koi_tests;
namespace serve = koi::serve;
namespace asio = koi::detail::asio;
using koi::detail::tcp;
using namespace std::chrono_literals;

namespace {

/// Seconds after which the system asks an idle peer for a sign of life; 0 if it does not.
int keep_alive_of(int socket) {
  int on = 0, idle = 0;
  socklen_t size = sizeof on;
  REQUIRE(::getsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, &size) == 0);
  REQUIRE(::getsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, &size) == 0);
  return on != 0 ? idle : 0;
}

/// A front alone, with a model whose results are its inputs; the test answers in the engine's place.
struct stand {
  explicit stand(unsigned index = 1, serve::front_limits limits = {}, serve::desk_limits waiting = {},
                 serve::policy rules = serve::policy({{"*", {{"*"}, {"*"}, {"*"}, {{"*", serve::reveals::scores}}}}}))
      : requests(waiting, counts), models(counts),
        front(io, "127.0.0.1", 0, {index, "echo", 64, 16}, limits, std::move(rules), requests, models, counts, {this},
              [this](std::string_view line) { log.emplace_back(line); }) {
    models.set({{"echo", 1}, true, "", {3}, {3}});
    requests.open();
    running = std::jthread([this] { io.run(); });
  }
  ~stand() {
    asio::post(io, [this] { front.stop(); });
    running.join();
  }
  serve::plain_client_link call() { return serve::call_server("127.0.0.1", front.port(), "server1", 30s); }

  /// What the front has said in its thread so far.
  std::vector<std::string> lines() {
    std::promise<std::vector<std::string>> all;
    asio::post(io, [&] { all.set_value(log); });
    return all.get_future().get();
  }

  /// Notes how sockets come in, and knows callers by their loopback address: 127.0.0.2 is "client2".
  struct noting_door : serve::plain_door {
    noting_door(stand* of) : at(of) {}
    tcp::socket open(tcp::socket socket) const {
      at->idle_s = keep_alive_of(socket.native_handle());
      return socket;
    }
    template <class Done>
    void greet(stream& from, Done done) const {
      boost::system::error_code ec;
      auto const last = from.remote_endpoint(ec).address().to_string();
      done(ec, last == "127.0.0.1" ? std::string{} : "client" + last.substr(last.rfind('.') + 1));
    }
    stand* at;
  };
  /// Somebody with an identity.
  serve::plain_client_link call_as(unsigned number) {
    auto loop = koi::detail::make_io();
    tcp::socket socket(loop->context, tcp::endpoint(asio::ip::address_v4(0x7f000000 + number), 0));
    socket.connect({asio::ip::address_v4::loopback(), front.port()});
    return {std::move(loop), std::move(socket), "server1"};
  }

  serve::metrics counts;
  serve::desk requests;
  serve::catalog models;
  std::vector<std::string> log;
  std::atomic<int> idle_s{0};
  asio::io_context io{1};
  serve::front<noting_door> front;
  std::jthread running;
};

serve::request_id id_of(int n) {
  serve::request_id id{};
  id.fill(static_cast<std::byte>(n));
  return id;
}

struct ask {
  serve::request_id id = id_of(1);
  serve::model_id model{"echo", 1};
  std::uint8_t show = 0;
  koi::shape_type shape{2, 3};
  std::size_t payload = 48;

  koi::secret_bytes bytes() const {
    serve::message_writer out(serve::message::predict);
    out.bytes(id).model(model).word(show).shape(shape);
    return out.bytes(std::vector<std::byte>(payload)).finish();
  }
};

/// What a server says to some bytes: the kind of its message, or of its refusal, and its words.
std::string said(serve::plain_client_link& link) {
  auto const m = link.receive(1 << 20, 30s);
  if (m.kind == serve::message::held) return "held";
  if (m.kind == serve::message::result) return "result";
  if (m.kind == serve::message::models) return "models";
  serve::message_reader in(m.body, "server");
  (void)in.id();
  auto const why = static_cast<serve::refusal>(in.word<std::uint16_t>());
  return std::string(to_string(why)) + ": " + in.text();
}
std::string said(serve::plain_client_link& link, koi::secret_bytes const& bytes) {
  link.send(bytes, 30s);
  return said(link);
}

/// Whether the server hangs up.
bool hangs_up(serve::plain_client_link& link) {
  try {
    for (;;) (void)link.receive(1 << 20, 30s);
  } catch (koi::channel_closed const&) {
    return true;
  } catch (koi::channel_timeout const&) {
    return false;
  }
}

}  // namespace

TEST_CASE("front: a request lies on the desk until the engine takes it, and its answer comes back") {
  stand at;
  auto link = at.call();
  CHECK(said(link, ask{}.bytes()) == "held");
  auto const r = at.requests.take(id_of(1));
  REQUIRE(r);
  CHECK(r->model == serve::model_id{"echo", 1});
  CHECK(r->shape == koi::shape_type{2, 3});
  CHECK(r->payload.size() == 48);
  r->answer(serve::message_writer(serve::message::result).bytes(r->id).shape({0}).finish());
  CHECK(said(link) == "result");

  CHECK(said(link, serve::message_writer(serve::message::list).finish()) == "models");
}

TEST_CASE("front: server 0 takes a seed and says nothing before the result") {
  stand at(0);
  auto link = at.call();
  auto a = ask{};
  a.payload = 32;
  link.send(a.bytes(), 30s);
  auto const batch = at.requests.next(30s);
  REQUIRE(batch.size() == 1);
  CHECK(batch[0].payload.size() == 32);
}

TEST_CASE("front: what does not fit is refused with the reason, and the connection stays") {
  stand at;
  auto link = at.call();
  auto const refused = [&](auto change, std::string const& part) {
    ask a;
    change(a);
    says(said(link, a.bytes()), part);
  };
  refused([](ask& a) { a.model.name = "nobody"; }, "unknown model: nobody:1");
  refused([](ask& a) { a.shape = {2, 4}, a.payload = 64; }, "bad shape: echo:1 takes samples of shape [3]; [2,4] came");
  refused([](ask& a) { a.shape = {0, 3}, a.payload = 0; }, "bad shape");
  refused([](ask& a) { a.shape = {3}, a.payload = 24; }, "bad shape");
  refused([](ask& a) { a.shape = {65, 3}, a.payload = 65 * 24; }, "65 samples in a request; at most 64 are taken");
  at.models.set({{"echo", 2}, false, "server1 has no share of it", {3}, {3}});
  refused([](ask& a) { a.model.version = 2; }, "unavailable: server1 has no share of it");
  CHECK(said(link, ask{}.bytes()) == "held");
  refused([](ask&) {}, "a request with this id waits already");
  at.requests.close(serve::refusal::failed, "crypto-producer went away");
  CHECK(said(link) == "failed: crypto-producer went away");
  refused([](ask&) {}, "unavailable: crypto-producer went away");
  at.requests.leave();
}

TEST_CASE("front: bytes that are no message end their connection alone, with the reason") {
  stand at;
  auto bystander = at.call();
  auto const bad = [&](koi::secret_bytes const& bytes, std::string const& part) {
    auto link = at.call();
    says(said(link, bytes), part);
    CHECK(hangs_up(link));
  };
  auto const good = ask{}.bytes();
  auto const changed = [&](std::size_t i, int to) {
    auto bytes = good;
    bytes[i] = static_cast<std::byte>(to);
    return bytes;
  };
  bad(changed(0, 'x'), "bytes that are no message of a koi client");
  bad(changed(4, serve::client_wire_version + 1), fmt::format("speaks version {}", serve::client_wire_version + 1));
  bad(changed(6, 99), "messages of this kind are not taken");
  bad(changed(14, 0x7f), "at most 67112960 are taken");
  bad(koi::secret_bytes(1 << 20, std::byte{0x5a}), "bytes that are no message");
  bad(changed(8, static_cast<int>(good[8]) - 1), "another length than its shape says");
  {
    ask a;
    a.model.name = "../echo";
    bad(a.bytes(), "names a model as none can be called");
    a = {};
    a.shape = {1ull << 39, 1ull << 39};
    bad(a.bytes(), "too many elements");
    a = {};
    a.show = 2;
    bad(a.bytes(), "asks for something that no server reveals");
  }
  {
    auto link = at.call();  // cut in the middle, and gone
    link.send(koi::const_byte_span(good).first(40), 30s);
  }
  CHECK(said(bystander, good) == "held");
}

TEST_CASE("front: a request with any byte changed is answered or hung up on, and nobody else notices") {
  serve::front_limits limits;
  limits.message_wait = 5ms;
  limits.least_rate = std::size_t{1} << 40;
  stand at(1, limits);
  auto bystander = at.call();
  auto const good = ask{}.bytes();
  for (std::size_t i = 0; i < good.size(); ++i)
    for (int const by : {0x01, 0x80, 0xff}) {
      auto bytes = good;
      bytes[i] ^= static_cast<std::byte>(by);
      auto link = at.call();
      link.send(bytes, 30s);
      try {
        (void)said(link);
      } catch (koi::channel_closed const&) {
      }
    }
  CHECK(said(bystander, serve::message_writer(serve::message::list).finish()) == "models");
}

TEST_CASE("front: a caller that is slow with its message is hung up on, and nobody waits for it") {
  serve::front_limits limits;
  limits.message_wait = 50ms;
  stand at(1, limits);
  auto slow = at.call();
  slow.send(koi::const_byte_span(ask{}.bytes()).first(30), 30s);
  auto other = at.call();
  CHECK(said(other, ask{}.bytes()) == "held");
  CHECK(hangs_up(slow));
}

TEST_CASE("front: a caller that says nothing makes room when there are too many") {
  serve::front_limits limits;
  limits.connections = 2;
  stand at(1, limits);
  auto proven = at.call();
  CHECK(said(proven, serve::message_writer(serve::message::list).finish()) == "models");
  auto silent = at.call();
  auto third = at.call();
  CHECK(said(third, serve::message_writer(serve::message::list).finish()) == "models");
  CHECK(hangs_up(silent));
  CHECK(said(proven, serve::message_writer(serve::message::list).finish()) == "models");
}

TEST_CASE("front: limits for one client, for all, and for bytes are answered with busy") {
  serve::desk_limits waiting;
  waiting.per_client = 2;
  waiting.requests = 100;
  stand at(1, {}, waiting);
  auto link = at.call();
  CHECK(said(link, ask{.id = id_of(1)}.bytes()) == "held");
  CHECK(said(link, ask{.id = id_of(2)}.bytes()) == "held");
  says(said(link, ask{.id = id_of(3)}.bytes()), "busy: 2 requests of this client wait already");
  link.send(serve::message_writer(serve::message::drop).bytes(id_of(1)).finish(), 30s);
  CHECK(said(link, ask{.id = id_of(3)}.bytes()) == "held");

  waiting.requests = 1;
  stand few(1, {}, waiting);
  auto a = few.call();
  CHECK(said(a, ask{.id = id_of(1)}.bytes()) == "held");
  says(said(a, ask{.id = id_of(2)}.bytes()), "busy: 1 requests wait already");

  serve::front_limits limits;
  limits.total_bytes = 150;
  stand tight(1, limits, {});
  auto b = tight.call();
  CHECK(said(b, ask{.id = id_of(1)}.bytes()) == "held");
  says(said(b, ask{.id = id_of(2)}.bytes()), "busy: too many bytes wait here already");
  limits.total_bytes = 1 << 20;
  limits.client_bytes = 150;
  stand fair(1, limits, {});
  auto c = fair.call();
  CHECK(said(c, ask{.id = id_of(1)}.bytes()) == "held");
  says(said(c, ask{.id = id_of(2)}.bytes()), "busy: too many bytes wait here already");
  (void)tight.requests.take(id_of(1));  // with its bytes
  CHECK(said(b, ask{.id = id_of(2)}.bytes()) == "held");
}

TEST_CASE("front: a connection that goes takes its requests along; a half whose other half does not come is refused") {
  serve::front_limits limits;
  limits.half_wait = 0ms;
  {
    stand at;
    {
      auto link = at.call();
      CHECK(said(link, ask{}.bytes()) == "held");
      CHECK(at.counts.waiting == 1);
    }
    auto other = at.call();  // the first one is gone before this one is answered, or soon after
    while (at.counts.waiting != 0) CHECK(said(other, serve::message_writer(serve::message::list).finish()) == "models");
  }
  stand at(1, limits);
  auto link = at.call();
  CHECK(said(link, ask{}.bytes()) == "held");
  says(said(link), "failed: its turn did not come in time, or its other half did not");
}

TEST_CASE("front: a server's policy says who may do what, and how much is revealed") {
  stand at(1, {}, {}, serve::policy({{"echo", {{"*"}, {"hospital"}, {}, {}}}}));
  auto link = at.call();
  says(said(link, ask{}.bytes()), "not allowed: this server's policy reveals the label of echo alone");
  CHECK(said(link, ask{.show = 1}.bytes()) == "held");
  says(said(link, serve::message_writer(serve::message::remove).bytes(id_of(1)).model({"echo", 1}).finish()),
       "not allowed: this server's policy does not let callers without an identity remove echo");
  serve::message_writer upload(serve::message::upload);
  upload.bytes(id_of(1)).model({"echo", 3}).word(std::uint64_t{0});
  says(said(link, upload.finish()), "not allowed: this server's policy lets callers without an identity upload nothing");

  stand closed(1, {}, {}, serve::policy({{"other", {{"*"}, {}, {}, {{"*", serve::reveals::scores}}}}}));
  auto stranger = closed.call();
  says(said(stranger, ask{}.bytes()), "not allowed: this server's policy has no model echo");
  stranger.send(serve::message_writer(serve::message::list).finish(), 30s);
  auto const list = stranger.receive(1 << 20, 30s);
  CHECK(serve::decode_description(list.body, "server1").models.empty());
}

TEST_CASE("front: whom the policy refuses stands in the log with the reason, and many reasons do not fill it") {
  serve::policy const rules({{"echo", {{"*"}, {"client2"}, {}, {{"client2", serve::reveals::scores}}}}});
  stand at(1, {}, {}, rules);
  auto nobody = at.call();
  says(said(nobody, ask{}.bytes()), "not allowed");
  says(said(nobody, ask{}.bytes()), "not allowed");
  says(said(nobody, ask{.model = {"other", 1}}.bytes()), "not allowed");
  auto second = at.call_as(2);
  CHECK(said(second, ask{}.bytes()) == "held");
  says(said(second, serve::message_writer(serve::message::remove).bytes(id_of(1)).model({"echo", 1}).finish()),
       "not allowed");
  auto third = at.call_as(3);
  serve::message_writer upload(serve::message::upload);
  upload.bytes(id_of(1)).model({"echo", 3}).word(std::uint64_t{0});
  says(said(third, upload.finish()), "not allowed: this server's policy lets client3 upload nothing");
  CHECK(at.lines() == std::vector<std::string>{
                          "a caller from 127.0.0.1 was refused: this server's policy reveals the label of echo alone to "
                          "callers without an identity, no scores",
                          "a caller from 127.0.0.1 was refused: this server's policy has no model other",
                          "client2 was refused: this server's policy does not let client2 remove echo",
                          "client3 was refused: this server's policy lets client3 upload nothing"});
  CHECK(at.counts.refusals[static_cast<std::size_t>(serve::refusal::not_allowed)] == 5);

  for (int i = 0; i < 20; ++i)
    says(said(nobody, ask{.model = {"model" + std::to_string(i), 1}}.bytes()), "not allowed");
  CHECK(at.lines().size() == koi::detail::refusal_log::most);
}

TEST_CASE("front: links of clients are kept as the players' are, at both ends") {
  stand at;
  auto link = at.call();
  CHECK(said(link, serve::message_writer(serve::message::list).finish()) == "models");
  auto const due = std::chrono::ceil<std::chrono::seconds>(koi::channel_options{}.keep_alive_idle).count();
  CHECK(at.idle_s == due);
  CHECK(keep_alive_of(link.stream().native_handle()) == due);
}
