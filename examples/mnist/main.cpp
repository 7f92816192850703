// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Private predictions: a model owner's weights, a client's images, servers that see neither.
#include "private_prediction.hpp"

#include "model_owner.hpp"

#include "../common/data.hpp"
#include "../common/options.hpp"
#include "../common/plain_logits.hpp"
#include "../common/prediction_client.hpp"
#include "../common/report.hpp"

#include <koi/koi.hpp>
#include <koi/trace/parity.hpp>
#include <koi/trace/plan.hpp>
#include <koi/trace/tensorboard.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <optional>

namespace {

constexpr std::size_t frac_bits = 16;

/// Compares a few predictions in shares with the same in the clear; whether they agree.
template <class P>
bool check_parity(mnist::options options, mnist::data_source const& data) {
  options.images = options.batch = std::min<std::size_t>(options.images, 8);
  options.offline_first = false;
  auto const images = data.first_test_images(options.images);
  mnist::ModelOwner owner(data.training_set(), options.epochs);
  (void)owner.provide_weights();
  auto const report = koi::parity<P>({"model-owner", "prediction-client"},
                                     [&](auto& on) {
                                       mnist::PredictionClient client(images, options.batch);
                                       mnist::prediction_costs unused;
                                       mnist::private_prediction(on, options, owner, client, unused);
                                     },
                                     {.reference = owner.layers(images.images)});
  fmt::print("\n{}", koi::trace::parity_table(report));
  return !report.first_divergence();
}

/// Whether all is well.
template <class P>
bool predict_and_report(mnist::options const& options) {
  auto const cluster = mnist::cluster_for<P>(options);
  mnist::data_source const data(options.data);
  fmt::print("{}, ring of {} bits, {} of them for fractions; {} images, {} at a time; {}\n", options.protocol,
             P::ring::bits, frac_bits, options.images, options.batch, data.name());
  std::fflush(stdout);

  if (options.parity) return check_parity<P>(options, data);
  if (options.plan) {
    mnist::ModelOwner nobody({}, 0);
    mnist::PredictionClient none({}, options.batch);
    mnist::prediction_costs unused;
    auto plan = koi::plan<P>({"model-owner", "prediction-client"},
                             [&](auto& on) { mnist::private_prediction<P>(on, options, nobody, none, unused); });
    if (!options.link.empty())
      plan.predicted = plan.predict({.round_trip_ms = options.link[0], .mbit = options.link[1]});
    fmt::print("\n{}", koi::trace::plan_table(plan));
    return true;
  }

  bool const owns_model = options.plays("model-owner");
  bool const owns_images = options.plays("prediction-client");

  mnist::ModelOwner owner(owns_model ? data.training_set() : mnist::labelled_images{}, options.epochs);
  mnist::PredictionClient client(owns_images ? data.first_test_images(options.images) : mnist::labelled_images{},
                                 options.batch);
  mnist::leave_plain_logits(owner, data, options);

  auto const costs = mnist::run_players<P>(cluster, options, "mnist", [&](auto& on, auto& mine) {
    mnist::private_prediction<P>(on, options, owner, client, mine);
  });

  if (!options.tensorboard.empty() && owns_model) {
    koi::trace::tensorboard board(options.tensorboard + "/" + options.protocol);
    for (std::size_t i = 0; i < owner.losses().size(); ++i)
      board.scalar("loss", static_cast<std::int64_t>(i + 1), owner.losses()[i]);
  }
  std::optional<mnist::comparison> seen;
  if (owns_images) {
    seen = mnist::compare(client.logits(), client.images(), mnist::plain_logits(owner, client.images(), options));
    mnist::print_summary(*seen, costs, options.images);
    if (!options.tensorboard.empty())
      koi::trace::tensorboard(options.tensorboard + "/" + options.protocol)
          .scalar("accuracy", 0, seen->private_accuracy.value());
  }
  if (!options.report.empty()) {
    mnist::write_report(options.report,
                        {{}, options.protocol, P::ring::bits, frac_bits, data.name(), options.images, options.batch},
                        seen.value_or(mnist::comparison{}), costs);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  mnist::options options;
  CLI::App app("Private MNIST predictions with koi", "mnist");
  mnist::declare(app, options);
  app.add_flag("--plan", options.plan, "Print what the predictions will cost, layer by layer, and run nothing");
  app.add_option("--link", options.link,
                 "With --plan: also how long they take over links of so many milliseconds there and back and Mbit/s")
      ->expected(2)
      ->needs("--plan");
  app.add_flag("--parity", options.parity,
               "Compare a few predictions layer by layer: in real numbers, in fixed point, in shares, and as trained")
      ->excludes("--config");
  try {
    app.parse(argc, argv);
    auto const well = options.protocol == "pond" ? predict_and_report<koi::pond<koi::ring64, frac_bits>>(options)
                                                 : predict_and_report<koi::securenn<koi::ring64, frac_bits>>(options);
    return well ? 0 : 1;
  } catch (CLI::ParseError const& e) {
    return app.exit(e);
  } catch (std::exception const& e) {
    fmt::print(stderr, "mnist{}: {}\n", options.player.empty() ? "" : " (" + options.player + ")", e.what());
    return 1;
  }
}
