// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/trace/audit.hpp>
#include <koi/trace/detail/movements.hpp>
#include <koi/trace/detail/svg.hpp>
#include <koi/trace/ledger.hpp>
#include <koi/trace/merge.hpp>

#include <mutex>

namespace koi::trace {

/// What went between the players of a run, drawn as an SVG file that needs no other: who gave which inputs, what the
/// servers opened to each other behind masks, what the helper dealt, who took which outputs, with values and bytes as
/// they were counted, and under it every line of the program where values left the shares.
///
///   koi::trace::flow picture;
///   koi::run<protocol>(players, [&](auto& on) {
///     ...
///     picture.add(on);
///   });
///   picture.write("flow.svg");
///
/// A player that runs as a program of its own draws the links that it has. Scopes name inputs and outputs.
///
/// Threads  any number at the same time
class flow {
 public:
  template <Protocol P>
  void add(session<P>& on) {
    std::lock_guard const lock(mutex_);
    auto const& self = on.self();
    protocol_ = P::name();
    word_ = P::ring::bits / 8;
    players_ = on.players();
    roles_.clear();
    for (std::size_t p = 0; p < players_.size(); ++p) roles_.push_back(self.role_of(p));
    disclosed_ = on.disclosed().list();
    audit_ = audit(on);
    rounds_ = std::max<std::uint64_t>(rounds_, self.is_server() ? self.spent().rounds(phase::online) : 0);
    moved_.add(on);
  }

  [[nodiscard]] std::string text() const {
    std::lock_guard const lock(mutex_);
    detail::svg out;
    if (players_.empty()) return out.whole(width, "nothing ran");
    out.text("name", 20, 28, "start", fmt::format("What went between the players: {}", protocol_));
    auto const bottom = std::max(draw_owners(out), draw_servers(out));
    out.box("group", servers_left, top, servers_width, bottom - top);
    draw_helper(out, (top + bottom) / 2);
    int y = std::max(out.bottom(), bottom) + 20;
    out.text("note", 20, y, "start",
             "Weights and inputs go to the servers as shares, and what servers open is masked: uniform to each player "
             "alone.");
    y += 30;
    out.text("name", 20, y, "start", "What left the shares, by the lines of the program");
    for (std::string_view rest = audit_; !rest.empty();
         rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1))
      out.text("note", 20, y += 18, "start", rest.substr(0, rest.find('\n')));
    return out.whole(width, "players of a secure computation, and what went between them");
  }
  /// Throws  bad_option if the file cannot be written
  void write(std::filesystem::path const& path) const { detail::write_text(path, text()); }

 private:
  using kind = detail::carries;
  using movement = detail::movement;

  static constexpr int width = 1050, top = 48, owners_width = 170, servers_left = 490, servers_width = 240,
                       helper_left = 880, helper_width = 150;

  template <class Picks>
  [[nodiscard]] detail::movements::sum of(Picks picks) const {
    return moved_.of(players_, picks);
  }

