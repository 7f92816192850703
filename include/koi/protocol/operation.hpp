// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/party.hpp>
#include <koi/tensor.hpp>

#include <initializer_list>
#include <utility>

namespace koi {

/// One step of the common program at one player. Its number, kind and shapes go into the running
/// digest that every frame carries, and its number separates its randomness from all other steps':
/// stream key = KDF(seed of the pair, run, operation, purpose).
///
/// Every player makes the same operations in the same order, also those it takes no part in.
class operation {
 public:
  using shapes = std::initializer_list<std::reference_wrapper<shape_type const>>;

  operation(party& self, std::string_view kind, shapes const& of = {})
      : self_(self), number_(++self.operations_), run_(self.run_) {
    self.mix(kind.size());
    for (char const c : kind) self.mix(static_cast<unsigned char>(c));
    for (shape_type const& shape : of) {
      self.mix(shape.size());
      for (auto const extent : shape) self.mix(extent);
    }
    tag_.digest = self.digest_;
    tag_.operation = static_cast<std::uint32_t>(number_);
    tag_.name = make_frame_name(kind);
  }
  operation(operation const&) = delete;
  operation& operator=(operation const&) = delete;

  [[nodiscard]] party& self() noexcept { return self_; }

  /// The stream that this player and a peer have in common for one purpose. Each purpose has one
  /// stream in an operation: asking twice would repeat a mask, and is refused.
  ///
  /// Throws  bad_argument
  [[nodiscard]] prg stream(std::size_t peer, std::string_view purpose) {
    for (auto const& [who, what] : drawn_)
      if (who == peer && what == purpose)
        throw bad_argument(fmt::format("{}: the stream '{}' was drawn twice", to_string(tag_), purpose));
    drawn_.emplace_back(peer, purpose);
    auto const& shared = self_.shared_.at(peer);
    if (!shared)
      throw bad_argument(fmt::format("{} and {} have no seed in common", self_.name(), self_.players()[peer]));
    return prg(derive(*shared, purpose, {run_, number_}));
  }

  /// Hands bytes to a peer without waiting for it.
  void send(std::size_t to, const_byte_span bytes, phase in = phase::online) {
    tag_.ph = in;
    self_.net_.send(to, tag_, bytes);
  }

  /// Fills a buffer with a peer's message. Throws channel_error.
  void receive(std::size_t from, byte_span into, phase in = phase::online) {
    tag_.ph = in;
    self_.net_.recv(from, tag_, into, patience_);
  }

  template <Ring R>
  void send(std::size_t to, tensor<R> const& x, phase in = phase::online) {
    send(to, x.bytes(), in);
  }
  template <Ring R>
  [[nodiscard]] tensor<R> receive(std::size_t from, shape_type const& shape, phase in = phase::online) {
    tensor<R> x(shape);
    receive(from, x.writable_bytes(), in);
    return x;
  }

  /// The compute servers swap equally long messages, in one round.
  void exchange(const_byte_span mine, byte_span theirs, phase in = phase::online) {
    send(self_.other_server(), mine, in);
    receive(self_.other_server(), theirs, in);
  }

  /// From here on this operation waits as long as an owner's own work may take.
  void wait_for_owner() noexcept { patience_ = self_.limits_.owner; }

 private:
  party& self_;
  std::uint64_t number_;
  std::uint64_t run_;
  frame_tag tag_;
  std::chrono::milliseconds patience_ = self_.limits_.round;
  std::vector<std::pair<std::size_t, std::string>> drawn_;
};

}  // namespace koi
