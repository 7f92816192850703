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
#include <koi/trace/plan.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <optional>

namespace {

constexpr std::size_t frac_bits = 16;

template <class P>
void predict_and_report(mnist::options const& options) {
  auto const cluster = mnist::cluster_for<P>(options);
  mnist::data_source const data(options.data);
  fmt::print("{}, ring of {} bits, {} of them for fractions; {} images, {} at a time; {}\n", options.protocol,
             P::ring::bits, frac_bits, options.images, options.batch, data.name());
  std::fflush(stdout);

  if (options.plan) {
    mnist::ModelOwner nobody({}, 0);
    mnist::PredictionClient none({}, options.batch);
    mnist::prediction_costs unused;
    auto const plan = koi::plan<P>({"model-owner", "prediction-client"}, [&](auto& on) {
      mnist::private_prediction<P>(on, options, nobody, none, unused);
    });
    fmt::print("\n{}", koi::trace::plan_table(plan));
    return;
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

  std::optional<mnist::comparison> seen;
  if (owns_images) {
    seen = mnist::compare(client.logits(), client.images(), mnist::plain_logits(owner, client.images(), options));
    mnist::print_summary(*seen, costs, options.images);
  }
  if (!options.report.empty()) {
    mnist::write_report(options.report,
                        {{}, options.protocol, P::ring::bits, frac_bits, data.name(), options.images, options.batch},
                        seen, costs);
  }
}

}  // namespace

int main(int argc, char** argv) {
  mnist::options options;
  CLI::App app("Private MNIST predictions with koi", "mnist");
  mnist::declare(app, options);
  app.add_flag("--plan", options.plan, "Print what the predictions will cost, layer by layer, and run nothing");
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
