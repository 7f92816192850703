// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// The networks of the literature, trained in the clear and predicted in private.
#include "model_owner.hpp"
#include "networks.hpp"
#include "predict.hpp"
#include "table.hpp"

#include "../common/data.hpp"
#include "../common/options.hpp"
#include "../common/plain_logits.hpp"
#include "../common/prediction_client.hpp"
#include "../common/report.hpp"

#include <koi/io/npy.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace {

struct options : mnist::options {
  std::string network;  // all of them if empty, as are the protocols
  std::string weights;
  std::string onnx, input, output, expected;  // files of a model that was trained elsewhere
};

void declare(CLI::App& app, options& to) {
  std::vector<std::string> names;
  for (auto const& each : networks::all_networks()) names.push_back(each.name);
  auto* const network = app.add_option("--network", to.network, "Which network; without it all, one after the other")
                            ->check(CLI::IsMember(names));
  to.protocol.clear();
  to.epochs = 4;
  mnist::declare(app, to);
  auto* const protocol = app.get_option("--protocol")->description("pond or securenn; without it both");
  app.get_option("--report")->needs(network)->needs(protocol);
  app.get_option("--config")->needs(network)->needs(protocol);
  app.add_option("--weights", to.weights, "Read the weights from this npz file if it is there, else write them to it")
      ->needs(network);
  auto* const onnx =
      app.add_option("--onnx", to.onnx, "Predict with the model in this ONNX file instead, all players in here")
          ->check(CLI::ExistingFile)
          ->excludes(network)
          ->excludes(app.get_option("--config"))
          ->excludes(app.get_option("--report"));
  auto* const input = app.add_option("--input", to.input, "What goes into it, as .npy; the first axis counts samples")
                          ->check(CLI::ExistingFile)
                          ->needs(onnx);
  onnx->needs(input);
  app.add_option("--output", to.output, "Write what comes out of it to this file, as .npy")->needs(onnx);
  app.add_option("--expected", to.expected, "Compare that with this .npy file; more than 0.001 off is an error")
      ->check(CLI::ExistingFile)
      ->needs(onnx);
}

/// A model from elsewhere with each protocol. Returns whether what came out is what was expected.
bool predict_onnx(options const& how) {
  auto const input = koi::io::read_npy(how.input);
  std::optional<xt::xarray<double>> expected;
  if (!how.expected.empty()) expected = koi::io::read_npy(how.expected);
  bool good = true;
  for (auto const* const protocol : {"pond", "securenn"}) {
    if (!how.protocol.empty() && how.protocol != protocol) continue;
    auto const run = std::string_view(protocol) == "pond" ? &networks::predict_onnx_with_pond
                                                          : &networks::predict_onnx_with_securenn;
    auto const [result, milliseconds] = run(how.onnx, input);
    fmt::print("{} with {}: [{}] -> [{}] in {:.1f} ms", how.onnx, protocol, fmt::join(input.shape(), ","),
               fmt::join(result.shape(), ","), milliseconds);
    if (expected) {
      bool const alike = expected->shape() == result.shape();
      double largest = 0;
      for (std::size_t i = 0; alike && i < result.size(); ++i)
        largest = std::max(largest, std::abs(result.data()[i] - expected->data()[i]));
      good = good && alike && largest <= 1e-3;
      if (alike)
        fmt::print(", largest error {:.2g}", largest);
      else
        fmt::print(", but [{}] was expected", fmt::join(expected->shape(), ","));
    }
    fmt::print("\n");
    if (!how.output.empty()) koi::io::write_npy(how.output, result);
  }
  return good;
}

/// One network with one protocol. Returns nothing at players who learn nothing.
std::optional<networks::row> predict(networks::network const& what, std::string const& protocol,
                                     mnist::data_source const& data, options const& how, networks::ModelOwner& owner) {
  bool const owns_images = how.plays("prediction-client");
  mnist::PredictionClient client(owns_images ? data.first_test_images(how.images) : mnist::labelled_images{},
                                 how.batch);
  fmt::print("network {} with {}\n", what.name, protocol);
  std::fflush(stdout);
  auto const& run = protocol == "pond" ? networks::predict_with_pond : networks::predict_with_securenn;
  auto outcome = run(
      what, how, [&] { return owner.provide_weights(); }, client);

  std::optional<mnist::comparison> seen;
  if (owns_images)
    seen = mnist::compare(client.logits(), client.images(), mnist::plain_logits(owner, client.images(), how));
  if (!how.report.empty())
    mnist::write_report(how.report,
                        {what.name, protocol, outcome.ring_bits, outcome.frac_bits, data.name(), how.images, how.batch},
                        seen, outcome.costs);
  if (!seen) return std::nullopt;
  return networks::row{what.name, protocol, how.images, *seen, std::move(outcome.costs)};
}

void predict_all(options const& how) {
  mnist::data_source const data(how.data);
  fmt::print("{} images, {} at a time; {}\n", how.images, how.batch, data.name());
  std::vector<networks::row> rows;
  for (auto const& what : networks::all_networks()) {
    if (!how.network.empty() && how.network != what.name) continue;
    networks::ModelOwner owner(what, data, how.epochs, how.weights);
    mnist::leave_plain_logits(owner, data, how);
    for (auto const* const protocol : {"pond", "securenn"}) {
      if (!how.protocol.empty() && how.protocol != protocol) continue;
      if (auto row = predict(what, protocol, data, how, owner)) rows.push_back(std::move(*row));
    }
  }
  if (!rows.empty()) networks::print(rows);
}

}  // namespace

int main(int argc, char** argv) {
  options how;
  CLI::App app("Networks of the literature: private predictions of digits with koi", "networks");
  declare(app, how);
  try {
    app.parse(argc, argv);
    if (!how.onnx.empty()) return predict_onnx(how) ? 0 : 1;
    predict_all(how);
  } catch (CLI::ParseError const& e) {
    return app.exit(e);
  } catch (std::exception const& e) {
    fmt::print(stderr, "networks{}: {}\n", how.player.empty() ? "" : " (" + how.player + ")", e.what());
    return 1;
  }
  return 0;
}
