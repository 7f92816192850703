// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// The prediction service with the network H: all three players and their clients in this process, over the loopback
// address. Timing only: tests/serve checks the answers.
#include "bench/support/network.hpp"
#include "tests/io/onnx_bytes.hpp"

#include <koi/io/onnx/without_weights.hpp>
#include <koi/serve/client.hpp>
#include <koi/serve/secure_door.hpp>
#include <koi/serve/secure_link.hpp>
#include <koi/serve/server.hpp>
#include <koi/session/keys.hpp>
#include <koi/session/run.hpp>

#include <atomic>
#include <filesystem>
#include <latch>
#include <random>
#include <thread>

namespace {

using namespace koi;
using protocol = pond<ring64, 16>;
using client64 = serve::client<protocol::fixed>;
using steady = std::chrono::steady_clock;

constexpr std::size_t inputs = 784, hidden = 512, outputs = 10;

std::string network_h_onnx() {
  using namespace koi_tests;
  auto const zeros = [](std::size_t n) { return raw(std::vector<float>(n)); };
  graph_parts parts;
  parts.nodes = {node_proto("Gemm", {"x", "w1", "b1"}, {"h"}), node_proto("Relu", {"h"}, {"r"}),
                 node_proto("Gemm", {"r", "w2", "b2"}, {"y"})};
  parts.initializers = {tensor_proto("w1", {inputs, hidden}, 1, zeros(inputs * hidden)),
                        tensor_proto("b1", {hidden}, 1, zeros(hidden)),
                        tensor_proto("w2", {hidden, outputs}, 1, zeros(hidden * outputs)),
                        tensor_proto("b2", {outputs}, 1, zeros(outputs))};
  parts.inputs = {shaped_value_proto("x", {-1, inputs})};
  parts.outputs = {shaped_value_proto("y", {-1, outputs})};
  return model_proto(parts);
}

/// The service, and whoever asks it, as "clinic".
class service {
 public:
  explicit service(bool tls, std::size_t stock_bytes = 0)
      : stock_bytes_(stock_bytes),
        folder_(std::filesystem::temp_directory_path() /
                fmt::format("koi-service-bench-{:x}", std::random_device{}())) {
    std::filesystem::create_directories(folder_);
    auto const names = std::vector<std::string>{"server0", "server1", protocol::helper_names().front()};
    auto const ports = free_ports();
    std::string text = "{\"players\": {";
    for (std::size_t i = 0; i < names.size(); ++i)
      text += fmt::format("{}\"{}\": \"127.0.0.1:{}\"", i == 0 ? "" : ", ", names[i], ports[i]);
    text += fmt::format("}}, \"transport\": \"{}\"}}", tls ? "tls" : "plain");
    players_ = cluster::parse(text, (folder_ / "players.json").string());
    if (tls) {
      auto all = names;
      all.emplace_back("clinic");
      (void)write_keys(players_.keys_folder(), all, {});
    }
    name_ = tls ? "clinic" : "";
    for (auto const& name : names) start(name);
    auto const end = steady::now() + std::chrono::seconds(60);
    while (!std::all_of(servers_.begin(), servers_.end(), [](auto const& s) { return s->is_up(); })) {
      if (steady::now() > end) throw error("the players do not meet");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    auto const onnx = network_h_onnx();
    auto const bytes = bytes_of(onnx.data(), onnx.size());
    tensor<ring64> const words({inputs * hidden + hidden + hidden * outputs + outputs},
                               protocol::fixed::encode(0.03125));
    client().upload({"h", 1}, io::onnx::without_weights(bytes, "h"), words);
  }
  ~service() {
    for (auto const& each : servers_) each->kill();
    servers_.clear();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] client64 client() const {
    serve::caller const me(players_, name_);
    return client64([ports = client_ports_, me](unsigned j) {
      return serve::call_server(me, {"127.0.0.1", ports[j]}, j == 0 ? "server0" : "server1", std::chrono::seconds(10));
    });
  }

  /// Milliseconds of each of so many requests for one sample, one after the other.
  [[nodiscard]] std::vector<double> one_by_one(std::size_t requests) const {
    auto asks = client();
    std::vector<double> out;
    for (std::size_t i = 0; i < requests; ++i) {
      auto const since = steady::now();
      (void)asks.predict({"h", 1}, sample());
      out.push_back(std::chrono::duration<double, std::milli>(steady::now() - since).count());
    }
    return out;
  }
  /// Samples a second, of so many clients who are connected and ask for one at a time.
  [[nodiscard]] double all_at_once(std::size_t clients, std::size_t requests) const {
    std::atomic<std::size_t> asked{0};
    std::latch connected(static_cast<std::ptrdiff_t>(clients) + 1);
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clients; ++i)
      threads.emplace_back([&] {
        auto asks = client();
        (void)asks.find({"h", 1});
        connected.arrive_and_wait();
        while (asked++ < requests) (void)asks.predict({"h", 1}, sample());
      });
    connected.arrive_and_wait();
    auto const since = steady::now();
    threads.clear();
    return static_cast<double>(requests) / std::chrono::duration<double>(steady::now() - since).count();
  }

