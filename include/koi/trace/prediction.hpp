// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/course.hpp>
#include <koi/trace/detail/plan_clock.hpp>

namespace koi {

/// What a planned program takes over some links, in seconds, until its last player is done.
struct prediction {
  double set_up = 0;   ///< sharing and masking what stays
  double whole = 0;    ///< all the rest, nothing of it prepared
  double offline = 0;  ///< all the rest, prepared: what depends on no input
  double online = 0;   ///< and what follows the inputs
};

/// A step of a planned program.
struct planned_course {
  std::size_t row = 0;  ///< of the plan
  bool stays = false;   ///< part of the set-up
  course does;
};

namespace detail {

/// Seconds for those acts of the steps that `counts(step, act)` takes.
template <class Counts>
[[nodiscard]] double seconds_of(std::vector<planned_course> const& steps, std::size_t players, link_speed const& link,
                                machine_speed const& machine, Counts counts) {
  plan_clock clock(players, link, machine);
  std::vector<std::size_t> last_step(players, steps.size());
  for (std::size_t s = 0; s < steps.size(); ++s)
    for (auto const& a : steps[s].does.acts()) {
      if (!counts(steps[s], a)) continue;
      if (std::exchange(last_step[a.player], s) != s) clock.compute(a.player, machine.a_step);
      switch (a.what) {
        case act::kind::work:
          clock.compute(a.player, static_cast<double>(a.work.multiply_adds) / machine.multiply_adds +
                                      static_cast<double>(a.work.drawn) / machine.drawn +
                                      static_cast<double>(a.work.touched) / machine.touched);
          break;
        case act::kind::send:
          clock.send(a.player, a.peer, a.bytes);
          break;
        case act::kind::receive:
          clock.receive(a.player, a.peer, a.bytes);
          break;
        case act::kind::keep:
        case act::kind::hold:
          break;
      }
    }
  return clock.run();
}

[[nodiscard]] inline prediction predict(std::vector<planned_course> const& steps, std::size_t players,
                                        link_speed const& link, machine_speed const& machine) {
  auto const seconds = [&](auto counts) { return seconds_of(steps, players, link, machine, counts); };
  return {seconds([](auto const& step, auto const&) { return step.stays; }),
          seconds([](auto const& step, auto const&) { return !step.stays; }),
          seconds([](auto const& step, auto const& a) { return !step.stays && a.ahead; }),
          seconds([](auto const& step, auto const& a) { return !step.stays && !a.ahead; })};
}

}  // namespace detail
}  // namespace koi
