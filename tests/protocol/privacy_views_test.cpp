// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/server_views.hpp"

namespace koi::testing {

namespace {

template <Protocol P>
typename P::share_type run_argmax(party& self, typename P::share_type const& x) {
  return argmax(private_tensor<P>(self, x), 0).share();
}

/// Takes a server's mask off what it sends to the other: the opening of r + x, or of x - a, is then
/// its bare piece. `sign` is 1 where the mask was added.
channel_decorator unmasking(std::size_t player, std::string_view operation, std::string_view purpose, bool added) {
  class leaky {
   public:
    leaky(any_channel inner, std::uint64_t session, std::size_t me, std::string operation, std::string purpose,
          bool added)
        : inner_(std::move(inner)),
          session_(session),
          me_(me),
          operation_(std::move(operation)),
          purpose_(std::move(purpose)),
          added_(added) {}
    [[nodiscard]] std::string const& peer() const noexcept { return inner_.peer(); }
    void send(frame_tag const& tag, const_byte_span bytes) {
      std::vector<std::byte> bare(bytes.begin(), bytes.end());
      if (to_string(tag.name) == operation_ && tag.operation != last_) {
        last_ = tag.operation;
        std::vector<std::byte> mask(bytes.size());
        common_stream(session_, me_, 2, purpose_, tag.operation).fill(mask);
        for (std::size_t i = 0; i < bare.size(); ++i) {
          auto const a = static_cast<unsigned>(bare[i]), m = static_cast<unsigned>(mask[i]);
          bare[i] = static_cast<std::byte>((added_ ? a - m : a + m) & 0xff);
        }
      }
      inner_.send(tag, bare);
    }
    frame_tag recv(byte_span into, std::chrono::milliseconds wait) { return inner_.recv(into, wait); }
    void abort(koi::abort_reason const& why) noexcept { inner_.abort(why); }
    void close() noexcept { inner_.close(); }

   private:
    any_channel inner_;
    std::uint64_t session_;
    std::size_t me_;
    std::string operation_, purpose_;
    bool added_;
    std::uint32_t last_ = 0;
  };
  static_assert(Channel<leaky>);
  return [=](std::size_t me, std::size_t peer, any_channel channel, std::uint64_t session) {
    if (me != player || peer != 1 - player) return channel;
    return any_channel(leaky(std::move(channel), session, me, std::string(operation), std::string(purpose), added));
  };
}

}  // namespace

TEST_CASE_TEMPLATE("a server's view of an operation does not tell inputs apart", P, pond<ring8, 2>,
                   securenn<ring8, 2>) {
  using share = typename P::share_type;
  using R = typename P::ring;
  auto const numbers = telling_inputs<R>({2}, 5);
  SUBCASE("input") {
    check_views<P>(numbers, [](party&, share const& x) { return x; });
  }
  SUBCASE("matmul") {
    check_views<P>(telling_inputs<R>({1, 2}, 5), [](party& self, share const& x) {
      return P::matmul(self, x, P::reshape(x, {2, 1}));
    });
  }
  SUBCASE("square and product of the same value") {
    check_views<P>(numbers, [](party& self, share const& x) { return P::mul(self, P::square(self, x), x); });
  }
  SUBCASE("truncate") {
    check_views<P>(numbers, [](party& self, share const& x) { return P::truncate(self, x, 2); });
  }
  SUBCASE("relu") {
    check_views<P>(numbers, [](party& self, share const& x) { return P::relu(self, x); });
  }
  SUBCASE("truncate_relu") {
    check_views<P>(numbers, [](party& self, share const& x) { return P::truncate_relu(self, x, 2); });
  }
  SUBCASE("argmax") {
    auto inputs = numbers;
    inputs.push_back(tensor<R>({2}, {31, 225}));
    inputs.push_back(tensor<R>({2}, {225, 31}));
    check_views<P>(inputs, run_argmax<P>);
  }
}

TEST_CASE("a server's view of a truncation whose top bits are dealt in narrower words than the ring's does not tell inputs apart") {
  using P = pond<ring32, 8>;
  check_views<P>(telling_inputs<ring32>({2}, 29),
                 [](party& self, typename P::share_type const& x) { return P::truncate(self, x, 8); });
}

TEST_CASE_TEMPLATE("the test sees a mask that is missing", P, pond<ring8, 2>, securenn<ring8, 2>) {
  using share = typename P::share_type;
  using R = typename P::ring;
  tensor<R> const a({2}, 0), b({2}, 31);
  auto const shift = [&](auto op, channel_decorator const& decorate = {}) {
    return shift_between(views_of<P>(a, op, 1, decorate), views_of<P>(b, op, 11, decorate));
  };
  auto const relu = [](party& self, share const& x) { return P::relu(self, x); };
  auto const square = [](party& self, share const& x) { return P::square(self, x); };
  SUBCASE("taken off on the wire by server 0, in a relu") {
    CHECK(shift(relu, unmasking(0, "relu", "r", true)) > 2 * noise);
  }
  SUBCASE("taken off on the wire by server 1, in a relu") {
    CHECK(shift(relu, unmasking(1, "relu", "r", true)) > 2 * noise);
  }
  SUBCASE("taken off on the wire, in a product") {
    CHECK(shift(square, unmasking(0, "mask", "mask", false)) > 2 * noise);
  }
  SUBCASE("the decorator that does not fit changes nothing") {
    CHECK(shift(relu, unmasking(0, "other", "r", true)) < noise);
  }
}

TEST_CASE("the test sees a value opened bare, a mask used twice, and a mask that both servers know") {
  using P = securenn<ring8, 2>;
  using share = P::share_type;
  tensor<ring8> const a({2}, {0, 0}), b({2}, {31, 1});
  auto const shift = [&](auto op) { return shift_between(views_of<P>(a, op, 1), views_of<P>(b, op, 11)); };
  auto const bare = [](party& self, share const& x) {
    operation op(self, "bare", {x.shape()});
    if (self.is_server()) (void)beaver::open<ring8>(op, x.piece());
    return x;
  };
  auto const twice = [](party& self, share const& x) {
    operation op(self, "twice", {x.shape()});
    auto const mask = beaver::deal_uniform<ring8>(op, "r", {1});
    if (self.is_server()) (void)beaver::open<ring8>(op, x.piece() + mask);  // both numbers behind one mask
    return x;
  };
  auto const known = [](party& self, share const& x) {
    operation op(self, "known", {x.shape()});
    if (self.is_server()) {
      auto stream = op.stream(self.other_server(), "r");
      (void)beaver::open<ring8>(op, x.piece() + uniform<ring8>(stream, x.shape()));
    }
    return x;
  };
  auto const sound = [](party& self, share const& x) {
    operation op(self, "sound", {x.shape()});
    auto const mask = beaver::deal_uniform<ring8>(op, "r", x.shape());
    if (self.is_server()) (void)beaver::open<ring8>(op, x.piece() + mask);
    return x;
  };
  CHECK(shift(bare) > 2 * noise);
  CHECK(shift(twice) > 2 * noise);
  CHECK(shift(known) > 2 * noise);
  CHECK(shift(sound) < noise);
}

}  // namespace koi::testing
