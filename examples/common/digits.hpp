// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

namespace mnist {

inline constexpr std::size_t digit_side = 28;

struct drawn_digits {
  std::vector<std::uint8_t> pixels;  // [n, 28, 28]: 0 is paper, 255 is ink
  std::vector<std::uint8_t> labels;  // [n]
};

namespace detail {

struct point {
  double x = 0;
  double y = 0;
};

using stroke = std::vector<point>;

/// Points on an ellipse, from one angle to another in degrees: 0 is right, 90 is down.
inline stroke arc(point centre, point radius, double from, double to) {
  constexpr int steps = 16;
  stroke result;
  for (int i = 0; i <= steps; ++i) {
    auto const angle = (from + (to - from) * i / steps) * std::numbers::pi / 180;
    result.push_back({centre.x + radius.x * std::cos(angle), centre.y + radius.y * std::sin(angle)});
  }
  return result;
}

inline stroke joined(stroke head, stroke const& tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

/// The digit's strokes in a unit square, y downwards; some digits are written in two ways.
inline std::vector<stroke> strokes_of(int digit, bool second_way) {
  switch (digit) {
    case 0:
      return {arc({0.5, 0.5}, {0.3, 0.45}, -90, 270)};
    case 1:
      if (second_way) return {{{0.5, 0.05}, {0.5, 0.95}}};
      return {{{0.32, 0.25}, {0.55, 0.05}, {0.55, 0.95}}};
    case 2:
      return {joined(arc({0.5, 0.3}, {0.3, 0.25}, -170, 40), {{0.2, 0.95}, {0.82, 0.95}})};
    case 3:
      return {joined(arc({0.48, 0.28}, {0.27, 0.23}, -160, 90), arc({0.48, 0.73}, {0.3, 0.22}, -90, 160))};
    case 4:
      if (second_way) return {{{0.25, 0.08}, {0.22, 0.55}, {0.8, 0.55}}, {{0.72, 0.08}, {0.68, 0.95}}};
      return {{{0.62, 0.95}, {0.62, 0.05}, {0.15, 0.65}, {0.85, 0.65}}};
    case 5:
      return {joined({{0.78, 0.06}, {0.3, 0.06}, {0.27, 0.45}}, arc({0.47, 0.67}, {0.3, 0.27}, -120, 150))};
    case 6:
      return {joined({{0.68, 0.04}, {0.4, 0.28}, {0.24, 0.55}}, arc({0.5, 0.7}, {0.27, 0.25}, 190, -180))};
    case 7:
      if (second_way) return {{{0.2, 0.08}, {0.8, 0.08}, {0.4, 0.95}}, {{0.35, 0.5}, {0.75, 0.5}}};
      return {{{0.2, 0.08}, {0.8, 0.08}, {0.4, 0.95}}};
    case 8:
      return {arc({0.5, 0.28}, {0.23, 0.22}, 90, 450), arc({0.5, 0.73}, {0.28, 0.23}, -90, 270)};
    default:
      if (second_way) return {joined(arc({0.5, 0.3}, {0.26, 0.25}, 0, -360), {{0.75, 0.95}})};
      return {joined(arc({0.5, 0.3}, {0.26, 0.25}, 0, -360), {{0.74, 0.6}, {0.5, 0.95}})};
  }
}

inline double distance_to_segment(point p, point a, point b) {
  auto const dx = b.x - a.x;
  auto const dy = b.y - a.y;
  auto const length2 = dx * dx + dy * dy;
  auto const along = length2 == 0 ? 0.0 : std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0);
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/// How one hand writes one digit: slant, turn, size, place, width of the pen, and a slow wave that
/// bends every line a little.
class hand {
 public:
  explicit hand(std::mt19937& random)
      : width_(draw(random, 0.7, 2.0)),
        slant_(draw(random, -0.5, 0.5)),
        turn_(draw(random, -0.4, 0.4)),
        size_{draw(random, 10, 20), draw(random, 14, 22)},
        place_{draw(random, 11.5, 16.5), draw(random, 11.5, 16.5)},
        wave_{draw(random, -0.1, 0.1), draw(random, -0.1, 0.1)},
        phase_{draw(random, 0, 6), draw(random, 0, 6)} {}

  /// From the unit square to pixels.
  [[nodiscard]] point place(point p) const {
    auto const x = p.x - 0.5 + wave_.x * std::sin(5 * p.y + phase_.x);
    auto const y = p.y - 0.5 + wave_.y * std::sin(5 * p.x + phase_.y);
    auto const sx = size_.x * (x - slant_ * y);
    auto const sy = size_.y * y;
    return {place_.x + sx * std::cos(turn_) - sy * std::sin(turn_),
            place_.y + sx * std::sin(turn_) + sy * std::cos(turn_)};
  }

  /// Ink at a distance from the middle of a line: full within the pen, fading over one pixel.
  [[nodiscard]] double ink(double distance) const { return std::clamp(reach() - distance, 0.0, 1.0); }

  /// The distance from which on there is no ink.
  [[nodiscard]] double reach() const { return width_ + 0.5; }

  static double draw(std::mt19937& random, double low, double high) {
    constexpr double steps = 4294967296.0;
    return low + (high - low) * static_cast<double>(random()) / steps;
  }

 private:
  double width_;
  double slant_;
  double turn_;
  point size_;
  point place_;
  point wave_;
  point phase_;
};

/// Lowers the distance of each pixel that lies within reach of a segment.
inline void note_distances(point a, point b, double reach, std::array<double, digit_side * digit_side>& nearest) {
  auto const pixel = [](double at) {
    return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(digit_side)));
  };
  for (auto row = pixel(std::min(a.y, b.y) - reach); row < pixel(std::max(a.y, b.y) + reach + 1); ++row) {
    for (auto column = pixel(std::min(a.x, b.x) - reach); column < pixel(std::max(a.x, b.x) + reach + 1); ++column) {
      point const here{static_cast<double>(column) + 0.5, static_cast<double>(row) + 0.5};
      auto& so_far = nearest[row * digit_side + column];
      so_far = std::min(so_far, distance_to_segment(here, a, b));
    }
  }
}

inline void draw_digit(int digit, std::mt19937& random, std::uint8_t* pixels) {
  auto strokes = strokes_of(digit, (random() & 1U) != 0);
  hand const writer(random);
  for (auto& line : strokes) {
    for (auto& p : line) {
      p.x += hand::draw(random, -0.025, 0.025);
      p.y += hand::draw(random, -0.025, 0.025);
      p = writer.place(p);
    }
  }
  std::array<double, digit_side * digit_side> nearest{};
  nearest.fill(digit_side);
  for (auto const& line : strokes) {
    for (std::size_t i = 1; i < line.size(); ++i) {
      note_distances(line[i - 1], line[i], writer.reach(), nearest);
    }
  }
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    auto const noise = hand::draw(random, -0.06, 0.06);
    auto const ink = std::clamp(writer.ink(nearest[i]) + noise, 0.0, 1.0);
    pixels[i] = static_cast<std::uint8_t>(std::lround(255 * ink));
  }
}

}  // namespace detail

/// Draws n digits, all ten classes equally often, mixed. The same seed draws the same digits.
inline drawn_digits draw_digits(std::size_t n, std::uint32_t seed) {
  std::mt19937 random(seed);
  drawn_digits result;
  result.labels.resize(n);
  result.pixels.resize(n * digit_side * digit_side);
  for (std::size_t i = 0; i < n; ++i) result.labels[i] = static_cast<std::uint8_t>(i % 10);
  for (std::size_t i = n; i > 1; --i) std::swap(result.labels[i - 1], result.labels[random() % i]);
  for (std::size_t i = 0; i < n; ++i) {
    detail::draw_digit(result.labels[i], random, result.pixels.data() + i * digit_side * digit_side);
  }
  return result;
}

}  // namespace mnist
