// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/clock_offset.hpp>
#include <koi/net/hello.hpp>
#include <koi/serve/finding.hpp>
#include <koi/serve/message.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi::serve::detail {

/// What a player says of itself that its peers must have as well.
struct told {
  std::uint16_t version = 0;  ///< of the players' messages
  bool readable = true;       ///< whether the rest is: it is not where the version is another one
  std::string protocol;
  std::size_t ring_bits = 0;
  std::size_t frac_bits = 0;
  std::uint64_t config = 0;
  clock_offset clock;
  std::optional<std::string> program;               ///< if it said so
  std::optional<std::vector<std::string>> players;  ///< if it said so
};

/// Out of its answer to an inquiry, between two readings of this machine's clock.
[[nodiscard]] inline told told_by(hello const& h, std::chrono::nanoseconds asked, std::chrono::nanoseconds heard) {
  return {h.version, h.version == wire_version,        h.protocol, h.ring_bits, h.frac_bits,
          h.config,  offset_of(asked, h.clock, heard), h.program,  h.players};
}
/// Out of what a server says to its clients.
[[nodiscard]] inline told told_by(server_description const& d, std::chrono::nanoseconds asked,
                                  std::chrono::nanoseconds heard) {
  return {d.wire, true, d.protocol, d.ring_bits, d.frac_bits, d.config, offset_of(asked, d.clock, heard), {}, {}};
}

/// What this player has, and so the other one should have.
struct due {
  std::string me;
  std::vector<std::string> players;     ///< configured, in their order
  std::string protocol;                 ///< that its own begins with; empty: any
  std::size_t ring_bits = 0;            ///< 0: any
  std::size_t frac_bits = 0;            ///< of a ring that is given
  std::string program;                  ///< empty: any
  std::optional<std::uint64_t> config;  ///< none: any
  std::string_view settings;            ///< the keys that `config` is a digest of, for messages
};

/// Compares the two; every finding goes to `note`.
class comparison {
 public:
  using on_finding = std::function<void(verdict, std::string_view what, std::string text)>;

  comparison(due const& mine, std::string const& other, on_finding note)
      : mine_(mine), other_(other), note_(std::move(note)) {}

  void look_at(told const& t) const {
    if (t.version != wire_version)
      note_(verdict::broken, "versions",
            fmt::format("{} speaks version {} of the players' messages, and {} version {}: they cannot meet. Install "
                        "the same release of koi on both machines",
                        other_, t.version, mine_.me, wire_version));
    else
      note_(verdict::good, "versions", fmt::format("both speak version {} of the players' messages", wire_version));
    if (!t.readable) return;
    program(t);
    players(t);
    settings(t);
    clock(t.clock);
  }

 private:
  void program(told const& t) const {
    if (!mine_.program.empty() && t.program && *t.program != mine_.program)
      note_(verdict::broken, "program",
            fmt::format("{} runs '{}', and not '{}': another program of koi listens there", other_,
                        printable(*t.program), mine_.program));
    auto const protocol = printable(t.protocol);
    if (!mine_.protocol.empty() && !protocol.starts_with(mine_.protocol))
      note_(verdict::broken, "protocol",
            fmt::format("{} computes with {}, and this player's configuration says {}", other_, protocol,
                        mine_.protocol));
    else if (mine_.ring_bits != 0 && (t.ring_bits != mine_.ring_bits || t.frac_bits != mine_.frac_bits))
      note_(verdict::broken, "protocol",
            fmt::format("{} computes with {} bits, {} of them for fractions, and {} with {} and {}: install the same "
                        "release of koi on both machines",
                        other_, t.ring_bits, t.frac_bits, mine_.me, mine_.ring_bits, mine_.frac_bits));
    else
      note_(verdict::good, "protocol", fmt::format("{} computes with {}", other_, protocol));
  }

  /// A program may leave out players that a configuration has.
  void players(told const& t) const {
    if (!t.players) return;
    auto from = mine_.players.begin();
    bool known = std::find(t.players->begin(), t.players->end(), mine_.me) != t.players->end();
    for (auto const& name : *t.players) {
      from = std::find(from, mine_.players.end(), name);
      known = known && from != mine_.players.end();
      if (from != mine_.players.end()) ++from;
    }
    if (known) return note_(verdict::good, "players", "both have the same");
    note_(
        verdict::broken, "players",
        fmt::format("{} expects {}, and this player's configuration has {}, in this order: put the same players into "
                    "both configurations",
                    other_, printable(fmt::format("{}", fmt::join(*t.players, ", "))), fmt::join(mine_.players, ", ")));
  }

  void settings(told const& t) const {
    if (!mine_.config) return;
    if (t.config == *mine_.config)
      return note_(verdict::good, "settings", fmt::format("both have the same (digest {:016x})", t.config));
    note_(verdict::broken, "settings",
          fmt::format("{} has others (digest {:016x}) than this player's configuration ({:016x}): {} must be the same "
                      "in both files. Make them so, and start again whoever runs with the old ones",
                      other_, t.config, *mine_.config, mine_.settings));
  }

  void clock(clock_offset const& o) const {
    auto const apart = least_distance(o);
    auto const text = offset_text(other_, o);
    if (apart <= clocks_agree) return note_(verdict::good, "clocks", text);
    note_(apart > clocks_contradict ? verdict::broken : verdict::doubtful, "clocks",
          fmt::format("{}; {}", text, clock_advice));
  }

  due const& mine_;
  std::string const& other_;
  on_finding note_;
};

}  // namespace koi::serve::detail
