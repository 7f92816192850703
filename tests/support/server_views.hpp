// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/recording_channel.hpp"
#include "tests/support/statistics.hpp"

#include <doctest/doctest.h>

namespace koi::testing {

/// What a compute server sees when an operation runs many times on one input: its pieces of input
/// and result, and what it receives; in addition what it sends, and of equally long messages that the
/// servers swap the sums and XORs, because openings are sums.
struct seen_by_servers {
  std::array<view_samples, 2> server;
};

inline constexpr std::size_t view_sessions = 4;
inline constexpr std::size_t view_repeats = 128;

/// Standard deviations that no honest difference reaches: some ten million comparisons a test.
inline constexpr double noise = 7.5;

using channel_decorator =
    std::function<any_channel(std::size_t me, std::size_t peer, any_channel, std::uint64_t session)>;

/// Views of `op(party, share) -> share` on an input that is shared anew each time, under fixed seeds.
template <Protocol P, class Op>
seen_by_servers views_of(tensor<typename P::ring> const& x, Op op, std::uint64_t first_seed = 1,
                         channel_decorator decorate = {}) {
  using R = typename P::ring;
  using word = typename R::value_type;
  seen_by_servers out;
  for (std::uint64_t session = first_seed; session < first_seed + view_sessions; ++session) {
    transcript log;
    auto how = recorded(log, session);
    if (decorate)
      how.around = [&, inner = how.around](std::size_t me, std::size_t peer, any_channel channel) {
        return decorate(me, peer, inner(me, peer, std::move(channel)), session);
      };
    auto const pieces = run_parties<P>(how, [&](party& self) {
      std::vector<std::vector<std::byte>> mine;
      for (std::size_t i = 0; i < view_repeats; ++i) {
        auto const share = shared<P>(self, x);
        auto const y = op(self, share);
        auto& bytes = mine.emplace_back();
        for (auto const& held : {share, y})
          if (held.held()) bytes.insert(bytes.end(), held.piece().bytes().begin(), held.piece().bytes().end());
      }
      return mine;
    });

    auto const part = [&](std::size_t from, std::size_t to, std::size_t repeat) {
      auto const& link = log.on(from, to);
      REQUIRE(link.size() % view_repeats == 0);
      auto const each = static_cast<std::ptrdiff_t>(link.size() / view_repeats);
      auto const first = link.begin() + each * static_cast<std::ptrdiff_t>(repeat);
      return std::vector<message>(first, first + each);
    };
    for (std::size_t i = 0; i < view_repeats; ++i)
      for (std::size_t me = 0; me < 2; ++me) {
        std::vector<std::byte> important = pieces[me][i], rest;
        auto const append = [](std::vector<std::byte>& to, std::vector<message> const& messages) {
          for (auto const& m : messages) to.insert(to.end(), m.bytes.begin(), m.bytes.end());
        };
        auto const received = part(1 - me, me, i), sent = part(me, 1 - me, i);
        append(important, received);
        append(important, sent);
        for (std::size_t m = 0; m < std::min(received.size(), sent.size()); ++m) {
          auto const &a = received[m].bytes, &b = sent[m].bytes;
          if (a.size() != b.size()) continue;
          for (std::size_t k = 0; k < a.size(); ++k) important.push_back(a[k] ^ b[k]);
          for (std::size_t k = 0; k + sizeof(word) <= a.size(); k += sizeof(word)) {
            auto const sum = R::add(koi::load<word>(a, k), koi::load<word>(b, k));
            auto const bytes = bytes_of(&sum, 1);
            important.insert(important.end(), bytes.begin(), bytes.end());
          }
        }
        for (std::size_t from = 2; from < 5; ++from) append(rest, part(from, me, i));
        append(rest, part(me, 2, i));
        out.server[me].add(important, rest);
      }
  }
  return out;
}

/// The larger of the two servers' differences.
inline double shift_between(seen_by_servers const& a, seen_by_servers const& b, std::size_t most_bits = 1200) {
  return std::max(largest_shift(a.server[0], b.server[0], most_bits),
                  largest_shift(a.server[1], b.server[1], most_bits));
}

/// Inputs that an operation must not tell apart: zero, small ones of either sign, the largest.
template <class R>
std::vector<tensor<R>> telling_inputs(shape_type const& shape, std::size_t magnitude_bits) {
  auto const most = static_cast<typename R::value_type>(R::power(magnitude_bits) - 1);
  std::vector<tensor<R>> all;
  for (auto const v : {typename R::value_type{0}, typename R::value_type{1}, R::neg(1), most, R::neg(most)})
    all.emplace_back(shape, v);
  return all;
}

/// Requires that neither server's view of the operation tells any two of the inputs apart.
template <Protocol P, class Op>
void check_views(std::vector<tensor<typename P::ring>> const& inputs, Op op, std::size_t most_bits = 1200) {
  std::vector<seen_by_servers> seen;
  for (std::size_t i = 0; i < inputs.size(); ++i) seen.push_back(views_of<P>(inputs[i], op, 10 * i + 1));
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    INFO("inputs 0 and ", i);
    CHECK(shift_between(seen[0], seen[i], most_bits) < noise);
  }
}

}  // namespace koi::testing
