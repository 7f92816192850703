// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/crowd.hpp"

#include "tests/serve/processes/processes.hpp"

#include <koi/serve/client.hpp>
#include <koi/serve/secure_link.hpp>
#include <koi/serve/settings.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <random>

namespace koi_tests {

namespace {
using client64 = koi::serve::client<koi::fixed_point<koi::ring64, 16>>;
using steady = std::chrono::steady_clock;

/// A text in which numbers are #, so that the same error is the same text.
[[nodiscard]] std::string without_numbers(std::string const& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    bool const in_name = digit && i != 0 && text[i - 1] == 'r';  // server0
    if (!digit || in_name)
      out += text[i];
    else if (out.empty() || out.back() != '#')
      out += '#';
  }
  return out;
}
}  // namespace

struct person::parts {
  client64 asks;
};

person::person(std::filesystem::path const& config, std::string const& name) {
  auto const group = koi::serve::load_group(config);
  koi::serve::caller const me(group.players, name);
  koi::serve::client_options how;
  how.answer_wait = std::chrono::seconds(12);
  parts_ = std::make_unique<parts>(parts{client64(
      [clients = group.clients, me](unsigned j) {
        auto const server = j == 0 ? "server0" : "server1";
        return koi::serve::call_server(me, clients.at(server), server, std::chrono::seconds(10));
      },
      how)});
}
person::~person() = default;

outcome person::ask(std::string const& model, plain_network const& due, digits const& of, std::size_t first,
                    std::size_t count, bool label) {
  constexpr double tolerance = 0.01;
  auto x = koi::plain_tensor::from_shape({count, of.inputs});
  for (std::size_t i = 0; i < count; ++i)
    std::copy_n(of.row((first + i) % of.size()), of.inputs, x.data() + i * of.inputs);
  outcome out;
  auto const since = steady::now();
  auto const ended = [&](ending how, std::string text = {}) {
    out = {how, std::move(text), std::chrono::duration<double, std::milli>(steady::now() - since).count()};
  };
  try {
    if (label) {
      auto const labels = parts_->asks.labels({model, 0}, x);
      ended(ending::right);
      for (std::size_t i = 0; i < count; ++i) {
        auto const plain = due.scores(of.row((first + i) % of.size()));
        bool const good = labels.size() == count && labels[i] < plain.size() &&
                          plain[labels[i]] > plain[argmax(plain)] - 2 * tolerance;
        if (!good) out.how = ending::wrong;
      }
    } else {
      auto const y = parts_->asks.predict({model, 0}, x);
      ended(ending::right);
      for (std::size_t i = 0; i < count; ++i) {
        auto const plain = due.scores(of.row((first + i) % of.size()));
        for (std::size_t c = 0; c < plain.size(); ++c)
          if (y.size() != count * plain.size() || !(std::abs(y.data()[i * plain.size() + c] - plain[c]) < tolerance))
            out.how = ending::wrong;
      }
    }
  } catch (koi::serve::refused_error const& e) {
    ended(ending::refused, e.what());
  } catch (koi::error const& e) {
    ended(ending::lost, e.what());
  }
  return out;
}

bool person::finds(std::string const& model, unsigned version) {
  try {
    return parts_->asks.find({model, version}).ready;
  } catch (koi::error const&) {
    return false;
  }
}

std::string tell_server(std::filesystem::path const& config, std::string const& name, std::string const& server,
                        std::vector<std::byte> const& bytes, std::chrono::milliseconds wait) {
  auto const group = koi::serve::load_group(config);
  koi::serve::caller const me(group.players, name);
  try {
    auto const link = koi::serve::call_server(me, group.clients.at(server), server, wait);
    link->send(bytes, wait);
    auto const m = link->receive(1 << 20, wait);
    if (m.kind != koi::serve::message::refused) return "an answer";
    koi::serve::message_reader in(m.body, server);
    (void)in.id();
    (void)in.word<std::uint16_t>();
    return in.text();
  } catch (koi::channel_timeout const&) {
    return {};
  } catch (koi::channel_error const& e) {
    return e.what();
  }
}

