// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Private predictions: a model owner's weights, a client's images, servers that see neither.
#include "private_prediction.hpp"

#include "data.hpp"
#include "model_owner.hpp"
#include "options.hpp"
#include "plain_logits.hpp"
#include "prediction_client.hpp"
#include "report.hpp"

#include <koi/koi.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace {

constexpr std::size_t frac_bits = 16;

/// The two servers, the protocol's helper under one of its names, and the two who own something.
template <class P>
koi::cluster cluster_for(mnist::options const& options) {
  auto const helpers = P::helper_names();
  auto const players = [](std::string const& helper) {
    return std::vector<std::string>{"server0", "server1", helper, "model-owner", "prediction-client"};
  };
  if (options.config.empty()) return koi::local_cluster(players(helpers.front()));

  auto const all = koi::cluster::load(options.config);
  auto const helper = std::find_first_of(helpers.begin(), helpers.end(), all.players().begin(), all.players().end());
  auto cluster = all.only(players(helper == helpers.end() ? helpers.front() : *helper));
  (void)cluster.index_of(options.player);  // an unknown player is better told before any work
  return cluster;
}

template <class P>
void predict_and_report(mnist::options const& options) {
  auto const cluster = cluster_for<P>(options);
  mnist::data_source const data(options.data);
  fmt::print("{}, ring of {} bits, {} of them for fractions; {} images, {} at a time; {}\n", options.protocol,
             P::ring::bits, frac_bits, options.images, options.batch, data.name());
  std::fflush(stdout);

  bool const owns_model = options.plays("model-owner");
  bool const owns_images = options.plays("prediction-client");
  bool const writes_logits = owns_model && !options.plain_logits.empty();

  mnist::ModelOwner owner(owns_model ? data.training_set() : mnist::labelled_images{}, options.epochs);
  mnist::PredictionClient client(owns_images ? data.first_test_images(options.images) : mnist::labelled_images{},
                                 options.batch);
  if (writes_logits) {
    owner.when_trained([&] {
      auto const set = data.first_test_images(options.images);
      mnist::write_logits(options.plain_logits, owner.logits(set.images));
    });
  }

  mnist::prediction_costs const costs = mnist::predict<P>(cluster, options, owner, client);

  std::optional<mnist::comparison> seen;
  if (owns_images) {
    std::optional<xt::xarray<double>> plain;
    if (owns_model) {
      plain = xt::cast<double>(owner.logits(client.images().images));
    } else if (!options.plain_logits.empty()) {
      plain = mnist::read_logits(options.plain_logits, options.images);
    }
    seen = mnist::compare(client.logits(), client.images(), plain);
    mnist::print_summary(*seen, costs, options.images);
  }
  if (!options.report.empty()) {
    mnist::write_report(options.report,
                        {options.protocol, P::ring::bits, frac_bits, data.name(), options.images, options.batch}, seen,
                        costs);
  }
}

}  // namespace

int main(int argc, char** argv) {
  mnist::options options;
  CLI::App app("Private MNIST predictions with koi", "mnist");
  mnist::declare(app, options);
  try {
    app.parse(argc, argv);
    if (options.protocol == "pond") {
      predict_and_report<koi::pond<koi::ring64, frac_bits>>(options);
    } else {
      predict_and_report<koi::securenn<koi::ring64, frac_bits>>(options);
    }
  } catch (CLI::ParseError const& e) {
    return app.exit(e);
  } catch (std::exception const& e) {
    fmt::print(stderr, "mnist{}: {}\n", options.player.empty() ? "" : " (" + options.player + ")", e.what());
    return 1;
  }
  return 0;
}
