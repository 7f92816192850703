// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/catalog.hpp>
#include <koi/serve/desk.hpp>
#include <koi/serve/loaded_model.hpp>
#include <koi/serve/shelf.hpp>

namespace koi::serve {

/// What lives longer than a session: the models, and what clients wait for.
template <Protocol P>
struct workplace {
  shelf<P>* models;  ///< null at the helper
  desk& requests;
  catalog& known;
  metrics& counts;
  std::size_t stock_bytes = std::size_t{1} << 30;  ///< of prepared material
  std::function<void(std::string_view)> log;       ///< a line now and then

  void say(std::string_view text) const {
    if (log) log(text);
  }
  void refuse(request const& r, refusal why, std::string_view text) const {
    counts.refused(why);
    r.refuse(why, text);
  }
  void not_ready(model_id const& m, std::string note) const { known.set({m, false, std::move(note), {}, {}}); }
};

/// What one player has in a session.
template <Protocol P>
struct session_state {
  struct entry {
    model_id id;
    loaded_model<P> net;
    std::vector<std::uint64_t> bytes;  ///< see trial::bytes
  };

  party& self;
  workplace<P>& at;
  std::map<std::uint32_t, entry> loaded;  ///< by their numbers, which all players know
  /// Requests that are under way: a batch, or the one task of an owner. Filled by server 0; at server 1 by the steps.
  std::vector<request> in_flight;

  [[nodiscard]] bool is_server(unsigned j) const noexcept { return self.is_server() && self.index() == j; }
  [[nodiscard]] entry& model(std::uint32_t number) {
    auto const found = loaded.find(number);
    if (found == loaded.end()) throw bad_argument(fmt::format("there is no model {} here", number));
    return found->second;
  }
  /// Leaves in in_flight the requests of which both servers have halves, in the same order at both.
  void settle(matched met) {
    if (is_server(0)) {
      std::size_t i = 0;
      std::erase_if(in_flight, [&](request const& r) {
        auto const how = met.how[i++];
        if (how != match::same) at.refuse(r, refusal::differs, said_of(how));
        return how != match::same;
      });
      return;
    }
    in_flight.clear();
    for (std::size_t i = 0; i < met.halves.size(); ++i) {
      if (!met.halves[i]) continue;
      if (met.how[i] == match::same)
        in_flight.push_back(std::move(*met.halves[i]));
      else
        at.refuse(*met.halves[i], refusal::differs,
                  "server0's half is of another request: another model, shape, question, or client");
    }
  }
};

}  // namespace koi::serve