  /// Until nothing more is prepared.
  void rest() const {
    auto const runs = [this] { return servers_[0]->counts().stock_runs.load(); };
    for (auto before = runs();; before = runs()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      if (runs() == before) return;
    }
  }
  [[nodiscard]] std::uint64_t stock_bytes() const { return servers_[0]->counts().stock_bytes; }

 private:
  using server_type = serve::server<protocol, serve::secure_door>;

  [[nodiscard]] static plain_tensor sample() {
    auto x = plain_tensor::from_shape({1, inputs});
    x.fill(0.5);
    return x;
  }
  [[nodiscard]] static std::vector<std::uint16_t> free_ports() {
    std::vector<std::uint16_t> out;
    detail::asio::io_context io;
    std::vector<detail::tcp::acceptor> held;
    for (int i = 0; i < 3; ++i) {
      held.emplace_back(io, detail::tcp::endpoint(detail::asio::ip::address_v4::loopback(), 0));
      out.push_back(held.back().local_endpoint().port());
    }
    return out;
  }
  void start(std::string const& name) {
    serve::server_options o;
    o.player = name;
    o.data = folder_ / name;
    o.rules = serve::policy({{"*", {{"*"}, {"*"}, {"*"}, {{"*", serve::reveals::scores}}}}});
    o.desk.max_samples = 128;
    o.engine.stock_bytes = stock_bytes_;
    o.desk.per_client = 1024;
    session_options how;
    how.program = "bench of serve";
    how.connect_wait = std::chrono::seconds(10);
    servers_.push_back(std::make_unique<server_type>(
        std::move(o), [players = players_, name, how] { return connect_session<protocol>(players, name, how); },
        serve::secure_door(players_, name, [](std::string const&) {})));
    if (name == "server0" || name == "server1") client_ports_.push_back(servers_.back()->clients_port());
  }

  std::size_t stock_bytes_;
  std::filesystem::path folder_;
  cluster players_ = local_cluster({"-"});
  std::string name_;
  std::vector<std::uint16_t> client_ports_;
  std::vector<std::unique_ptr<server_type>> servers_;
};

}  // namespace

int main(int argc, char** argv) try {
  auto const how = bench::parse(argc, argv);
  if (how.heading) bench::table::heading();
  bench::table rows(how);
  std::size_t const some = how.how_long == bench::options::effort::full    ? 400
                           : how.how_long == bench::options::effort::quick ? 100
                                                                           : 4;

  // what the players reach together without clients, doors and queues
  shape_type const batch{128, 28, 28, 1};
  auto const shared = [&](party& self, auto const&) { return bench::filled<protocol>(self, batch, 0.5); };
  auto const predict = [](party&, auto const& model, auto const& x) { return (*model)(x); };
  auto const alone =
      bench::online<protocol>(how, bench::dealing::included, bench::network_h::make<protocol>, shared, predict);
  double const limit = 128 / (alone.median_ms * 1e-3);

  service const plain(false), tls(true);  // nothing is computed for later, beside what is timed
  std::vector<double> of_plain, of_tls;
  for (int i = 0; i < 4; ++i) {  // in turns, since the machine may do other things
    for (auto const ms : plain.one_by_one(some / 4 + 1)) of_plain.push_back(ms);
    for (auto const ms : tls.one_by_one(some / 4 + 1)) of_tls.push_back(ms);
  }
  rows.add({"service_h_1_plain", bench::median(of_plain), "ms"});
  rows.add({.name = "service_h_1_tls",
            .value = bench::median(of_tls),
            .unit = "ms",
            .limit = bench::median(of_plain),
            .less_is_better = true});
  auto const add = [&](std::string_view name, service const& of, std::size_t clients) {
    auto const rate = of.all_at_once(clients, (clients == 1 ? 1 : 20) * some);
    rows.add(
        {.name = fmt::format("service_h_{}_clients_{}", clients, name), .value = rate, .unit = "1/s", .limit = limit});
  };
  for (std::size_t const clients : {1, 64, 200}) add("tls_unprepared", tls, clients);
  add("plain_unprepared", plain, 64);

  // as it comes, with a stock of prepared material: such a crowd has been there before, and then nobody for a while
  service const usual(true, koi::serve::engine_options{}.stock_bytes);
  for (std::size_t const clients : {64, 200}) {
    (void)usual.all_at_once(clients, 10 * some);
    usual.rest();
    auto const kept = usual.stock_bytes();
    add("tls", usual, clients);
    rows.add({fmt::format("service_h_{}_clients_stock", clients), static_cast<double>(kept), "bytes"});
  }
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
