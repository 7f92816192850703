// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/sha256.hpp>
#include <koi/serve/message.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace koi::serve {

using digest_bytes = std::array<std::byte, 32>;
using clock = std::chrono::steady_clock;

enum class task : std::uint8_t { predict, upload, remove };

/// Bytes that are taken of a budget until this goes.
using reservation = std::shared_ptr<void>;

/// Who asks: a proven identity, or the connection where there is none.
struct asker {
  std::string client;
  std::uint64_t connection = 0;

  friend bool operator==(asker const&, asker const&) = default;
};

/// One server's half of what a client asked for.
struct request {
  task what = task::predict;
  request_id id{};
  std::string client;   ///< its identity, and empty where its link proves none
  std::string origin;   ///< whom its limits are for, and who has a turn
  bool chosen = false;  ///< whether this server's policy names the client, and the model, for uploads
  model_id model;
  reveals show = reveals::scores;
  shape_type shape;
  std::vector<std::byte> graph;
  secret_bytes payload;
  reservation memory;
  std::uint64_t connection = 0;
  clock::time_point since = clock::now();
  std::function<void(secret_bytes)> answer;  ///< may be called from any thread

  [[nodiscard]] serve::asker asker() const { return {client, client.empty() ? connection : 0}; }
  [[nodiscard]] std::size_t samples() const noexcept { return shape.empty() ? 0 : shape[0]; }

  /// What both servers must have the same of before their halves meet.
  [[nodiscard]] digest_bytes digest() const {
    message_writer out(message::predict);
    out.bytes(id).word(what).text(client).model(model).word(show).shape(shape).bytes(sha256(graph));
    return sha256(out.finish());
  }
  void refuse(refusal why, std::string_view text) const { answer(encode_refusal(id, why, text)); }
};

/// Why a request is refused.
using objection = std::pair<refusal, std::string>;

}  // namespace koi::serve
