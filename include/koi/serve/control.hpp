// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/operation.hpp>

namespace koi::serve {

/// What server 0 tells the other players to do next. This list is closed, and a record is all that the helper ever
/// learns of the clients' side: numbers of models and sizes of batches.
enum class order : std::uint16_t {
  tick = 1,  ///< nothing to do; everybody answers
  agree,     ///< the servers compare what they have of a model
  load,      ///< model: its graph of `bytes` bytes goes to the helper; shapes are tried, weights get their masks
  remove,    ///< model
  open,      ///< all models are loaded
  meet,      ///< model, batch, label: the servers compare their halves of so many requests
  run,       ///< model, batch, label: those that met; with what was prepared for such a run, or not
  prepare,   ///< model, batch, label: the offline half of one run
  drop,      ///< model, batch, label: the oldest prepared run is thrown away
  stop,      ///< the session ends in good order
};
inline constexpr std::uint16_t last_order = static_cast<std::uint16_t>(order::stop);

/// One record, of the same size for every order.
struct control_record {
  static constexpr std::uint16_t current = 1;
  static constexpr std::uint32_t most_samples = 65'536;
  static constexpr std::uint64_t most_graph_bytes = std::uint64_t{1} << 28;

  std::uint16_t version = current;
  order what = order::tick;
  std::uint32_t model = 0;    ///< its number in this session
  std::uint32_t batch = 0;    ///< 0 or a power of two: it says no more of how much clients ask
  std::uint8_t label = 0;     ///< whether the result is the place of the largest number
  std::uint8_t keep = 0;      ///< whether a loaded model is new and to be written down
  std::uint8_t prepared = 0;  ///< whether a run takes the oldest prepared one of its kind
  std::uint8_t unused = 0;
  std::uint64_t bytes = 0;

  friend bool operator==(control_record const&, control_record const&) = default;
};
static_assert(sizeof(control_record) == 24 && std::has_unique_object_representations_v<control_record>);

/// Throws  bad_frame for what this program does not know
inline void check(control_record const& r, std::string const& from) {
  auto const what = static_cast<std::uint16_t>(r.what);
  if (r.version != control_record::current)
    throw bad_frame(from, fmt::format("{} sends control records of version {}; here is version {}", from, r.version,
                                      control_record::current));
  if (what == 0 || what > last_order || r.label > 1 || r.keep > 1 || r.prepared > 1 || r.unused != 0 ||
      r.batch > control_record::most_samples || (r.batch & (r.batch - 1)) != 0 ||
      r.bytes > control_record::most_graph_bytes)
    throw bad_frame(from, fmt::format("{} sent a control record that says nothing", from));
}

/// The step in which server 0 gives its orders and everybody else receives them. What follows is bound to the record:
/// it stands in the digest of every later message.
///
/// The others wait for it as long as for a step (party_limits::round) where the order before meant work; else for a
/// sign of life (party_limits::owner: no owner is a player here).
///
/// Cost    24 bytes to server 1 and to the helper
/// Leaks   the record
[[nodiscard]] inline control_record next_order(party& self, control_record r, bool may_take_long) {
  {
    operation op(self, "control");
    if (!may_take_long) op.wait_for_owner();
    auto const first = self.server(0);
    if (self.id() == first) {
      op.send(self.server(1), bytes_of(&r, 1), phase::set_up);
      op.send(self.helper(), bytes_of(&r, 1), phase::set_up);
    } else {
      op.receive(first, writable_bytes_of(&r, 1), phase::set_up);
      check(r, self.players()[first]);
    }
  }
  shape_type const said{static_cast<std::size_t>(r.what), r.model, r.batch, r.label, r.keep, r.prepared,
                        static_cast<std::size_t>(r.bytes)};
  operation const bound(self, "order", {said});
  return r;
}

/// Everybody else tells server 0 that it is there, and whether it wants to leave; the helper tells server 1 as well, so
/// that no link is ever silent for long. Returns, at server 0, whether somebody wants to leave.
///
/// Cost    1 byte from server 1 to server 0, and from the helper to each server
[[nodiscard]] inline bool roll_call(party& self, bool leaving, bool may_take_long) {
  operation op(self, "roll call");
  if (!may_take_long) op.wait_for_owner();
  auto const mine = static_cast<std::byte>(leaving);
  std::byte theirs{};
  bool const first = self.is_server() && self.index() == 0;
  if (self.is_helper()) op.send(self.server(1), {&mine, 1}, phase::set_up);
  if (self.is_server()) op.receive(self.helper(), {&theirs, 1}, phase::set_up);
  if (!first) {
    op.send(self.server(0), {&mine, 1}, phase::set_up);
    return leaving;
  }
  bool const helper_leaves = theirs != std::byte{0};
  op.receive(self.server(1), {&theirs, 1}, phase::set_up);
  return helper_leaves || theirs != std::byte{0};
}

}  // namespace koi::serve
