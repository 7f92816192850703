// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/party.hpp>

#include <algorithm>
#include <vector>

namespace koi::detail {

/// Depth of the deepest message that each player will have received, as the channels' counters will tell it: every
/// message of a step is a round deeper than what its sender had before.
class planned_rounds {
 public:
  planned_rounds(party const& self, std::size_t players) : self_(self), depth_(players) {}

  void add(planned_step const& step) {
    auto &first = depth_[self_.server(0)], &second = depth_[self_.server(1)];
    if (step.owner != planned_step::nobody) {
      auto const sent = depth_[step.owner] + step.cost.rounds;
      for (auto* server : {&first, &second}) *server = std::max(*server, sent);
    } else if (step.taker != planned_step::nobody) {
      auto& taker = depth_[step.taker];
      taker = std::max(taker, std::max(first, second) + step.cost.rounds);
    } else if (step.cost.rounds > 0) {
      first = second = std::max(first, second) + step.cost.rounds;
    }
  }
  [[nodiscard]] std::uint64_t most() const { return *std::max_element(depth_.begin(), depth_.end()); }

 private:
  party const& self_;
  std::vector<std::uint64_t> depth_;
};

/// What a step that tells its cost alone does, as far as that follows: its servers swap messages of one size in every
/// round, and the helper is asked and answers in the last.
inline course course_of_cost(party const& self, planned_step const& step) {
  auto const helper = self.helper();
  course does({self.server(0), self.server(1)}, helper, self.role_of(helper) == role::assist, step.ph);
  auto const& c = step.cost;
  if (c.dealt > 0) does.offline().message(helper, does.server(1), c.dealt);
  does.online();
  if (step.owner != planned_step::nobody) {
    does.message(step.owner, does.server(1), c.owners);
  } else if (step.taker != planned_step::nobody) {
    for (unsigned j : {0U, 1U})
      if (does.server(j) != step.taker) does.message(does.server(j), step.taker, c.owners / 2 + c.servers);
  } else {
    for (std::uint64_t r = 0; r < c.rounds && c.servers > 0; ++r) {
      auto const bytes = c.servers / 2 / c.rounds + (r == 0 ? c.servers / 2 % c.rounds : 0);
      does.swap_begin(bytes).swap_end(bytes);
    }
    if (c.assisted > 0)
      does.message(does.server(0), helper, c.assisted / 2).message(helper, does.server(0), c.assisted - c.assisted / 2);
  }
  return does;
}

inline course course_of(party const& self, planned_step const& step) {
  return step.course ? *step.course : course_of_cost(self, step);
}

}  // namespace koi::detail
