// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/koi.hpp>
#include <koi/session/in_process.hpp>

#include <map>

namespace koi::testing {

/// Seeds that a test can repeat. Nothing that is installed makes such a seed.
[[nodiscard]] inline seed fixed_seed(std::uint64_t number) {
  std::array<std::byte, seed::size> bytes{};
  std::memcpy(bytes.data(), &number, sizeof number);
  return derive(seed(bytes), "test");
}

/// How to run the players of a test.
struct setting {
  std::uint64_t seed = 1;
  std::vector<std::string> owners{"owner", "client"};
  std::function<any_channel(std::size_t me, std::size_t peer, any_channel)> around =
      [](std::size_t, std::size_t, any_channel channel) { return channel; };
};

/// Runs a body with one party per player, each on a thread, over local channels and fixed seeds.
/// Returns what each player's body returned, by player. The first exception of any player comes out.
///
/// Players are server0 (0), server1 (1), the helper (2), then the owners.
template <Protocol P, class Body>
auto run_parties(setting const& how, Body body) {
  using result = std::invoke_result_t<Body, party&>;
  auto const names = with_servers<P>(how.owners);
  detail::in_process_parts parts;
  parts.pair_seed = [&](std::size_t a, std::size_t b) { return fixed_seed(how.seed * 1000 + a * 10 + b); };
  parts.around = how.around;
  parts.limits = {std::chrono::seconds(30), std::chrono::seconds(30)};
  auto parties = detail::in_process_parties(names, find_roster<P>(names), parts);
  if constexpr (std::is_void_v<result>) {
    detail::run_threads(parties, [&](party& self) { body(self); });
  } else {
    std::vector<std::optional<result>> results(names.size());
    detail::run_threads(parties, [&](party& self) { results[self.id()].emplace(body(self)); });
    std::vector<result> out;
    for (auto& r : results) out.push_back(std::move(*r));
    return out;
  }
}

/// A ring tensor given by player `owner` (3 is the first owner), shared.
template <Protocol P>
typename P::share_type shared(party& self, tensor<typename P::ring> const& x, std::size_t owner = 3) {
  return P::input(self, owner, x.shape(), [&] { return x; });
}

/// What one party sent during an operation, and how deep it stood before and after.
struct lap {
  cost sent;
  std::uint32_t depth_before = 0;
  std::uint32_t depth_after = 0;
};

[[nodiscard]] inline lap lap_since(party const& self, meter const& before) {
  auto const used = self.spent() - before;
  lap l{{}, before.rounds(phase::online), self.spent().rounds(phase::online)};
  for (std::size_t peer = 0; peer < self.players().size(); ++peer) {
    auto const online = used.sent(peer, phase::online).bytes;
    auto const here = self.role_of(self.id()), there = self.role_of(peer);
    if (here == role::own || there == role::own) l.sent.owners += online;
    else if (here == role::compute && there == role::compute) l.sent.servers += online;
    else l.sent.assisted += online;
    l.sent.dealt += used.sent(peer, phase::offline).bytes;
  }
  return l;
}

/// The operation as a whole: all that was sent, and how much deeper the deepest player stands.
[[nodiscard]] inline cost measured(std::vector<lap> const& players) {
  cost sum;
  std::uint32_t before = 0, after = 0;
  for (auto const& l : players) {
    sum = sum + l.sent;
    before = std::max(before, l.depth_before);
    after = std::max(after, l.depth_after);
  }
  sum.rounds = after - before;
  return sum;
}

}  // namespace koi::testing
