// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"
#include "prediction_client.hpp"
#include "report.hpp"

#include <koi/koi.hpp>
#include <koi/session/in_process.hpp>
#include <koi/trace/audit.hpp>
#include <koi/trace/chrome.hpp>
#include <koi/trace/flow.hpp>
#include <koi/trace/ledger.hpp>
#include <koi/trace/tensorboard.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mnist {

/// The two servers, the protocol's helper under one of its names, and the two who own something.
template <class P>
koi::cluster cluster_for(options const& how) {
  auto const helpers = P::helper_names();
  auto const players = [](std::string const& helper) {
    return std::vector<std::string>{"server0", "server1", helper, "model-owner", "prediction-client"};
  };
  if (how.config.empty()) return koi::local_cluster(players(helpers.front()));

  auto const all = koi::cluster::load(how.config);
  auto const helper = std::find_first_of(helpers.begin(), helpers.end(), all.players().begin(), all.players().end());
  auto cluster = all.only(players(helper == helpers.end() ? helpers.front() : *helper));
  (void)cluster.index_of(how.player);  // an unknown player is better told before any work
  return cluster;
}

/// Predicts all batches with a model that has its weights: what every player runs; each does only its own part.
/// `client`, a PredictionClient or one with the same two functions, is touched by the callables alone, which run at
/// their player.
template <class P, class Client>
void predict_batches(koi::session<P>& on, koi::nn::model<P> const& model, options const& how, Client& client,
                     prediction_costs& costs) {
  using clock = std::chrono::steady_clock;

  // the client hears that the servers have the weights, so that it can time its first batch, too
  auto const meet = [&] {
    auto const named = on.scope("meeting");
    auto const ready = on.private_input("model-owner", {}, [] { return 1.0; });
    on.output("prediction-client", ready, [](auto const&) {});
  };
  auto const predict = [&](std::size_t i) {
    clock::time_point asked;
    auto shape = model.shape_of(model.input());  // of one image
    shape[0] = how.batch_size(i);
    auto const x = [&] {
      auto const named = on.scope("images");
      return on.private_input("prediction-client", shape, [&] {
        auto batch = client.provide_input(i);
        batch.reshape(shape);
        asked = clock::now();
        return batch;
      });
    }();
    auto const before = on.spent().rounds(koi::phase::online);
    auto const y = model(x);
    auto const named = on.scope("logits");
    on.output("prediction-client", y, [&](auto const& logits) {
      std::chrono::duration<double, std::milli> const took = clock::now() - asked;
      costs.batch_milliseconds.push_back(took.count());
      costs.rounds_per_batch = on.spent().rounds(koi::phase::online) - before;
      client.receive_output(logits);
    });
  };

  meet();
  if (how.offline_first) {
    auto const start = clock::now();
    for (std::size_t i = 0; i < how.batches(); ++i) costs.prepared_bytes = on.prepare(1, [&] { predict(i); }).bytes;
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

/// Runs `predict(session, costs)`: for all players in this process if the cluster is a local one, else for the one that
/// the options name. Returns what this process saw of time, rounds and bytes. Players of another `program` are refused.
template <class P, class Predict>
prediction_costs run_players(koi::cluster const& cluster, options const& how, std::string const& program,
                             Predict const& predict) {
  prediction_costs total;
  std::mutex guard;
  bool audited = false;
  koi::trace::chrome timeline;
  koi::trace::flow drawing;
  std::optional<koi::trace::tensorboard> board;
  if (!how.tensorboard.empty()) board.emplace(how.tensorboard + "/" + how.protocol);
  auto const part = [&](koi::session<P>& on) {
    prediction_costs mine;
    if (!how.trace.empty()) on.record();
    predict(on, mine);
    if (!how.trace.empty()) timeline.add(on);
    if (board) board->add(on);
    if (!how.flow.empty()) drawing.add(on);
    std::scoped_lock const lock(guard);
    if (how.audit && !std::exchange(audited, true))
      fmt::print("\n{}", koi::trace::audit(on));  // the same at every player
    if (how.ledger) fmt::print("\n{}", koi::trace::ledger_table(on));
    add_links(total, on.me(), on.players(), on.spent(), cluster.is_local());
    total.prepared_bytes = std::max(total.prepared_bytes, mine.prepared_bytes);
    if (!mine.batch_milliseconds.empty()) {
      total.offline_milliseconds = mine.offline_milliseconds;
      total.batch_milliseconds = std::move(mine.batch_milliseconds);
      total.rounds_per_batch = mine.rounds_per_batch;
    }
  };
  if (cluster.is_local()) {
    koi::run<P>(cluster, part);
  } else {
    koi::session_options session;
    session.program = program;
    session.progress = [&](std::string_view line) {
      fmt::print("{}: {}\n", how.player, line);
      std::fflush(stdout);
    };
    koi::run<P>(cluster, how.player, part, session);
  }
  if (!how.trace.empty()) timeline.write(how.trace);
  if (!how.flow.empty()) drawing.write(how.flow);
  if (board) {
    auto const& took = total.batch_milliseconds;
    for (std::size_t i = 0; i < took.size(); ++i)
      board->scalar("milliseconds a batch", static_cast<std::int64_t>(i), took[i]);
    board->write();
  }
  return total;
}

}  // namespace mnist
