// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/clock_offset.hpp>
#include <koi/net/detail/socket_options.hpp>
#include <koi/serve/catalog.hpp>
#include <koi/serve/connection.hpp>
#include <koi/serve/desk.hpp>
#include <koi/serve/patient_acceptor.hpp>
#include <koi/serve/policy.hpp>
#include <koi/session/detail/refusal_log.hpp>

#include <thread>
#include <unordered_map>

namespace koi::serve {

/// What a front tells clients about its server.
struct front_identity {
  unsigned index = 0;
  std::string protocol;
  std::size_t ring_bits = 64;
  std::size_t frac_bits = 16;
  std::uint64_t config = 0;            ///< digest of the settings that all players have in common
  std::vector<std::string> helpers{};  ///< names that a helper can have
};

/// One server's side towards clients and owners of models: takes halves of requests in, checks them against models,
/// limits and the server's policy, and sends the answers. Everything runs in one thread that waits for nobody.
template <class Door = plain_door>
class front {
 public:
  using connection_type = connection<Door, front>;
  using on_line = std::function<void(std::string_view)>;

  /// `say` hears whom the policy refuses, and why, in the thread of `io`.
  ///
  /// Throws  bad_option for an address that cannot be used
  front(koi::detail::asio::io_context& io, std::string const& host, std::uint16_t port, front_identity who,
        front_limits limits, policy rules, desk& requests, catalog& models, metrics& counts, Door door = {},
        on_line say = {})
      : io_(io),
        acceptor_(
            io, [this](auto socket) { welcome(std::move(socket)); }, [this](auto const&) { make_room(); }),
        sweep_(io),
        who_(std::move(who)),
        limits_(limits),
        rules_(std::move(rules)),
        requests_(requests),
        models_(models),
        counts_(counts),
        door_(std::move(door)),
        say_(std::move(say)),
        memory_(limits.total_bytes, limits.client_bytes) {
    boost::system::error_code ec;
    auto const found =
        detail::tcp::resolver(io).resolve(host, std::to_string(port), detail::tcp::resolver::passive, ec);
    if (!ec) acceptor_.open(found.begin()->endpoint(), detail::asio::socket_base::max_listen_connections, ec);
    if (ec) throw bad_option(fmt::format("clients cannot be listened to on {}:{}: {}", host, port, ec.message()));
    sweep();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return acceptor_.port(); }

  /// Closes every connection, at once or as soon as what waits there has been sent; in the thread of `io`.
  void stop(bool at_once = false) {
    stopping_ = true;
    acceptor_.close();
    sweep_.cancel();
    std::vector<std::shared_ptr<connection_type>> all;
    for (auto const& [number, each] : open_) all.push_back(each);
    for (auto const& each : all) at_once ? each->close() : each->finish();
  }

  // --- what a connection asks for

  [[nodiscard]] front_limits const& limits() const noexcept { return limits_; }
  [[nodiscard]] std::shared_ptr<void> reserve(std::size_t bytes, std::string const& who) {
    return memory_.take(bytes, who);
  }

  [[nodiscard]] std::size_t cap(message kind, std::string const& identity) const {
    constexpr std::size_t small = 4096;
    switch (kind) {
      case message::list:
      case message::remove:
      case message::drop:
        return small;
      case message::predict:
        return limits_.request_bytes + small;
      case message::upload:
        return rules_.may_upload(identity) ? limits_.upload_bytes + small : 0;
      default:
        return 0;
    }
  }

  /// What a caller hears of a message for which cap() is 0.
  [[nodiscard]] std::string objection_to(connection_type& from, message kind) {
    if (kind != message::upload) return "messages of this kind are not taken of this caller";
    auto why = fmt::format("this server's policy lets {} upload nothing", caller_text(from.identity()));
    counts_.refused(refusal::not_allowed);
    note(from, why);
    return why;
  }

