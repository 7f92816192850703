// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/client_link.hpp>
#include <koi/serve/halves.hpp>

#include <functional>

namespace koi::serve {

struct client_options {
  std::chrono::milliseconds connect_wait{10'000};
  std::chrono::milliseconds answer_wait{120'000};  ///< for each message that a server owes
  std::size_t most_bytes = std::size_t{1} << 30;   ///< of one message of a server
};

/// Somebody outside of the computation who has numbers predicted, or a model kept: it shares what it gives and adds up
/// what it gets, and takes no part in what is computed between.
///
/// `Fixed` is the ring and the fixed point of the servers. Each call is one request; calls that fail with channel
/// errors call the servers again the next time.
///
/// Throws  refused_error with the server's reason; channel errors; bad_argument for what does not fit the model
/// Threads  one object: one thread at a time
template <class Fixed>
class client {
 public:
  using ring = typename Fixed::ring;
  using caller = std::function<std::unique_ptr<server_link>(unsigned server)>;

  explicit client(caller call, client_options options = {}) : call_(std::move(call)), options_(options) {}

  /// What a server says of itself and its models.
  [[nodiscard]] server_description ask(unsigned server) {
    return guarded([&] {
      auto& to = link(server);
      to.send(message_writer(message::list).finish(), options_.answer_wait);
      auto const m = to.receive(options_.most_bytes, options_.answer_wait);
      if (m.kind != message::models) throw unexpected(m, to.server());
      auto const d = decode_description(m.body, to.server());
      if (d.index != server)
        throw bad_option(
            fmt::format("{} is server {}, not {}: the addresses are swapped", to.server(), d.index, server));
      if (d.ring_bits != ring::bits || d.frac_bits != Fixed::frac_bits)
        throw bad_option(
            fmt::format("{} computes with numbers of {} bits, {} of them for fractions; this client has {} and {}",
                        to.server(), d.ring_bits, d.frac_bits, ring::bits, Fixed::frac_bits));
      return d;
    });
  }
  /// A model that both servers have ready; version 0: the newest such one.
  [[nodiscard]] model_description find(model_id const& wanted) {
    auto const first = ask(0);
    auto const second = ask(1);
    auto const wants = [&](model_description const& m) {
      return m.model.name == wanted.name && (wanted.version == 0 || m.model.version == wanted.version);
    };
    model_description const* best = nullptr;
    std::optional<std::string> not_yet;
    for (auto const& m : first.models) {
      if (!wants(m)) continue;
      auto const same = std::find_if(second.models.begin(), second.models.end(),
                                     [&](auto const& other) { return other.model == m.model; });
      bool const there = same != second.models.end();
      if (!m.ready || !there || !same->ready)
        not_yet = !m.ready ? m.note : there ? same->note : "server1 has no such model";
      else if (best == nullptr || best->model.version < m.model.version)
        best = &m;
    }
    if (best == nullptr && not_yet)
      throw refused_error("server0", refusal::unavailable, fmt::format("{}: {}", to_string(wanted), *not_yet));
    if (best == nullptr)
      throw refused_error("server0", refusal::unknown_model,
                          fmt::format("{}: there is no such model", to_string(wanted)));
    return *best;
  }

  /// The model's results for a batch, whose first axis counts the samples.
  [[nodiscard]] plain_tensor predict(model_id const& model, plain_tensor const& x) {
    return decode<Fixed>(request(model, x, reveals::scores));
  }
  /// For each sample the place of the largest result, and nothing else of it.
  [[nodiscard]] std::vector<std::size_t> labels(model_id const& model, plain_tensor const& x) {
    auto const words = request(model, x, reveals::label);
    std::vector<std::size_t> out;
    for (auto const w : words.elements()) out.push_back(static_cast<std::size_t>(Fixed::decode(w)));
    return out;
  }

  /// Gives the servers a model: its graph, which all players may see, and shares of its weights, all words in a row.
  /// Returns when both have written it down and loaded it.
  void upload(model_id const& model, const_byte_span graph, tensor<ring> weights) {
    upload(model, graph, split<ring>(std::move(weights)));
  }
  /// The same with weights in halves. Halves serve once: another upload needs others.
  void upload(model_id const& model, const_byte_span graph, halves<ring> const& parts) {
    auto const id = fresh_id();
    auto const head = [&] {
      message_writer out(message::upload);
      out.bytes(id).model(model).word(static_cast<std::uint64_t>(graph.size())).bytes(graph);
      return out;
    };
    two_steps(id, head().bytes(parts.of_server1.bytes()).finish(), head().bytes(parts.of_server0.bytes()).finish(),
              message::done);
  }
  /// Both servers forget a model.
  void remove(model_id const& model) {
    auto const id = fresh_id();
    auto const text = [&] { return message_writer(message::remove).bytes(id).model(model).finish(); };
    two_steps(id, text(), text(), message::done);
  }

 private:
  struct answers {
    received_message of_server0, of_server1;
  };

  [[nodiscard]] static request_id fresh_id() {
    request_id id;
    fill_from_os(id);
    return id;
  }

  server_link& link(unsigned server) {
    auto& at = links_[server];
    if (!at) at = call_(server);
    return *at;
  }
  /// A link that failed is given up, and with it the other one: an answer might still come there.
  template <class F>
  auto guarded(F f) {
    try {
      return f();
    } catch (channel_error const&) {
      links_ = {};
      throw;
    }
  }

  [[nodiscard]] tensor<ring> request(model_id const& model, plain_tensor const& x, reveals what) {
    shape_type const shape(x.shape().begin(), x.shape().end());
    auto const id = fresh_id();
    auto const parts = split<ring>(koi::encode<Fixed>(x, "the request"));
    auto const head = [&] {
      message_writer out(message::predict);
      out.bytes(id).model(model).word(static_cast<std::uint8_t>(what)).shape(shape);
      return out;
    };
    auto const came = two_steps(id, head().bytes(parts.of_server1.bytes()).finish(),
                                head().bytes(parts.of_server0.bytes()).finish(), message::result);
    auto sum = piece(came.of_server0, "server0");
    auto const other = piece(came.of_server1, "server1");
    if (sum.shape() != other.shape()) throw bad_frame("server1", "the servers' pieces have different shapes");
    if (sum.shape().empty() || shape.empty() || sum.shape()[0] != shape[0])
      throw bad_frame("server0", fmt::format("a result of shape {} came for a batch of shape {}",
                                             koi::to_string(sum.shape()), koi::to_string(shape)));
    return sum += other;
  }

  [[nodiscard]] static tensor<ring> piece(received_message const& m, std::string const& server) {
    message_reader in(m.body, server);
    (void)in.id();
    auto const shape = in.shape();
    auto const words = in.rest();
    if (words.size() != element_count(shape) * sizeof(typename ring::value_type))
      in.fail("has another length than its shape says");
    tensor<ring> out(shape);
    std::copy(words.begin(), words.end(), out.writable_bytes().begin());
    return out;
  }

  /// Server 1 gets its half first and says that it holds it; server 0's half starts the work.
  answers two_steps(request_id const& id, secret_bytes const& of_server1, secret_bytes const& of_server0,
                    message last) {
    return guarded([&] {
      link(1).send(of_server1, options_.answer_wait);
      (void)answer(1, id, message::held);
      try {
        link(0).send(of_server0, options_.answer_wait);
        answers both;
        both.of_server0 = answer(0, id, last);
        both.of_server1 = answer(1, id, last);
        return both;
      } catch (refused_error const& e) {
        link(1).send(message_writer(message::drop).bytes(id).finish(), options_.answer_wait);
        if (e.why() == refusal::differs) links_ = {};  // behind a balancer they may lead to two groups
        throw;
      }
    });
  }

  /// The answer to this request; what is left of earlier ones is passed over.
  received_message answer(unsigned server, request_id const& id, message due) {
    auto& from = link(server);
    for (;;) {
      auto m = from.receive(options_.most_bytes, options_.answer_wait);
      message_reader in(m.body, from.server());
      if (m.kind == message::models || in.id() != id) {
        if (m.kind == message::refused && message_reader(m.body, from.server()).id() == request_id{})
          throw unexpected(m, from.server());
        continue;
      }
      if (m.kind != due) throw unexpected(m, from.server());
      return m;
    }
  }

  /// What to throw for a message that is not the one that was due.
  [[nodiscard]] static refused_error unexpected(received_message const& m, std::string const& server) {
    if (m.kind != message::refused) return {server, refusal::bad_request, "it sent a message that was not due"};
    message_reader in(m.body, server);
    (void)in.id();
    auto const why = static_cast<refusal>(in.word<std::uint16_t>());
    return {server, why, in.text()};
  }

  caller call_;
  client_options options_;
  std::array<std::unique_ptr<server_link>, 2> links_;
};

}  // namespace koi::serve
