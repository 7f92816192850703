// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "perform.hpp"
#include "tests/support/failing_channel.hpp"

/// What goes wrong, and how it ends.
namespace koi::testing {

/// Operands that do not fit are refused at every player, before a byte is sent; then the program
/// goes on.
template <ComparingProtocol P>
void mismatches_leave_the_session_usable() {
  using R = typename P::ring;
  auto const parts = run_parties<P>({}, [](party& self) {
    auto const x = shared<P>(self, plain::sample<R>({2, 3}, 1)), y = shared<P>(self, plain::sample<R>({4}, 2));
    tensor<R> const known = self.is_server() ? plain::sample<R>({4}, 3) : tensor<R>();
    auto const before = self.spent();
    CHECK_THROWS_AS((void)P::add(x, y), shape_mismatch);
    CHECK_THROWS_AS((void)P::sub(x, y), shape_mismatch);
    CHECK_THROWS_AS((void)P::add_public(self, x, known, {4}), shape_mismatch);
    CHECK_THROWS_AS((void)P::mul_public(x, known, {4}), shape_mismatch);
    CHECK_THROWS_AS((void)P::mul(self, x, y), shape_mismatch);
    CHECK_THROWS_AS((void)P::matmul(self, x, x), shape_mismatch);
    CHECK_THROWS_AS((void)P::matmul(self, x, y), shape_mismatch);
    CHECK_THROWS_AS((void)P::matmul_public(x, known, {4}), shape_mismatch);
    CHECK_THROWS_AS((void)P::matmul_public(known, {4}, x), shape_mismatch);
    CHECK_THROWS_AS((void)P::reshape(x, {5}), shape_mismatch);
    CHECK_THROWS_AS((void)P::broadcast(x, {3}), shape_mismatch);
    CHECK_THROWS_AS((void)P::broadcast(x, {2, 6}), shape_mismatch);
    CHECK_THROWS_AS((void)P::concat({x, y}, 0), shape_mismatch);
    CHECK_THROWS_AS((void)P::stack({x, y}, 0), shape_mismatch);
    CHECK_THROWS_AS((void)P::transpose(x, {0, 0}), bad_argument);
    CHECK_THROWS_AS((void)P::slice(x, {{0, 3}}), bad_argument);
    CHECK_THROWS_AS((void)P::reduce_sum(x, 2), bad_argument);
    CHECK_THROWS_AS((void)P::truncate(self, x, 0), bad_argument);
    CHECK_THROWS_AS((void)P::truncate_relu(self, x, R::bits), bad_argument);
    CHECK_THROWS_AS((void)P::output(self, self.helper(), x), bad_argument);
    CHECK(self.spent() == before);
    return P::output(self, client_id, P::relu(self, P::mul(self, x, P::scale(x, 0))));
  });
  CHECK(parts[client_id] == tensor<R>({2, 3}, 0));
}

/// Cuts a wire of each player in turn at each of its messages, in a whole run or in both halves of a
/// prepared one. However early it happens, everybody
/// ends at once: with the result, or with a koi error that is no timeout.
template <ComparingProtocol P>
void a_dying_wire_ends_cleanly(bool prepared) {
  using R = typename P::ring;
  tensor<R> const x({2, 2}, {1, 2, 3, 4}), w({2, 2}, {5, R::neg(6), 7, 0});
  auto const expected = plain::each(plain::matmul(x, w), [](auto v) { return R::to_signed(v) < 0 ? decltype(v){0} : v; });
  for (std::size_t victim = 0; victim < 5; ++victim) {
    CAPTURE(victim);
    bool outlived = false;
    for (std::size_t messages = 0; !outlived; ++messages) {
      CAPTURE(messages);
      REQUIRE(messages < 100);
      auto const until = std::make_shared<fuse>(fuse{messages});
      setting how;
      how.around = [&](std::size_t me, std::size_t, any_channel channel) {
        return me == victim ? any_channel(failing_channel(std::move(channel), until)) : std::move(channel);
      };
      enum class end { none, result, error, timeout };
      std::array<end, 5> ends{};
      try {
        run_parties<P>(how, [&](party& self) {
          auto& mine = ends[self.id()];
          try {
            auto const part = [&] {
              auto const a = shared<P>(self, x, client_id), b = shared<P>(self, w);
              auto const y = P::output(self, client_id, P::relu(self, P::matmul(self, a, b)));
              if (y) CHECK(*y == expected);
            };
            if (prepared) {
              self.make_ahead(part);
              self.use_ahead(part);
            } else {
              part();
            }
            mine = end::result;
          } catch (channel_timeout const&) {
            mine = end::timeout;
            throw;
          } catch (error const&) {
            mine = end::error;
            throw;
          }
        });
        outlived = true;
      } catch (error const&) {
      }
      for (auto const e : ends) CHECK((e == end::result || e == end::error));
      CHECK(until->burnt == !outlived);
      CHECK((ends[victim] == end::result) == outlived);
    }
  }
}

}  // namespace koi::testing
