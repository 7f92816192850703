// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Three servers of a prediction service in this process, on loopback ports that the system gives.
#include <koi/serve/server.hpp>

#include "tests/io/files.hpp"
#include "tests/session/town.hpp"

#include <koi/io/npy.hpp>
#include <koi/io/onnx/without_weights.hpp>
#include <koi/protocol.hpp>
#include <koi/serve/client.hpp>
#include <koi/session/run.hpp>

#include <cstdlib>

namespace koi_tests {

using pond64 = koi::pond<koi::ring64, 16>;
using securenn64 = koi::securenn<koi::ring64, 16>;
using client64 = koi::serve::client<koi::fixed_point<koi::ring64, 16>>;

/// Whether it becomes true before the test gives up.
template <class Condition>
[[nodiscard]] bool becomes(Condition const& condition) {
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// One of them; group.cpp alone knows how it is made, which takes a compiler long.
class running_server {
 public:
  running_server() = default;
  running_server(running_server const&) = delete;
  running_server& operator=(running_server const&) = delete;
  virtual ~running_server() = default;
  [[nodiscard]] virtual std::uint16_t clients_port() const = 0;
  [[nodiscard]] virtual koi::serve::metrics const& counts() const = 0;
  [[nodiscard]] virtual bool is_up() const = 0;
  virtual void stop() = 0;
  virtual void wait() = 0;
};
[[nodiscard]] std::unique_ptr<running_server> start_server(koi::serve::server_options options,
                                                           std::function<koi::session<pond64>()> meet);

/// Three servers, with pond.
class group {
 public:
  using P = pond64;
  using change = std::function<void(koi::serve::server_options&)>;

  using meet = std::function<koi::session<P>(std::string const&)>;

  /// `where` is how the players meet: over TCP, unless it is given.
  explicit group(change how = {}, meet where = {}) : how_(std::move(how)), where_(std::move(where)) {
    if (!where_) where_ = [this](std::string const& name) { return over_tcp(name); };
    for (auto const& name : names()) start(name);
  }

  static std::vector<std::string> names() { return {"server0", "server1", P::helper_names().front()}; }

  void start(std::string const& name) {
    koi::serve::server_options o;
    o.player = name;
    o.data = folder_.path() / name;
    o.rules = koi::serve::policy({{"*", {{"*"}, {"*"}, {"*"}, {{"*", koi::serve::reveals::scores}}}}});
    o.desk.batch_wait = std::chrono::milliseconds(5);
    o.engine.tick = std::chrono::milliseconds(20);
    if (std::getenv("KOI_SHOW") != nullptr)
      o.engine.log = [name](std::string_view line) { fmt::print(stderr, "{}: {}\n", name, line); };
    o.clients_port = ports_[name];
    if (how_) how_(o);
    servers_[name] = start_server(std::move(o), [this, name] { return where_(name); });
    ports_[name] = servers_[name]->clients_port();
  }
  void kill(std::string const& name) { servers_.erase(name); }
  running_server& operator[](std::string const& name) { return *servers_.at(name); }

  [[nodiscard]] bool all_up() const {
    return std::all_of(servers_.begin(), servers_.end(), [](auto const& s) { return s.second->is_up(); });
  }
  [[nodiscard]] bool is_up() const {
    return becomes([&] { return all_up(); });
  }
  /// Somebody without an identity, or the one whose identity is "client<number>".
  [[nodiscard]] client64 client(unsigned number = 1) {
    return client64([this, number](unsigned j) { return std::make_unique<koi::serve::plain_client_link>(link(j, number)); });
  }
  [[nodiscard]] koi::serve::plain_client_link link(unsigned server, unsigned number = 1) const {
    using koi::detail::tcp;
    namespace ip = koi::detail::asio::ip;
    auto io = koi::detail::make_io();
    auto const name = "server" + std::to_string(server);
    tcp::socket socket(io->context, tcp::endpoint(ip::address_v4(0x7f000000 + number), 0));
    socket.connect({ip::address_v4::loopback(), ports_.at(name)});
    return {std::move(io), std::move(socket), name};
  }
  [[nodiscard]] std::uint16_t port(std::string const& name) const { return ports_.at(name); }
  [[nodiscard]] std::filesystem::path folder(std::string const& name) const { return folder_.path() / name; }

 private:
  [[nodiscard]] koi::session<P> over_tcp(std::string const& name) const {
    koi::session_options s;
    s.program = "test of serve";
    s.limits = {std::chrono::seconds(60), std::chrono::seconds(60), std::size_t{1} << 28};
    s.connect_wait = std::chrono::milliseconds(300);
    return koi::connect_session<P>(town_.players, name, s);
  }

  scratch_folder folder_{"serve"};
  change how_;
  meet where_;
  koi::test::town town_{names()};
  std::map<std::string, std::uint16_t> ports_;
  std::map<std::string, std::unique_ptr<running_server>> servers_;
};

/// An ONNX model of the tests, with an input and what it gives.
struct sample_model {
  explicit sample_model(std::string const& name)
      : text(content_of(data_folder("onnx") / (name + ".onnx"))),
        network(koi::io::onnx::network::parse(as_bytes(text), name)),
        graph(koi::io::onnx::without_weights(as_bytes(text), name)),
        input(koi::io::read_npy(data_folder("onnx") / (name + ".input.npy"))),
        output(koi::io::read_npy(data_folder("onnx") / (name + ".output.npy"))) {}

  /// Its weights as an owner shares them: all words in a row.
  template <class P>
  [[nodiscard]] koi::tensor<typename P::ring> words() const;
  /// One of the samples of its input, as a batch.
  [[nodiscard]] koi::plain_tensor row(koi::plain_tensor const& of, std::size_t i, std::size_t count = 1) const {
    koi::shape_type shape(of.shape().begin(), of.shape().end());
    auto const size = of.size() / shape[0];
    shape[0] = count;
    auto out = koi::plain_tensor::from_shape(shape);
    for (std::size_t k = 0; k < count * size; ++k) out.data()[k] = of.data()[((i * size) + k) % of.size()];
    return out;
  }

  std::string text;
  koi::io::onnx::network network;
  std::vector<std::byte> graph;
  koi::plain_tensor input, output;
};

/// The one that most tests serve.
[[nodiscard]] inline sample_model const& mlp() {
  static sample_model const m("mlp_gemm_relu");
  return m;
}

[[nodiscard]] inline double worst(koi::plain_tensor const& a, koi::plain_tensor const& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a.data()[i] - b.data()[i]));
  return most;
}

}  // namespace koi_tests
