// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/network.hpp>
#include <koi/serve/loaded_model.hpp>
#include <koi/session/roster.hpp>

namespace koi::serve {

/// Of all messages of one batch: what bounds a model's memory and time, at every player alike.
inline constexpr std::uint64_t most_batch_bytes = std::uint64_t{8} << 30;

/// What shapes alone say of a network: the same at every player, before any of them does a step of it.
struct trial {
  std::string fault;                 ///< why it cannot be served; empty if it can
  shape_type sample, result;         ///< of one sample
  bool apart = false;                ///< see nn::model::keeps_samples_apart
  std::vector<std::uint64_t> bytes;  ///< of all messages of a batch of 1, 2, 4, ... samples
};

namespace detail {

/// Bytes of all messages of the steps from one on.
inline std::uint64_t planned_bytes(party const& self, std::size_t from) {
  std::uint64_t sum = 0;
  for (auto i = from; i < self.planned().size(); ++i) {
    auto const step = self.planned()[i].cost.bytes();
    if (__builtin_add_overflow(sum, step, &sum)) return std::numeric_limits<std::uint64_t>::max();
  }
  return sum;
}

}  // namespace detail

/// Follows a network's shapes through every batch that it will be asked for, 1, 2, 4, ... up to `most_samples`, which
/// is one of them: a row of one shape for each sample, and no batch whose messages are more than `most_bytes`.
template <ComparingProtocol P>
[[nodiscard]] trial try_shapes(io::onnx::network const& network, std::size_t most_samples, std::uint64_t most_bytes) {
  static constexpr auto* planner = "the planner";
  auto players = with_servers<P>({});
  players.emplace_back(planner);
  party nobody(koi::network(planner, players), find_roster<P>(players),
               std::vector<std::optional<seed>>(players.size()));
  nobody.plan();
  trial out;
  try {
    loaded_model<P> model(nobody, network.template build<P>(), {});
    out.sample = model.sample();
    out.apart = model.keeps_samples_apart();
    for (std::size_t samples = 1; samples <= most_samples; samples *= 2) {
      auto const before = nobody.planned().size();
      model.try_out(nobody, samples);
      if (samples == 1) out.result = model.result();
      if (model.result() != out.result)
        throw bad_option(fmt::format("rows have shape {} in a batch of one and {} in one of {}",
                                     koi::to_string(out.result), koi::to_string(model.result()), samples));
      auto const bytes = out.bytes.emplace_back(detail::planned_bytes(nobody, before));
      if (bytes > most_bytes)
        throw bad_option(fmt::format("a batch of {} samples takes messages of {} MB; here are at most {} MB allowed",
                                     samples, bytes / 1'000'000, most_bytes / 1'000'000));
    }
  } catch (error const& e) {
    out.fault = e.what();
  }
  return out;
}

}  // namespace koi::serve