  void take(connection_type& from, message kind, secret_bytes body, std::shared_ptr<void> memory) {
    message_reader in(body, "the caller");
    if (kind == message::list) {
      in.finish();
      return from.send(encode(describe(from.identity())));
    }
    request r;
    r.id = in.id();
    if (kind == message::drop) {
      in.finish();
      return requests_.drop(from.number(), &r.id);
    }
    r.connection = from.number();
    r.client = from.identity();
    r.origin = from.origin();
    r.memory = std::move(memory);
    r.answer = answer_to(from);
    r.model = in.model();
    switch (kind) {
      case message::predict:
        return predict(from, std::move(r), in);
      case message::upload:
        return upload(from, std::move(r), in);
      default:
        return remove(from, std::move(r), in);
    }
  }

  void gone(connection_type& which) {
    requests_.drop(which.number());
    ++counts_.connections_closed;
    open_.erase(which.number());
    counts_.connections_now = open_.size();
  }

 private:
  [[nodiscard]] server_description describe(std::string const& to) const {
    server_description d;
    d.index = static_cast<std::uint8_t>(who_.index);
    d.up = requests_.is_open() ? 1 : 0;
    d.ring_bits = static_cast<std::uint16_t>(who_.ring_bits);
    d.frac_bits = static_cast<std::uint16_t>(who_.frac_bits);
    d.max_samples = static_cast<std::uint32_t>(requests_.limits().max_samples);
    d.protocol = who_.protocol;
    d.note = requests_.note();
    d.config = who_.config;
    d.clock = clock_reading();
    for (auto& m : models_.all())
      if (may_see(to, m.model)) d.models.push_back(std::move(m));
    return d;
  }
  /// The other server knows every model anyway, and the helper learns none by its name, whatever the policy allows to
  /// everybody. A name is that of a link's other end, or empty.
  [[nodiscard]] bool may_see(std::string const& who, model_id const& model) const {
    if (who == "server0" || who == "server1") return true;
    if (std::find(who_.helpers.begin(), who_.helpers.end(), who) != who_.helpers.end()) return false;
    return rules_.may_see(who, model);
  }

  /// A function that sends to a connection, if it is still there, from any thread.
  [[nodiscard]] std::function<void(secret_bytes)> answer_to(connection_type& to) {
    return [this, weak = to.weak_from_this()](secret_bytes bytes) {
      detail::asio::post(io_, [weak, bytes = std::move(bytes)]() mutable {
        if (auto const there = weak.lock()) there->send(std::move(bytes));
      });
    };
  }

  void predict(connection_type& from, request r, message_reader& in) {
    auto const show = in.word<std::uint8_t>();
    if (show > 1) in.fail("asks for something that no server reveals");
    r.show = static_cast<reveals>(show);
    r.shape = in.shape();
    auto const payload = in.rest();
    if (!allowed(from, r)) return;
    auto const model = models_.find(r.model);
    if (!model) return refuse(from, r, refusal::unknown_model, to_string(r.model));
    r.model = model->model;
    if (!model->ready && requests_.is_open()) return refuse(from, r, refusal::unavailable, model->note);
    auto due = model->input;
    due.insert(due.begin(), r.samples());
    if (model->ready && (r.shape != due || r.samples() == 0))
      return refuse(from, r, refusal::bad_shape,
                    fmt::format("{} takes samples of shape {}; {} came", to_string(r.model),
                                koi::to_string(model->input), koi::to_string(r.shape)));
    if (r.samples() > requests_.limits().max_samples)
      return refuse(
          from, r, refusal::bad_shape,
          fmt::format("{} samples in a request; at most {} are taken", r.samples(), requests_.limits().max_samples));
    auto const bytes = who_.index == 0 ? std::size_t{32} : element_count(r.shape) * (who_.ring_bits / 8);
    if (payload.size() != bytes) in.fail("has another length than its shape says");
    r.payload.assign(payload.begin(), payload.end());
    enter(from, std::move(r));
  }

