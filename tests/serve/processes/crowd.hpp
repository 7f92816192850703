// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/serve/processes/network.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace koi_tests {

enum class ending { right, wrong, refused, lost };

/// How one request ended.
struct outcome {
  ending how = ending::lost;
  std::string text;  ///< of the error
  double ms = 0;
};

/// A client of the service.
///
/// Threads  one at a time
class person {
 public:
  /// With an empty name over plain TCP.
  person(std::filesystem::path const& config, std::string const& name);
  ~person();

  /// A prediction for rows first, first+1, ... of the digits, compared with the plain network's: scores to a hundredth,
  /// and a label may be another one only where the plain scores lie as close.
  [[nodiscard]] outcome ask(std::string const& model, plain_network const& due, digits const& of, std::size_t first,
                            std::size_t count, bool label);
  /// Whether both servers have the model ready.
  [[nodiscard]] bool finds(std::string const& model, unsigned version);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Sends a server these bytes, as a client of this name; what it answers, or how the link ended; nothing if
/// neither came within the time.
[[nodiscard]] std::string tell_server(std::filesystem::path const& config, std::string const& name,
                                      std::string const& server, std::vector<std::byte> const& bytes,
                                      std::chrono::milliseconds wait);

/// One request whose halves the caller may know: the seed, what server 0 draws from it, and what server 1 gets.
struct known_halves {
  std::string seed, drawn, half;
};
[[nodiscard]] known_halves ask_with_known_halves(std::filesystem::path const& config, std::string const& name,
                                                 std::string const& model, digits const& of);

/// What became of many requests.
///
/// Threads  any
class tally {
 public:
  void add(outcome const& one);
  [[nodiscard]] std::size_t count(ending how) const;
  [[nodiscard]] std::size_t all() const;
  /// Of right answers, in milliseconds; the p-th part of them took no longer.
  [[nodiscard]] double quantile(double p) const;
  [[nodiscard]] double longest_failure_ms() const;
  /// Error texts without their numbers, with how often they came and the longest time until then.
  void print() const;
  /// Gives up if an answer was wrong, an error took longer, or an error names no player.
  void demand_well(std::chrono::milliseconds deadline) const;

 private:
  struct kind {
    std::size_t count = 0;
    double longest_ms = 0;
    std::string example;
  };
  mutable std::mutex mutex_;
  std::array<std::size_t, 4> counts_{};
  std::vector<float> right_ms_;
  std::map<std::string, kind> errors_;
  double longest_failure_ms_ = 0;
};

/// Clients that ask one after another, each in a thread, until they are told to stop or have asked so often together.
class crowd {
 public:
  struct options {
    std::filesystem::path config;
    std::string name;
    std::string model;
    std::size_t clients = 4;
    std::size_t requests = static_cast<std::size_t>(-1);  ///< of all of them
    std::size_t most_samples = 1;                         ///< of a request
    bool labels = true;                                   ///< every other request asks for labels alone
    unsigned seed = 1;
    std::chrono::milliseconds pause{0};  ///< after each request
  };
  crowd(options how, plain_network const& network, digits const& of, tally& into);
  ~crowd() { stop(); }
  void stop();
  /// Until all requests are asked.
  void wait();

 private:
  void ask_on(unsigned number, plain_network const& network, digits const& of, tally& into);

  options how_;
  std::atomic<bool> stops_{false};
  std::atomic<std::size_t> asked_{0};
  std::vector<std::jthread> threads_;
};

}  // namespace koi_tests
