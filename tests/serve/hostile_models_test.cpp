// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Models whose owner means ill: to other clients, or to the service.
#include "tests/serve/group.hpp"

#include "tests/io/onnx_bytes.hpp"

#include <doctest/doctest.h>

using namespace koi_tests;
namespace serve = koi::serve;

namespace {

std::string ints(std::string const& name, std::vector<std::int64_t> const& values) {
  return tensor_proto(name, {static_cast<std::int64_t>(values.size())}, 7, packed<std::int64_t>(7, values));
}

/// A graph on [n, 2] with a weight b of two zeros.
struct hostile_graph {
  std::string text;

  explicit hostile_graph(std::vector<std::string> nodes, std::vector<std::string> settings = {}) {
    graph_parts g;
    g.inputs = {shaped_value_proto("x", {-1, 2})};
    g.outputs = {shaped_value_proto("y", {-1, 2})};
    g.initializers = std::move(settings);
    g.initializers.push_back(tensor_proto("b", {2}, 1, packed<float>(4, std::vector<float>{0, 0})));
    g.nodes = std::move(nodes);
    text = model_proto(g);
  }
  void upload(client64& by, serve::model_id const& id) const {
    std::vector<std::byte> graph;
    try {
      graph = koi::io::onnx::without_weights(as_bytes(text), "hostile");
    } catch (koi::bad_option const&) {  // an owner who means ill sends it all the same
      auto const bytes = as_bytes(text);
      graph.assign(bytes.begin(), bytes.end());
    }
    by.upload(id, graph, koi::tensor<koi::ring64>({2}, 0));
  }
};

/// Gives element j of sample i to sample j: whoever shares a batch reads the others' data.
hostile_graph turning() {
  return hostile_graph({node_proto("Reshape", {"x", "s"}, {"r"}), node_proto("Transpose", {"r"}, {"t"}), node_proto("Add", {"t", "b"}, {"y"})},
                       {ints("s", {2, -1})});
}

koi::plain_tensor row_of(double first, double second) { return koi::plain_tensor{{first, second}}; }

std::string what_refuses(std::function<void()> const& action) {
  try {
    action();
  } catch (serve::refused_error const& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("serve: a model that mixes samples gets those of one client at a time") {
  koi_tests::group three([](serve::server_options& o) { o.desk.batch_wait = std::chrono::milliseconds(100); });
  REQUIRE(three.is_up());
  auto owner = three.client();
  turning().upload(owner, {"turning", 1});

  // many clients at once, each with its own numbers: nobody sees another's
  std::atomic<std::size_t> strange{0}, answered{0};
  {
    std::vector<std::jthread> threads;
    for (int c = 1; c <= 6; ++c)
      threads.emplace_back([&, c] {
        auto mine = three.client();
        for (int i = 0; i < 4; ++i) {
          auto const y = mine.predict({"turning", 1}, row_of(c, -c));
          ++answered;
          for (auto const v : y) strange += std::abs(v) > 0.01 && std::abs(std::abs(v) - c) > 0.01;
        }
      });
  }
  CHECK(answered == 24);
  CHECK(strange == 0);

  // two samples of one client do meet: the model says so
  auto const both = owner.predict({"turning", 1}, koi::plain_tensor{{1.0, 2.0}, {3.0, 4.0}});
  CHECK(worst(both, koi::plain_tensor{{1.0, 3.0}, {2.0, 4.0}}) < 0.01);
}

TEST_CASE("serve: the desk puts strangers together only where a model keeps samples apart") {
  serve::metrics counts;
  serve::desk desk({}, counts);
  desk.open();
  auto const put = [&](std::uint64_t connection, std::string client) {
    serve::request r;
    koi::fill_from_os(r.id);
    r.model = {"m", 1};
    r.shape = {1, 2};
    r.connection = connection;
    r.client = std::move(client);
    r.answer = [](koi::secret_bytes) {};
    CHECK(!desk.put(std::move(r)));
  };
  auto const fill = [&] {
    put(1, "");
    put(2, "");
    put(3, "anna");
    put(4, "anna");
    put(5, "berta");
  };
  fill();
  auto const now = std::chrono::milliseconds(0);
  std::vector<std::size_t> sizes;
  for (auto batch = desk.next(now); !batch.empty(); batch = desk.next(now)) sizes.push_back(batch.size());
  CHECK(sizes == std::vector<std::size_t>{1, 1, 2, 1});
  fill();
  CHECK(desk.next(now, [](serve::model_id const&) { return true; }).size() == 5);
}

TEST_CASE("serve: models that cannot be served are refused by all players alike, and the session goes on") {
  koi_tests::group three;
  REQUIRE(three.is_up());
  auto owner = three.client();
  auto const refused = [&](hostile_graph const& g) { return what_refuses([&] { g.upload(owner, {"bad", 1}); }); };

  // a row less than samples, but only from four on
  hostile_graph const short_of_rows(
      {node_proto("Transpose", {"x"}, {"xt"}), node_proto("Unsqueeze", {"xt", "u"}, {"im"}),
       node_proto("MaxPool", {"im"}, {"mp"},
                  [](pbf& w) {
                    ints_attribute("kernel_shape", {2, 1})(w);
                    ints_attribute("strides", {2, 1})(w);
                    ints_attribute("pads", {1, 0, 1, 0})(w);
                  }),
       node_proto("Transpose", {"mp"}, {"mt"}, ints_attribute("perm", {2, 1, 0, 3})), node_proto("Reshape", {"mt", "last"}, {"rows"}),
       node_proto("Add", {"rows", "b"}, {"y"})},
      {ints("u", {0, 3}), ints("last", {-1, 2})});
  CHECK(!refused(short_of_rows).empty());
  // no rows at all
  CHECK(!refused(hostile_graph({node_proto("Add", {"x", "b"}, {"s"}), node_proto("ReduceSum", {"s"}, {"y"}, integer_attribute("keepdims", 0))})).empty());

  // two rows of one sample
  graph_parts two;
  two.inputs = {shaped_value_proto("x", {-1, 2})};
  two.outputs = {shaped_value_proto("y", {-1, 2})};
  two.initializers = {tensor_proto("b", {2, 2}, 1, packed<float>(4, std::vector<float>{0, 0, 0, 0}))};
  two.nodes = {node_proto("Add", {"x", "b"}, {"y"})};
  auto const text = model_proto(two);
  says(what_refuses([&] { owner.upload({"bad", 1}, as_bytes(text), koi::tensor<koi::ring64>({4}, 0)); }), "no row for each");

  // far too much work for a small graph
  hostile_graph const huge({node_proto("Add", {"x", "b"}, {"s"}), node_proto("Gather", {"s", "long"}, {"l"}, integer_attribute("axis", 1)),
                            node_proto("Unsqueeze", {"l", "two"}, {"u"}), node_proto("Gather", {"u", "wide"}, {"w"}, integer_attribute("axis", 2)),
                            node_proto("Relu", {"w"}, {"y"})},
                           {ints("long", std::vector<std::int64_t>(100'000, 0)), ints("two", {2}), ints("wide", std::vector<std::int64_t>(1'500, 0))});
  says(refused(huge), "a batch of 1 samples takes messages of");

  CHECK(three["server0"].counts().sessions == 1);
  CHECK(three["server0"].counts().sessions_lost == 0);
  sample_model const mlp("mlp_gemm_relu");
  owner.upload({"mlp", 1}, mlp.graph, mlp.words<pond64>());
  CHECK(worst(owner.predict({"mlp", 1}, mlp.input), mlp.output) < 1.0 / 1024);
}

TEST_CASE("serve: a label of a result without a row is refused, and the session goes on") {
  koi_tests::group three;
  REQUIRE(three.is_up());
  auto owner = three.client();
  hostile_graph const one_number({node_proto("Add", {"x", "b"}, {"s"}), node_proto("Slice", {"s", "zero", "one", "one"}, {"c"}),
                                  node_proto("Squeeze", {"c", "one"}, {"y"})},
                                 {ints("zero", {0}), ints("one", {1})});
  one_number.upload(owner, {"one", 1});
  CHECK(!what_refuses([&] { (void)owner.labels({"one", 1}, row_of(1, 2)); }).empty());
  CHECK(worst(owner.predict({"one", 1}, row_of(1, 2)), koi::plain_tensor{1.0}) < 0.01);
  CHECK(three["server0"].counts().sessions == 1);
}
