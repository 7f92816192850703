// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// The networks of the literature, trained in the clear and predicted in private.
#include "model_owner.hpp"
#include "networks.hpp"
#include "onnx_client.hpp"
#include "predict.hpp"
#include "table.hpp"

#include "../common/data.hpp"
#include "../common/options.hpp"
#include "../common/plain_logits.hpp"
#include "../common/prediction_client.hpp"
#include "../common/report.hpp"

#include <koi/core/error.hpp>
#include <koi/io/npy.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace {

struct options : mnist::options {
  std::string network;  // all of them if empty, as are the protocols
  std::size_t ring = 64;
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
  app.get_option("--config")->needs(network)->needs(protocol);
  app.add_option("--ring", to.ring, "Bits of the ring: 64, of which 16 for fractions, or 128, of which 32")
      ->check(CLI::IsMember({64, 128}))
      ->capture_default_str();
  app.add_option("--weights", to.weights, "Read the weights from this npz file if it is there, else write them to it")
      ->needs(network);
  auto* const onnx =
      app.add_option("--onnx", to.onnx, "Predict with the model in this ONNX file instead, all players in here")
          ->check(CLI::ExistingFile);
  for (auto const* const of_digits : {"--network", "--images", "--epochs", "--data"})
    onnx->excludes(app.get_option(of_digits));
  auto* const input = app.add_option("--input", to.input, "What goes into it, as .npy; the first axis counts samples")
                          ->check(CLI::ExistingFile)
                          ->needs(onnx);
  onnx->needs(input);
  app.add_option("--output", to.output, "Write what comes out of it to this file, as .npy")->needs(onnx);
  app.add_option("--expected", to.expected, "Compare that with this .npy file; more than 0.001 off is an error")
      ->check(CLI::ExistingFile)
      ->needs(onnx);
}

/// Each run writes these files: there must be one run.
void check_files(CLI::App const& app) {
  for (auto const* const file : {"--report", "--trace", "--flow", "--output"}) {
    if (app.count(file) == 0) continue;
    if (app.count("--network") + app.count("--onnx") == 0) throw CLI::RequiresError(file, "--network");
    if (app.count("--protocol") == 0) throw CLI::RequiresError(file, "--protocol");
  }
}

/// The protocol, or both one after the other.
std::vector<std::string> protocols(options const& how) {
  return how.protocol.empty() ? std::vector<std::string>{"pond", "securenn"} : std::vector{how.protocol};
}

/// Throws bad_option for a ring that this build is without.
networks::predictions predictions_with(std::string const& protocol, std::size_t ring) {
  bool const pond = protocol == "pond";
  if (ring == 64) return pond ? networks::with_pond() : networks::with_securenn();
  auto const wide = pond ? networks::with_wide_pond() : networks::with_wide_securenn();
  if (!wide) throw koi::bad_option("--ring 128: this program was built without it; see -DKOI_NETWORKS_WIDE=ON");
  return *wide;
}

/// The options of one run, which has a folder of its own for TensorBoard.
mnist::options of_run(options const& how, std::string const& what, std::string const& protocol) {
  mnist::options one = how;
  one.protocol = protocol;
  if (!one.tensorboard.empty()) one.tensorboard += "/" + what;
  return one;
}

/// The largest difference; nothing for other shapes.
std::optional<double> largest_error(xt::xarray<double> const& seen, xt::xarray<double> const& expected) {
  if (seen.shape() != expected.shape()) return std::nullopt;
  double worst = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    auto const off = std::abs(seen.data()[i] - expected.data()[i]);
    if (std::isnan(off)) return off;
    worst = std::max(worst, off);
  }
  return worst;
}

/// A model from elsewhere with one protocol. Returns whether what came out is what was expected.
bool predict_onnx(options const& how, std::string const& protocol) {
  auto const input = koi::io::read_npy(how.input);
  networks::OnnxClient client(input, how.batch);
  auto one = of_run(how, std::filesystem::path(how.onnx).stem().string(), protocol);
  one.images = client.count();
  one.batch = client.batch();
  auto const with = predictions_with(protocol, how.ring);
  auto const costs = with.of_onnx(how.onnx, one, client);

  auto const& result = client.result();
  fmt::print("{} with {}: [{}] -> [{}] in {:.1f} ms", how.onnx, protocol, fmt::join(input.shape(), ","),
             fmt::join(result.shape(), ","),
             std::accumulate(costs.batch_milliseconds.begin(), costs.batch_milliseconds.end(), 0.0));
  if (costs.offline_milliseconds)
    fmt::print(", {} batches prepared in {:.1f} ms", one.batches(), *costs.offline_milliseconds);
  mnist::comparison seen;
  bool good = true;
  if (!how.expected.empty()) {
    auto const expected = koi::io::read_npy(how.expected);
    seen.max_abs_logit_error = largest_error(result, expected);
    good = seen.max_abs_logit_error.value_or(1) <= 1e-3;
    if (seen.max_abs_logit_error)
      fmt::print(", largest error {:.2g}", *seen.max_abs_logit_error);
    else
      fmt::print(", but [{}] was expected", fmt::join(expected.shape(), ","));
  }
  fmt::print("\n");
  if (!how.output.empty()) koi::io::write_npy(how.output, result);
  if (!how.report.empty())
    mnist::write_report(how.report,
                        {how.onnx, protocol, with.ring_bits, with.frac_bits, how.input, one.images, one.batch}, seen,
                        costs);
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
  auto const with = predictions_with(protocol, how.ring);
  auto costs = with.of_digits(
      what, of_run(how, what.name, protocol), [&] { return owner.provide_weights(); }, client);

  std::optional<mnist::comparison> seen;
  if (owns_images)
    seen = mnist::compare(client.logits(), client.images(), mnist::plain_logits(owner, client.images(), how));
  if (!how.report.empty())
    mnist::write_report(how.report,
                        {what.name, protocol, with.ring_bits, with.frac_bits, data.name(), how.images, how.batch},
                        seen.value_or(mnist::comparison{}), costs);
  if (!seen) return std::nullopt;
  return networks::row{what.name, protocol, how.images, *seen, std::move(costs)};
}

void predict_all(options const& how) {
  mnist::data_source const data(how.data);
  fmt::print("{} images, {} at a time; {}\n", how.images, how.batch, data.name());
  std::vector<networks::row> rows;
  for (auto const& what : networks::all_networks()) {
    if (!how.network.empty() && how.network != what.name) continue;
    networks::ModelOwner owner(what, data, how.epochs, how.weights);
    mnist::leave_plain_logits(owner, data, how);
    for (auto const& protocol : protocols(how))
      if (auto row = predict(what, protocol, data, how, owner)) rows.push_back(std::move(*row));
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
    check_files(app);
    if (how.onnx.empty()) {
      predict_all(how);
      return 0;
    }
    if (app.count("--batch") == 0) how.batch = std::numeric_limits<std::size_t>::max();
    bool good = true;
    for (auto const& protocol : protocols(how)) good = predict_onnx(how, protocol) && good;
    return good ? 0 : 1;
  } catch (CLI::ParseError const& e) {
    return app.exit(e);
  } catch (std::exception const& e) {
    fmt::print(stderr, "networks{}: {}\n", how.player.empty() ? "" : " (" + how.player + ")", e.what());
    return 1;
  }
}