  static std::string bytes_text(std::uint64_t bytes) {
    auto out = detail::short_bytes(bytes);
    auto const unit = out.find_first_not_of("0123456789.");
    return unit == std::string::npos ? out + " B" : out.insert(unit, " ") + "B";
  }
  static std::string count_text(std::uint64_t n, std::string_view what) {
    auto digits = std::to_string(n);
    for (auto at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
    return fmt::format("{} {}{}", digits, what, n == 1 ? "" : "s");
  }
  static std::string title(std::string_view what, std::string const& scope) {
    return scope.empty() ? std::string(what) : fmt::format("{} ({})", what, scope);
  }

  /// What owner p gave, or took, a line for each scope; and its links.
  [[nodiscard]] std::pair<std::vector<std::string>, std::string> lines_of(std::size_t p, bool gave) const {
    std::pair<std::vector<std::string>, std::string> out;
    for (auto const& [what, scope] : moved_.scopes(p, gave)) {
      auto const all =
          of([&](movement const& m) { return m.what == what && m.scope == scope && (gave ? m.from : m.to) == p; });
      auto values = all.bytes / word_;
      if (!gave) {
        values = 0;
        for (auto const& d : disclosed_)
          if (d.to == players_[p] && d.scope == scope) values += d.times * element_count(d.shape);
      }
      auto const* const name = what == kind::weights ? "weights" : what == kind::input ? "input" : "output";
      // one server draws its share from the seed that it has in common with the owner: an empty message says when
      out.first.push_back(title(name, scope) + ": " +
                          (all.bytes == 0 ? "a share from a seed in common, 0 B"
                                          : fmt::format("{}, {}", count_text(values, "value"), bytes_text(all.bytes))));
      out.second += (out.second.empty() ? "" : "; ") + all.links;
    }
    return out;
  }

  /// Owners at the left, with an arrow for what they gave and one for what they took.
  int draw_owners(detail::svg& out) const {
    int y = top;
    for (std::size_t p = 0; p < players_.size(); ++p) {
      if (roles_[p] != role::own) continue;
      int const begun = y;
      y += 8;
      bool still = true;
      for (bool const gave : {true, false}) {
        auto const [lines, links] = lines_of(p, gave);
        if (lines.empty()) continue;
        still = false;
        for (auto const& line : lines) out.text("what", 20 + owners_width + 14, y += 16, "start", line);
        y += 8;
        if (gave)
          out.arrow(20 + owners_width, y, servers_left - 2, y, links);
        else
          out.arrow(servers_left, y, 20 + owners_width + 2, y, links);
      }
      y = std::max(y + 14, begun + 48);
      out.box("own", 20, begun, owners_width, y - begun);
      out.text("name", 20 + owners_width / 2, (begun + y) / 2 + (still ? 0 : 5), "middle", players_[p]);
      if (still) out.text("note", 20 + owners_width / 2, (begun + y) / 2 + 16, "middle", "gave and took nothing");
      y += 16;
    }
    return y - 16;
  }

  /// The servers in a frame, and between them what they opened.
  int draw_servers(detail::svg& out) const {
    std::vector<std::size_t> servers;
    for (std::size_t p = 0; p < players_.size(); ++p)
      if (roles_[p] == role::compute) servers.push_back(p);
    std::vector<std::string> lines{"openings of masked values:"};
    for (auto const from : servers) {
      auto const opened = of([&](movement const& m) { return m.what == kind::opening && m.from == from; });
      if (opened.bytes > 0) lines.push_back(fmt::format("{} by {}", bytes_text(opened.bytes), players_[from]));
    }
    for (auto const p : servers)
      for (bool const gave : {true, false})
        for (auto const& line : lines_of(p, gave).first)
          lines.push_back(fmt::format("{} {} {}", players_[p], gave ? "gave" : "took", line));
    lines.push_back(lines.size() == 1 ? "none" : fmt::format("{} online", count_text(rounds_, "round")));
    std::uint64_t revealed = 0;
    for (auto const& d : disclosed_)
      if (servers.size() == 2 && d.to == fmt::format("{} and {}", players_[servers[0]], players_[servers[1]]))
        revealed += d.times * element_count(d.shape);
    if (revealed > 0) lines.push_back(fmt::format("revealed to both: {}", count_text(revealed, "value")));

    int const x = servers_left + 16, box_height = 40;
    int const gap = static_cast<int>(lines.size()) * 17 + 22;
    int y = top + 16;
    for (std::size_t s = 0; s < servers.size(); ++s) {
      out.box("compute", x, y, servers_width - 32, box_height);
      out.text("name", x + (servers_width - 32) / 2, y + 25, "middle", players_[servers[s]]);
      y += box_height;
      if (s + 1 == servers.size()) continue;
      auto const all = of([](movement const& m) { return m.what == kind::opening || m.what == kind::revealed; });
      out.arrow(x + 14, y + 3, x + 14, y + gap - 3, all.links, true);
      int line = y + 10;
      for (auto const& words : lines) out.text("what", x + 30, line += 17, "start", words);
      y += gap;
    }
    return y + 16;
  }

  /// The helper at the right: what it dealt, and what it was asked and answered.
  void draw_helper(detail::svg& out, int middle) const {
    int const left = servers_left + servers_width;
    int y = std::max(top, middle - 60);
    int const begun = y;
    for (auto const& [what, words] :
         {std::pair(kind::dealt, "dealt material"), std::pair(kind::asked, "masked questions"),
          std::pair(kind::answered, "their answers")}) {
      auto const all = of([&, k = what](movement const& m) { return m.what == k; });
      if (all.bytes == 0) continue;
      out.text("what", (left + helper_left) / 2, y += 16, "middle", words);
      out.text("what", (left + helper_left) / 2, y += 16, "middle", bytes_text(all.bytes));
      y += 8;
      if (what == kind::asked)
        out.arrow(left, y, helper_left - 2, y, all.links);
      else
        out.arrow(helper_left, y, left + 2, y, all.links);
    }
    y = std::max(y + 14, begun + 48);
    for (std::size_t p = 0; p < players_.size(); ++p) {
      if (roles_[p] != role::deal && roles_[p] != role::assist) continue;
      out.box("help", helper_left, begun, helper_width, y - begun);
      out.text("name", helper_left + helper_width / 2, (begun + y) / 2 + 5, "middle", players_[p]);
    }
  }

  mutable std::mutex mutex_;
  std::string protocol_, audit_;
  std::uint64_t word_ = 8, rounds_ = 0;
  std::vector<std::string> players_;
  std::vector<role> roles_;
  std::vector<disclosure> disclosed_;
  detail::movements moved_;
};

}  // namespace koi::trace
