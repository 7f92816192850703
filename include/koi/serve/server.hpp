// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/engine.hpp>
#include <koi/serve/front.hpp>
#include <koi/serve/status_page.hpp>
#include <koi/session/detail/refusal_log.hpp>

namespace koi::serve {

/// Where a server listens, and what it allows. The helper has no front and keeps no models.
struct server_options {
  std::string player;                      ///< server0, server1, or the helper's name
  std::string clients_host = "127.0.0.1";  ///< for clients and owners of models
  std::uint16_t clients_port = 0;          ///< 0: any that is free
  std::optional<std::string> status_host;  ///< for health and metrics; none without it
  std::uint16_t status_port = 0;
  std::filesystem::path data;  ///< the models' folder
  std::uint64_t config = 0;    ///< digest of the settings that all players have in common, for whoever asks
  policy rules;
  front_limits front;
  desk_limits desk;
  engine_options engine;
};

/// One player of a prediction service in this process: a thread that talks to clients, and one that computes with the
/// other players. It serves until stop() or kill(), whatever becomes of the others.
///
/// Threads  any
template <ComparingProtocol P, class Door = plain_door>
class server {
 public:
  /// `meet` connects to the other players and may be called again and again.
  ///
  /// Throws  bad_option for addresses, folders that cannot be used
  server(server_options options, typename engine<P>::meet meet, Door door = {})
      : options_(std::move(options)), desk_(options_.desk, counts_), catalog_(counts_) {
    bool const is_server = options_.player == "server0" || options_.player == "server1";
    if (is_server) {
      shelf_.emplace(options_.data, options_.player);
      front_.emplace(io_, options_.clients_host, options_.clients_port,
                     front_identity{options_.player == "server1" ? 1u : 0u, P::name(), P::ring::bits, P::frac_bits,
                                    options_.config, P::helper_names()},
                     options_.front, options_.rules, desk_, catalog_, counts_, std::move(door), options_.engine.log);
    }
    if (options_.status_host)
      status_.emplace(io_, *options_.status_host, options_.status_port,
                      status_page::pages{[this] { return health(); }, [this] { return counts_.text(); }});
    engine_.emplace(std::move(meet), shelf_ ? &*shelf_ : nullptr, desk_, catalog_, counts_, options_.engine);
    talking_ = std::jthread([this] { talk(); });
    computing_ = std::jthread([this] { engine_->run(); });
  }
  server(server const&) = delete;
  server& operator=(server const&) = delete;
  ~server() {
    kill();
    wait();
  }

  [[nodiscard]] std::uint16_t clients_port() const noexcept { return front_ ? front_->port() : 0; }
  [[nodiscard]] std::uint16_t status_port() const noexcept { return status_ ? status_->port() : 0; }
  [[nodiscard]] metrics const& counts() const noexcept { return counts_; }
  /// Whether all players are there.
  [[nodiscard]] bool is_up() const { return desk_.is_open(); }

  /// Takes nothing in any more, answers what waits, and ends; see wait().
  void stop() { engine_->stop(); }
  /// Ends at once.
  void kill() {
    killed_ = true;
    engine_->kill();
  }
  /// Until it has ended.
  void wait() {
    if (computing_.joinable()) computing_.join();
    if (!talking_.joinable()) return;
    detail::asio::post(io_, [this] {
      if (status_) status_->stop();
      if (front_) front_->stop(killed_);
      work_.reset();
    });
    talking_.join();
  }

 private:
  /// What one connection makes fail, such as a lack of memory, is no other's concern.
  void talk() {
    for (;;) try {
        io_.run();
        return;
      } catch (std::exception const& e) {
        troubles_.put(e.what(), koi::detail::net_clock::now());
      }
  }
  [[nodiscard]] std::pair<bool, std::string> health() const {
    return desk_.is_open() ? std::pair(true, std::string("all players are here")) : std::pair(false, desk_.note());
  }

  server_options options_;
  koi::detail::refusal_log troubles_{[this](std::string const& line) {
    if (options_.engine.log) options_.engine.log(line);
  }};
  metrics counts_;
  desk desk_;
  catalog catalog_;
  detail::asio::io_context io_{1};
  detail::asio::executor_work_guard<detail::asio::io_context::executor_type> work_{io_.get_executor()};
  std::optional<shelf<P>> shelf_;
  std::optional<front<Door>> front_;
  std::optional<status_page> status_;
  std::optional<engine<P>> engine_;
  std::atomic<bool> killed_{false};
  std::jthread talking_, computing_;
};

}  // namespace koi::serve
