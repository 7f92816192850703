// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "service.hpp"

#include <koi/io/idx.hpp>
#include <koi/io/npy.hpp>

#include <thread>

namespace service {

struct prediction_options {
  koi::serve::model_id model;
  std::string file;
  bool label_only = false;
  std::size_t first = 0;
  std::size_t batch = 0;
  std::string out, expected;
  double tolerance = 1.0 / 1024;
  unsigned patience_s = 10;
};

/// What stands in a file, as samples of this shape.
///
/// Throws  bad_option where they have another number of elements
[[nodiscard]] inline koi::plain_tensor read_samples(std::string const& file, koi::shape_type const& sample) {
  koi::plain_tensor all;
  if (file.ends_with(".npy")) {
    all = koi::io::read_npy(file);
  } else {
    auto const images = koi::load_idx(file, 3);
    all = koi::plain_tensor::from_shape(images.shape);
    for (std::size_t i = 0; i < all.size(); ++i) all.data()[i] = images.bytes[i] / 255.0;
  }
  auto const size = koi::element_count(sample);
  koi::shape_type came(all.shape().begin(), all.shape().end());
  bool const is_batch = !came.empty() && all.size() == came[0] * size;
  if (!is_batch && all.size() != size)
    throw koi::bad_option(fmt::format("{}: an array of shape {}; the model takes samples of shape {}", file,
                                      koi::to_string(came), koi::to_string(sample)));
  auto shape = sample;
  shape.insert(shape.begin(), is_batch ? came[0] : 1);
  all.reshape(shape);
  return all;
}

[[nodiscard]] inline koi::plain_tensor samples_of(koi::plain_tensor const& all, std::size_t from, std::size_t count) {
  koi::shape_type shape(all.shape().begin(), all.shape().end());
  auto const size = all.size() / shape[0];
  shape[0] = count;
  auto out = koi::plain_tensor::from_shape(shape);
  std::copy_n(all.data() + from * size, count * size, out.data());
  return out;
}

/// Several groups of servers with the same models. A request goes to one of them, and to the next where that one is
/// busy or away.
class groups {
 public:
  groups(std::vector<client> all, unsigned patience_s) : all_(std::move(all)), patience_(patience_s) {}

  /// f(client), again and again for a while until a group takes it.
  template <class F>
  auto ask(F f) {
    auto const end = std::chrono::steady_clock::now() + patience_;
    auto pause = std::chrono::milliseconds(50);
    for (std::size_t tries = 1;; ++tries) {
      try {
        return f(all_[now_]);
      } catch (koi::serve::refused_error const& e) {
        using koi::serve::refusal;
        auto const passes = e.why() == refusal::busy || e.why() == refusal::unavailable || e.why() == refusal::failed ||
                            e.why() == refusal::differs;  // a server has lost its half, or a balancer parted the two
        if (!passes || std::chrono::steady_clock::now() > end) throw;
      } catch (koi::bad_identity const&) {  // keys do not mend themselves
        if (all_.size() == 1 || std::chrono::steady_clock::now() > end) throw;
      } catch (koi::channel_error const&) {
        if (std::chrono::steady_clock::now() > end) throw;
      }
      now_ = (now_ + 1) % all_.size();
      if (tries % all_.size() != 0) continue;
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, std::chrono::milliseconds(1000));
    }
  }

 private:
  std::vector<client> all_;
  std::chrono::seconds patience_;
  std::size_t now_ = 0;
};

inline int predict(std::vector<client> all_groups, prediction_options const& how) {
  groups of(std::move(all_groups), how.patience_s);
  auto const model = of.ask([&](client& to) { return to.find(how.model); });
  std::size_t const most = of.ask([&](client& to) { return to.ask(0).max_samples; });
  auto const all = read_samples(how.file, model.input);
  auto const count = how.first == 0 ? all.shape()[0] : std::min<std::size_t>(how.first, all.shape()[0]);
  auto const batch = how.batch == 0 ? most : std::min<std::size_t>(how.batch, most);
  std::vector<double> results;
  koi::shape_type shape{count};
  if (!how.label_only) shape.insert(shape.end(), model.output.begin(), model.output.end());
  for (std::size_t at = 0; at < count; at += batch) {
    auto const x = samples_of(all, at, std::min<std::size_t>(batch, count - at));
    if (how.label_only) {
      for (auto const label : of.ask([&](client& to) { return to.labels(model.model, x); })) {
        results.push_back(static_cast<double>(label));
        fmt::print("{}\n", label);
      }
      continue;
    }
    auto const y = of.ask([&](client& to) { return to.predict(model.model, x); });
    auto const row = y.size() / x.shape()[0];
    for (std::size_t i = 0; i < y.size(); ++i) fmt::print("{:.5f}{}", y.data()[i], (i + 1) % row == 0 ? "\n" : " ");
    results.insert(results.end(), y.data(), y.data() + y.size());
  }
  auto table = koi::plain_tensor::from_shape(shape);
  if (table.size() != results.size())
    throw koi::bad_option("the servers gave another number of results than the model has");
  std::copy(results.begin(), results.end(), table.data());
  if (!how.out.empty()) koi::io::write_npy(how.out, table);
  if (how.expected.empty()) return 0;
  auto const due = koi::io::read_npy(how.expected);
  double worst = due.size() < table.size() ? 1e9 : 0;
  for (std::size_t i = 0; i < table.size() && i < due.size(); ++i)
    worst = std::max(worst, std::abs(table.data()[i] - due.data()[i]));
  fmt::print("largest difference from {}: {:.2e}\n", how.expected, worst);
  return worst <= how.tolerance ? 0 : 1;
}

}  // namespace service