known_halves ask_with_known_halves(std::filesystem::path const& config, std::string const& name,
                                   std::string const& model, digits const& of) {
  namespace serve = koi::serve;
  constexpr auto wait = std::chrono::seconds(30);
  auto const group = serve::load_group(config);
  serve::caller const me(group.players, name);
  auto const id_link = [&](std::string const& server) {
    return serve::call_server(me, group.clients.at(server), server, wait);
  };
  auto x = koi::plain_tensor::from_shape({1, of.inputs});
  std::copy_n(of.row(0), of.inputs, x.data());
  auto const parts = serve::split<koi::ring64>(koi::encode<koi::fixed_point<koi::ring64, 16>>(x, "x"));
  koi::prg stream(parts.of_server0);
  auto const drawn = koi::uniform<koi::ring64>(stream, {1, of.inputs});
  auto const text = [](koi::const_byte_span bytes) {
    return std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  };
  serve::request_id id{};
  koi::fill_from_os(id);
  auto const ask = [&](koi::const_byte_span half) {
    serve::message_writer out(serve::message::predict);
    return out.bytes(id).model({model, 0}).word(std::uint8_t{0}).shape({1, of.inputs}).bytes(half).finish();
  };
  auto const second = id_link("server1"), first = id_link("server0");
  second->send(ask(parts.of_server1.bytes()), wait);
  if (second->receive(1 << 20, wait).kind != serve::message::held) give_up("server1 does not hold its half");
  first->send(ask(parts.of_server0.bytes()), wait);
  for (auto* const from : {first.get(), second.get()})
    if (from->receive(1 << 20, wait).kind != serve::message::result) give_up(from->server() + " gives no result");
  return {text(parts.of_server0.bytes()), text(drawn.bytes()), text(parts.of_server1.bytes())};
}

void tally::add(outcome const& one) {
  std::scoped_lock const lock(mutex_);
  ++counts_[static_cast<std::size_t>(one.how)];
  if (one.how == ending::right) return right_ms_.push_back(static_cast<float>(one.ms));
  longest_failure_ms_ = std::max(longest_failure_ms_, one.ms);
  auto& k = errors_[without_numbers(one.text)];
  if (k.count++ == 0) k.example = one.text;
  k.longest_ms = std::max(k.longest_ms, one.ms);
}
std::size_t tally::count(ending how) const {
  std::scoped_lock const lock(mutex_);
  return counts_[static_cast<std::size_t>(how)];
}
std::size_t tally::all() const {
  std::scoped_lock const lock(mutex_);
  return counts_[0] + counts_[1] + counts_[2] + counts_[3];
}
double tally::quantile(double p) const {
  std::scoped_lock const lock(mutex_);
  if (right_ms_.empty()) return 0;
  auto sorted = right_ms_;
  std::sort(sorted.begin(), sorted.end());
  return static_cast<double>(sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))]);
}
double tally::longest_failure_ms() const {
  std::scoped_lock const lock(mutex_);
  return longest_failure_ms_;
}
void tally::print() const {
  std::scoped_lock const lock(mutex_);
  std::printf("answers: %zu right, %zu wrong; %zu refused, %zu links lost\n", counts_[0], counts_[1], counts_[2],
              counts_[3]);
  for (auto const& [text, k] : errors_)
    std::printf("  %6zu times, after %5.0f ms at most: %s\n", k.count, k.longest_ms, text.c_str());
  std::fflush(stdout);
}
void tally::demand_well(std::chrono::milliseconds deadline) const {
  std::scoped_lock const lock(mutex_);
  if (counts_[static_cast<std::size_t>(ending::wrong)] != 0) give_up("an answer was wrong");
  for (auto const& [text, k] : errors_) {
    if (k.longest_ms > static_cast<double>(deadline.count()))
      give_up("an error took longer than " + std::to_string(deadline.count()) + " ms: " + k.example);
    bool const names = text.find("server") != std::string::npos || text.find("producer") != std::string::npos;
    if (!names) give_up("an error names no player: " + k.example);
  }
}

crowd::crowd(options how, plain_network const& network, digits const& of, tally& into) : how_(std::move(how)) {
  for (unsigned i = 0; i < how_.clients; ++i) threads_.emplace_back([&, i] { ask_on(i, network, of, into); });
}
void crowd::stop() {
  stops_ = true;
  wait();
}
void crowd::wait() { threads_.clear(); }

void crowd::ask_on(unsigned number, plain_network const& network, digits const& of, tally& into) {
  std::mt19937 random(how_.seed * 1000 + number);
  person me(how_.config, how_.name);
  while (!stops_ && asked_++ < how_.requests) {
    auto const count = 1 + random() % how_.most_samples;
    auto const one = me.ask(how_.model, network, of, random() % of.size(), count, how_.labels && random() % 2 == 0);
    into.add(one);
    bool const failed = one.how == ending::refused || one.how == ending::lost;
    if (failed || how_.pause.count() != 0)
      std::this_thread::sleep_for(failed ? std::chrono::milliseconds(20) : how_.pause);
  }
}

}  // namespace koi_tests
