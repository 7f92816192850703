// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace mnist {

struct options {
  std::string protocol = "pond";
  std::size_t images = 1000;
  std::size_t batch = 128;
  bool offline_first = false;
  bool plan = false;
  std::vector<double> link;  // milliseconds there and back, Mbit/s; none if empty
  bool parity = false;
  bool ledger = false;
  bool audit = false;
  std::string trace;
  std::string tensorboard;
  std::string flow;
  std::string data;
  std::string config;
  std::string player;
  std::string report;
  std::string plain_logits;
  int epochs = 8;

  /// Batches are public: every player counts them alike, the client's images stay out of it.
  [[nodiscard]] std::size_t batches() const noexcept { return (images + batch - 1) / batch; }
  [[nodiscard]] std::size_t batch_size(std::size_t i) const noexcept { return std::min(batch, images - i * batch); }

  /// True if that player runs in this process.
  [[nodiscard]] bool plays(std::string const& name) const { return player.empty() || player == name; }
};

/// Declares the options to CLI11, which reads the command line into `to`.
inline void declare(CLI::App& app, options& to) {
  app.add_option("--protocol", to.protocol, "How the servers compute: pond or securenn")
      ->check(CLI::IsMember(std::vector<std::string>{"pond", "securenn"}))
      ->capture_default_str();
  app.add_option("--images", to.images, "How many test images to predict, from the first on")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--batch", to.batch, "How many of them at a time")
      ->check(CLI::Range(1, 65'536))
      ->capture_default_str();
  app.add_flag("--offline-first", to.offline_first,
               "Prepare all batches before the first image is shared; times and bytes of both halves apart");
  app.add_flag("--ledger", to.ledger,
               "Print where every player of this process spent time, rounds, bytes and memory, layer by layer");
  app.add_flag("--audit", to.audit, "Print every place of the program where values left the shares, and to whom");
  app.add_option("--trace", to.trace, "Write what the players of this process did and when, for Perfetto");
  app.add_option("--tensorboard", to.tensorboard, "Write graph, times and memory to this folder, for TensorBoard");
  app.add_option("--flow", to.flow, "Draw what went between the players to this file, as SVG");
  app.add_option("--data", to.data,
                 "Folder with the MNIST files, or \"drawn\" for digits that the program draws; "
                 "without it $KOI_MNIST_DIR, then data/mnist, then drawn ones");
  auto* const config =
      app.add_option("--config", to.config, "Players and their addresses as JSON; without it all run in here");
  auto* const player = app.add_option("--player", to.player, "The player that this process is");
  config->needs(player);
  player->needs(config);
  app.add_option("--report", to.report, "Write what was measured to this file, as JSON");
  app.add_option("--epochs", to.epochs, "How often training sees every image")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--plain-logits", to.plain_logits,
                 "For measuring with all players on one machine: the model owner leaves the plain "
                 "model's logits of the test images in this file, the client compares with them")
      ->needs(config);
}

}  // namespace mnist
