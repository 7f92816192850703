// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model_owner.hpp"
#include "options.hpp"
#include "prediction_client.hpp"
#include "report.hpp"

#include <koi/koi.hpp>
#include <koi/session/in_process.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>

namespace mnist {

/// The program that every player runs; each does only its own part. `owner` and `client` are
/// touched by the callables alone, which run at their player.
template <class P>
void private_prediction(koi::session<P>& on, options const& how, ModelOwner& owner,
                        PredictionClient& client, prediction_costs& costs) {
  using clock = std::chrono::steady_clock;

  koi::nn::sequential<P> model{koi::nn::dense{784, 512}, koi::nn::relu{}, koi::nn::dense{512, 10}};
  model.set_weights(on.private_variables("model-owner", model.weight_shapes(),
                                         [&] { return owner.provide_weights(); }));

  // the client hears that the servers have the weights, so that it can time its first batch, too
  auto const meet = [&] {
    auto const ready = on.private_input("model-owner", {}, [] { return 1.0; });
    on.output("prediction-client", ready, [](auto const&) {});
  };
  auto const predict = [&](std::size_t i) {
    clock::time_point asked;
    auto const x = on.private_input("prediction-client", {how.batch_size(i), 784}, [&] {
      auto batch = client.provide_input(i);
      asked = clock::now();
      return batch;
    });
    auto const before = on.spent().rounds(koi::phase::online);
    on.output("prediction-client", model(x), [&](auto const& logits) {
      std::chrono::duration<double, std::milli> const took = clock::now() - asked;
      costs.batch_milliseconds.push_back(took.count());
      costs.rounds_per_batch = on.spent().rounds(koi::phase::online) - before;
      client.receive_output(logits);
    });
  };

  meet();
  if (how.offline_first) {
    auto const start = clock::now();
    for (std::size_t i = 0; i < how.batches(); ++i)
      costs.prepared_bytes = on.prepare(1, [&] { predict(i); }).bytes;
    meet();
    std::chrono::duration<double, std::milli> const took = clock::now() - start;
    costs.offline_milliseconds = took.count();
  }
  for (std::size_t i = 0; i < how.batches(); ++i) {
    if (how.offline_first)
      on.use_prepared([&] { predict(i); });
    else
      predict(i);
  }
}

/// Runs the program: all players in this process for a local cluster, else the one that the options
/// name. Returns what this process saw of time, rounds and bytes.
template <class P>
prediction_costs predict(koi::cluster const& cluster, options const& how, ModelOwner& owner,
                         PredictionClient& client) {
  prediction_costs total;
  std::mutex guard;
  auto const program = [&](koi::session<P>& on) {
    prediction_costs mine;
    private_prediction<P>(on, how, owner, client, mine);
    std::scoped_lock const lock(guard);
    add_links(total, on.me(), on.players(), on.spent(), cluster.is_local());
    total.prepared_bytes = std::max(total.prepared_bytes, mine.prepared_bytes);
    if (!mine.batch_milliseconds.empty()) {
      total.offline_milliseconds = mine.offline_milliseconds;
      total.batch_milliseconds = std::move(mine.batch_milliseconds);
      total.rounds_per_batch = mine.rounds_per_batch;
    }
  };
  if (cluster.is_local()) {
    koi::run<P>(cluster, program);
  } else {
    koi::session_options options;
    options.program = "mnist";
    options.progress = [&](std::string_view line) {
      fmt::print("{}: {}\n", how.player, line);
      std::fflush(stdout);
    };
    koi::run<P>(cluster, how.player, program, options);
  }
  return total;
}

}  // namespace mnist
