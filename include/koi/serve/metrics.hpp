// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/message.hpp>

#include <atomic>
#include <chrono>

namespace koi::serve {

/// What a server counts. Nothing that is computed from a value, and no client's name, is in it.
///
/// Threads  safe
class metrics {
 public:
  using counter = std::atomic<std::uint64_t>;

  counter connections_now{0}, connections{0}, connections_closed{0};
  counter requests{0}, answers{0};
  std::array<counter, 16> refusals{};  ///< by `refusal`
  counter batches{0}, samples{0}, padding{0}, prepared_batches{0};
  counter sessions{0}, sessions_lost{0};
  counter models_ready{0}, up{0}, waiting{0};
  counter sent_bytes{0}, received_bytes{0}, rounds{0};
  counter stock_runs{0}, stock_bytes{0};

  void refused(refusal why) noexcept { ++refusals[std::min<std::size_t>(static_cast<std::size_t>(why), 15)]; }

  /// From the arrival of a request's last half to its answer.
  void answered(std::chrono::steady_clock::duration took) noexcept {
    auto const us = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    ++answers;
    latency_us_ += us;
    for (std::size_t i = 0; i < bounds_ms.size(); ++i)
      if (us <= bounds_ms[i] * 1000) ++buckets_[i];
  }

  /// In Prometheus's text format.
  [[nodiscard]] std::string text() const {
    std::string out;
    auto const put = [&out](std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
      out += fmt::format("# HELP koi_{0} {2}\n# TYPE koi_{0} {1}\nkoi_{0} {3}\n", name, type, help, value);
    };
    put("up", "gauge", "whether all players of the group are connected", up);
    put("models_ready", "gauge", "models that answer requests", models_ready);
    put("requests_waiting", "gauge", "requests that are held or queued", waiting);
    put("client_connections", "gauge", "open connections of clients", connections_now);
    put("client_connections_total", "counter", "connections of clients", connections);
    put("client_connections_closed_total", "counter", "connections that are gone", connections_closed);
    put("requests_total", "counter", "requests that were taken in", requests);
    out += "# HELP koi_refusals_total requests that were refused\n# TYPE koi_refusals_total counter\n";
    for (std::uint16_t i = 1; i <= static_cast<std::uint16_t>(refusal::differs); ++i) {
      std::string reason(to_string(static_cast<refusal>(i)));
      std::replace(reason.begin(), reason.end(), ' ', '_');
      out += fmt::format("koi_refusals_total{{reason=\"{}\"}} {}\n", reason, refusals[i].load());
    }
    out +=
        "# HELP koi_latency_seconds from a request's last half to its answer\n# TYPE koi_latency_seconds histogram\n";
    for (std::size_t i = 0; i < bounds_ms.size(); ++i)
      out += fmt::format("koi_latency_seconds_bucket{{le=\"{}\"}} {}\n", static_cast<double>(bounds_ms[i]) / 1000,
                         buckets_[i].load());
    out += fmt::format(
        "koi_latency_seconds_bucket{{le=\"+Inf\"}} {0}\nkoi_latency_seconds_sum {1}\nkoi_latency_seconds_count {0}\n",
        answers.load(), static_cast<double>(latency_us_.load()) / 1e6);
    put("batches_total", "counter", "batches that were computed", batches);
    put("samples_total", "counter", "samples of clients in them", samples);
    put("padding_samples_total", "counter", "samples that only filled batches up", padding);
    put("prepared_batches_total", "counter", "batches that used prepared material", prepared_batches);
    put("sessions_total", "counter", "times that all players met", sessions);
    put("sessions_lost_total", "counter", "times that a player was lost", sessions_lost);
    put("sent_bytes_total", "counter", "bytes to the other players", sent_bytes);
    put("received_bytes_total", "counter", "bytes from the other players", received_bytes);
    put("rounds_total", "counter", "online rounds", rounds);
    put("stock_runs", "gauge", "prepared batches that are left", stock_runs);
    put("stock_bytes", "gauge", "bytes that they take", stock_bytes);
    return out;
  }

 private:
  static constexpr std::array<std::uint64_t, 14> bounds_ms{1,   2,   5,    10,   20,   50,    100,
                                                           200, 500, 1000, 2000, 5000, 10000, 60000};
  std::array<counter, bounds_ms.size()> buckets_{};
  counter latency_us_{0};
};

}  // namespace koi::serve
