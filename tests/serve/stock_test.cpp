// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// What is prepared, for whom, and what the servers do only when both have their halves.
#include "tests/serve/group.hpp"

#include "tests/io/onnx_bytes.hpp"

#include <koi/serve/status_page.hpp>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>

using namespace koi_tests;
namespace serve = koi::serve;

namespace {

serve::request_id id_of(int n) {
  serve::request_id id{};
  id.fill(static_cast<std::byte>(n));
  return id;
}
void send(serve::plain_client_link& to, int id, std::string const& model, std::size_t width, std::size_t payload) {
  serve::message_writer out(serve::message::predict);
  out.bytes(id_of(id)).model({model, 1}).word(std::uint8_t{0}).shape({1, width});
  to.send(out.bytes(std::vector<std::byte>(payload)).finish(), std::chrono::seconds(30));
}
std::string heard(serve::plain_client_link& from) {
  auto const m = from.receive(1 << 20, std::chrono::seconds(30));
  if (m.kind != serve::message::refused) return m.kind == serve::message::held ? "held" : "result";
  serve::message_reader in(m.body, "server");
  (void)in.id();
  auto const why = std::string(to_string(static_cast<serve::refusal>(in.word<std::uint16_t>())));
  return why + ": " + in.text();
}

}  // namespace

TEST_CASE("serve: each kind of run has a stock of its own, in memory that is bounded over all; a removed model's goes") {
  koi_tests::group three([](serve::server_options& o) { o.engine.stock_bytes = 400'000; });
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  auto const& counts = three["server0"].counts();
  auto const tolerance = 1.0 / 1024;
  auto const ask_all = [&] {
    CHECK(worst(someone.predict({"mlp", 1}, mlp().row(mlp().input, 0, 1)), mlp().row(mlp().output, 0, 1)) < tolerance);
    CHECK(worst(someone.predict({"mlp", 1}, mlp().row(mlp().input, 1, 3)), mlp().row(mlp().output, 1, 3)) < tolerance);
    CHECK(someone.labels({"mlp", 1}, mlp().input) == std::vector<std::size_t>{3, 3});
  };
  CHECK(becomes([&] {
    auto const before = counts.prepared_batches.load();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // nobody asks: time to prepare
    ask_all();
    return counts.prepared_batches - before == 3;
  }));
  for (auto const& name : koi_tests::group::names()) CHECK(three[name].counts().stock_bytes <= 400'000);
  auto const used = counts.prepared_batches.load();
  CHECK(three["server1"].counts().prepared_batches == used);

  REQUIRE(becomes([&] { return counts.stock_runs > 0; }));
  someone.remove({"mlp", 1});
  for (auto const& name : {"server0", "server1"}) CHECK(three[name].counts().stock_runs == 0);
  CHECK(becomes([&] { return three["crypto-producer"].counts().stock_runs == 0; }));
  CHECK(counts.stock_bytes == 0);
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  ask_all();  // with other masks: nothing old is left
  CHECK(counts.sessions == 1);
}

TEST_CASE("serve: nothing is prepared before the players have rested") {
  koi_tests::group three([](serve::server_options& o) { o.engine.rest = std::chrono::hours(1); });
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < 1.0 / 1024);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(three["server0"].counts().stock_runs == 0);
}

TEST_CASE("serve: seeds whose other half never came cost no run and no prepared material") {
  koi_tests::group three([](serve::server_options& o) { o.engine.stock_bytes = 0; });
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  auto stranger = three.link(0);
  for (int i = 1; i <= 8; ++i) send(stranger, i, "mlp", 12, 32);
  for (int i = 1; i <= 8; ++i) CHECK(heard(stranger) == "differs: server1 has no half of this request");
  CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < 1.0 / 1024);
  auto const& counts = three["server0"].counts();
  CHECK(becomes([&] { return counts.batches >= 1; }));
  CHECK(counts.batches == 1);
  CHECK(counts.padding == 0);
}

TEST_CASE("serve: server 1 keeps strangers' samples apart for itself, whoever server 0 takes them for") {
  koi_tests::group three([](serve::server_options& o) { o.desk.batch_wait = std::chrono::milliseconds(300); });
  REQUIRE(three.is_up());
  graph_parts g;  // y[i, j] = x[j, i] + b[j]: a batch of two shows each its neighbour's numbers
  g.inputs = {shaped_value_proto("x", {-1, 2})};
  g.outputs = {shaped_value_proto("y", {-1, 2})};
  g.initializers = {tensor_proto("s", {2}, 7, packed<std::int64_t>(7, std::vector<std::int64_t>{2, -1})),
                    tensor_proto("b", {2}, 1, packed<float>(4, std::vector<float>{0, 0}))};
  g.nodes = {node_proto("Reshape", {"x", "s"}, {"r"}), node_proto("Transpose", {"r"}, {"t"}), node_proto("Add", {"t", "b"}, {"y"})};
  auto owner = three.client();
  owner.upload({"turning", 1}, koi::io::onnx::without_weights(as_bytes(model_proto(g)), "turning"), koi::tensor<koi::ring64>({2}, 0));

  // at server 0 both come over one connection, as if of one client; at server 1 over two
  auto both = three.link(0), first = three.link(1), second = three.link(1);
  send(first, 1, "turning", 2, 16);
  send(second, 2, "turning", 2, 16);
  CHECK(heard(first) == "held");
  CHECK(heard(second) == "held");
  send(both, 1, "turning", 2, 32);
  send(both, 2, "turning", 2, 32);
  std::multiset<std::string> const at_server0{heard(both), heard(both)};
  CHECK(at_server0 == std::multiset<std::string>{"differs: server1 cannot use its half", "result"});
  CHECK(heard(first) == "result");
  CHECK(heard(second).starts_with("differs: "));
  CHECK(becomes([&] { return three["server0"].counts().samples >= 1; }));
  CHECK(three["server0"].counts().samples == 1);
}

TEST_CASE("listeners: without a descriptor for another caller they pause, and then go on") {
  koi::detail::asio::io_context io;
  serve::metrics counts;
  serve::status_page page(io, "127.0.0.1", 0, {[] { return std::pair(true, std::string("well")); }, [&] { return counts.text(); }});
  koi::detail::asio::io_context own;
  koi::detail::tcp::socket caller(own);
  caller.connect({koi::detail::asio::ip::address_v4::loopback(), page.port()});
  koi::detail::asio::write(caller, koi::detail::asio::buffer(std::string("GET /healthz HTTP/1.1\r\n\r\n")));

  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto few = before;
  few.rlim_cur = 128;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<int> taken;
  for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0; fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) taken.push_back(fd);
  std::size_t handled = 0;
  while (handled < 1000 && io.poll_one() != 0) ++handled;
  for (int const fd : taken) ::close(fd);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(handled < 10);

  std::jthread const running([&] { io.run(); });
  std::string all;
  boost::system::error_code ec;
  koi::detail::asio::read(caller, koi::detail::asio::dynamic_buffer(all), ec);
  says(all, "200 OK");
  koi::detail::asio::post(io, [&] { page.stop(); });
}