  void upload(connection_type& from, request r, message_reader& in) {
    r.what = task::upload;
    if (!allowed(from, r)) return;
    r.chosen = rules_.names_uploader(r.client, r.model);
    if (r.model.version == 0) in.fail("uploads a model without a version");
    auto const length = in.word<std::uint64_t>();
    if (length > limits_.upload_bytes) in.fail("is cut");
    auto const graph = in.bytes(static_cast<std::size_t>(length));
    auto const payload = in.rest();
    if (who_.index == 0 && payload.size() != 32) in.fail("has another length than a seed");
    r.graph.assign(graph.begin(), graph.end());
    r.payload.assign(payload.begin(), payload.end());
    if (models_.find(r.model))
      return refuse(from, r, refusal::bad_request, "this version is there already; upload another one");
    enter(from, std::move(r));
  }
  void remove(connection_type& from, request r, message_reader& in) {
    in.finish();
    r.what = task::remove;
    if (!allowed(from, r)) return;
    if (!models_.find(r.model)) return refuse(from, r, refusal::unknown_model, to_string(r.model));
    enter(from, std::move(r));
  }

  /// Whether the policy lets this caller do so; if not, it hears why.
  bool allowed(connection_type& from, request const& r) {
    auto const why = rules_.objection(r.what, r.client, r.model, r.show);
    if (!why) return true;
    note(from, *why);
    refuse(from, r, refusal::not_allowed, *why);
    return false;
  }
  /// A line of the log for what the policy refuses: whoever is refused asks again, see refusal_log.
  void note(connection_type const& from, std::string_view why) {
    auto const& who = from.identity();
    refusals_.put(
        fmt::format("{} was refused: {}", who.empty() ? "a caller from " + from.origin() : printable(who), why),
        koi::detail::net_clock::now());
  }
  void enter(connection_type& from, request r) {
    auto const id = r.id;
    if (auto const why = requests_.put(std::move(r))) {
      counts_.refused(why->first);
      return from.send(encode_refusal(id, why->first, why->second));
    }
    if (who_.index == 1) from.send(message_writer(message::held).bytes(id).finish());
  }

  void refuse(connection_type& from, request const& r, refusal why, std::string_view text) {
    counts_.refused(why);
    from.send(encode_refusal(r.id, why, text));
  }

  void welcome(detail::tcp::socket socket) {
    boost::system::error_code ignored;
    koi::detail::tune(socket.native_handle(), {});  // as the players' links, so that NATs keep an idle one
    auto const origin = socket.remote_endpoint(ignored).address().to_string();
    if (open_.size() >= limits_.connections) make_room();
    auto const number = ++last_number_;
    auto const made = std::make_shared<connection_type>(io_, door_.open(std::move(socket)), *this, number, origin);
    open_.emplace(number, made);
    ++counts_.connections;
    counts_.connections_now = open_.size();
    made->start(door_);
  }
  /// Closes the oldest connection that has not said a whole message yet, or else the oldest of all.
  void make_room() {
    if (open_.empty()) return;
    auto oldest = open_.end(), unproven = open_.end();
    for (auto it = open_.begin(); it != open_.end(); ++it) {
      if (oldest == open_.end() || it->first < oldest->first) oldest = it;
      if (!it->second->proven() && (unproven == open_.end() || it->first < unproven->first)) unproven = it;
    }
    auto const leaves = (unproven != open_.end() ? unproven : oldest)->second;
    leaves->close();
  }

  void sweep() {
    sweep_.expires_after(std::clamp<std::chrono::milliseconds>(limits_.half_wait / 4, std::chrono::milliseconds(10),
                                                               std::chrono::seconds(1)));
    sweep_.async_wait([this](boost::system::error_code ec) {
      if (ec || stopping_) return;
      sweep();
      requests_.expire(limits_.half_wait);
      refusals_.look(koi::detail::net_clock::now());
      if constexpr (requires { door_.look(); }) door_.look();
    });
  }

  detail::asio::io_context& io_;
  patient_acceptor acceptor_;
  detail::asio::steady_timer sweep_;
  front_identity who_;
  front_limits limits_;
  policy rules_;
  desk& requests_;
  catalog& models_;
  metrics& counts_;
  Door door_;
  on_line say_;
  koi::detail::refusal_log refusals_{[this](std::string const& line) {
    if (say_) say_(line);
  }};
  memory_budget memory_;
  std::unordered_map<std::uint64_t, std::shared_ptr<connection_type>> open_;
  std::uint64_t last_number_ = 0;
  bool stopping_ = false;
};

}  // namespace koi::serve
