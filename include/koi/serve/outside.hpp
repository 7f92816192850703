// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/tensors.hpp>
#include <koi/protocol/beaver/output.hpp>
#include <koi/serve/desk.hpp>

namespace koi::serve {

/// What server 1 has under a request's id.
enum class match : std::uint8_t { same = 0, absent, differs, unusable };

/// What to tell a client at server 0.
[[nodiscard]] inline std::string_view said_of(match answer) noexcept {
  switch (answer) {
    case match::absent:
      return "server1 has no half of this request";
    case match::differs:
      return "server1's half is of another request: another model, shape, question, or client";
    default:
      return "server1 cannot use its half";
  }
}

/// Compares, request by request, what the servers have: server 0 sends ids and digests, server 1 answers. `mine` are
/// server 0's requests, and at server 1 the result has those of the ids that came, in their order. The helper takes no
/// part, and the messages have the length of a full batch.
///
/// Cost    48 bytes for each place of the batch from server 0 to server 1, and 1 byte back
/// Leaks   to server 1, ids and digests of requests; to server 0, which of them server 1 has
struct matched {
  std::vector<match> how;                      ///< at both servers
  std::vector<std::optional<request>> halves;  ///< at server 1
};
[[nodiscard]] inline matched match_requests(party& self, std::size_t batch, std::vector<request> const& mine,
                                            desk& at_server1, std::function<bool(request const&)> const& usable) {
  struct line {
    request_id id{};
    digest_bytes digest{};
  };
  shape_type const places{batch};
  operation op(self, "requests", {places});
  matched out;
  if (!op.computes()) return out;
  std::vector<line> lines(batch);
  std::vector<match> answers(batch, match::absent);
  auto const other = self.other_server();
  if (self.index() == 0) {
    for (std::size_t i = 0; i < mine.size(); ++i) lines[i] = {mine[i].id, mine[i].digest()};
    op.send(other, bytes_of(lines.data(), batch), phase::set_up);
    op.receive(other, writable_bytes_of(answers.data(), batch), phase::set_up);
    for (auto& a : answers)
      if (a > match::unusable) a = match::differs;
  } else {
    op.receive(other, writable_bytes_of(lines.data(), batch), phase::set_up);
    out.halves.resize(batch);
    for (std::size_t i = 0; i < batch; ++i) {
      if (lines[i].id == request_id{}) continue;
      auto half = at_server1.take(lines[i].id);
      if (!half) continue;
      answers[i] = half->digest() != lines[i].digest ? match::differs : usable(*half) ? match::same : match::unusable;
      out.halves[i] = std::move(half);
    }
    op.send(other, bytes_of(answers.data(), batch), phase::set_up);
  }
  out.how = std::move(answers);
  return out;
}

/// A value whose pieces the servers got from somebody who is no player. `piece` is read at the servers; both must have
/// seen that their pieces belong together.
///
/// Cost    none
template <Protocol P>
[[nodiscard]] private_tensor<P> shares_from_outside(party& self, shape_type const& shape,
                                                    std::optional<tensor<typename P::ring>> piece) {
  operation op(self, "from outside", {shape});
  if (!op.computes()) return {self, typename P::share_type(shape)};
  if (!piece || piece->shape() != shape)
    throw shape_mismatch("shares from outside", shape, piece ? piece->shape() : shape_type{});
  return {self, typename P::share_type(std::move(*piece))};
}

/// This server's piece of a value for somebody who is no player and adds both up. It says nothing about how the value
/// was computed: P::output without the message.
///
/// Leaks   the value, to whoever gets both pieces
template <Protocol P>
[[nodiscard]] std::optional<tensor<typename P::ring>> shares_to_outside(private_tensor<P> const& x) {
  operation op(x.self(), "to outside", {x.shape()});
  if (!op.computes()) return std::nullopt;
  return beaver::refreshed(op, x.share());
}

}  // namespace koi::serve
