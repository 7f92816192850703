// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/watch.hpp>
#include <koi/trace/detail/parity_numbers.hpp>

#include <array>
#include <memory>

namespace koi::detail {

/// Numbers in the clear, in units of the ring but with no end: first as reals, of which nothing is rounded, then as
/// fixed point has them, in several runs that differ in the coins of their truncations.
struct clear_numbers {
  static constexpr std::size_t count = 4;
  std::array<plain_tensor, count> of;
};

/// The value that a server0 that nobody hides anything from has; elsewhere its shape.
class clear_share {
 public:
  explicit clear_share(shape_type shape) : shape_(std::move(shape)) {}
  explicit clear_share(clear_numbers numbers)
      : shape_(shape_of(numbers.of[0])), numbers_(std::make_shared<clear_numbers const>(std::move(numbers))) {}

  [[nodiscard]] shape_type const& shape() const noexcept { return shape_; }
  [[nodiscard]] std::size_t size() const noexcept { return element_count(shape_); }
  [[nodiscard]] bool held() const noexcept { return numbers_ != nullptr; }
  [[nodiscard]] clear_numbers const& numbers() const noexcept { return *numbers_; }
  /// There are no masks that could last.
  [[nodiscard]] static constexpr bool lasts() noexcept { return false; }
  void make_lasting() const noexcept {}

 private:
  shape_type shape_;
  std::shared_ptr<clear_numbers const> numbers_;
};

/// f of the numbers of each run.
template <class F, class... Shares>
[[nodiscard]] clear_share each_run(shape_type shape, F f, clear_share const& x, Shares const&... more) {
  if (!(x.held() && ... && more.held())) return clear_share(std::move(shape));
  clear_numbers out;
  for (std::size_t k = 0; k < out.count; ++k) out.of[k] = f(x.numbers().of[k], more.numbers().of[k]...);
  return clear_share(std::move(out));
}

/// What a step asks of a number's size: it is right below 2^(bits - spare).
struct size_limit {
  std::string_view of;  ///< "product", "comparison", ...
  std::size_t bits, spare;
  bool certain;  ///< false inside of functions, where numbers that do not fit may be of no account
};

/// Hears of the numbers of which a step asks the size.
template <class P>
class clear_watcher : public value_watcher<P> {
 public:
  virtual void see_size(party& self, clear_numbers const& x, size_limit limit) = 0;
};

}  // namespace koi::detail
