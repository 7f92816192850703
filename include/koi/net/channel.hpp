// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/abort_reason.hpp>
#include <koi/net/frame.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace koi {

/// A reliable, ordered pipe of messages to one peer.
///
/// Syntax is checked here; tests/net/channel_suite.hpp checks that
///   send  hands the bytes over or copies them and never waits for the peer, unless more than
///         channel_options::queue_limit bytes are queued: then it waits, up to send_wait;
///   recv  blocks up to `wait`, fills `into` completely or throws;
///   abort tells the peer why and who was lost, if that is possible within a moment, and closes;
///   close delivers what was sent, as far as the peer takes it within a few seconds, and closes.
/// What was sent before a close or an abort still arrives first.
///
/// Throws  channel_closed (the peer went away), peer_aborted (it said why), channel_timeout,
///         bad_frame (another length than `into`, or no frame). The first error is final: every
///         later call throws the same kind and repeats the reason.
/// Threads  each end belongs to one thread at a time; the two ends may be used at the same time
template <class C>
concept Channel = std::move_constructible<C> &&
    requires(C& c, C const& k, frame_tag const& tag, const_byte_span out, byte_span into,
             std::chrono::milliseconds wait, abort_reason const& why) {
  { k.peer() } -> std::same_as<std::string const&>;
  { c.send(tag, out) } -> std::same_as<void>;
  { c.recv(into, wait) } -> std::same_as<frame_tag>;
  { c.abort(why) } -> std::same_as<void>;
  { c.close() } -> std::same_as<void>;
  requires noexcept(k.peer());
  requires noexcept(c.abort(why));
  requires noexcept(c.close());
};

/// A channel that can tell which message made it throw bad_frame for its length. Whoever compares
/// tags can then name the operation at which two programs part.
template <class C>
concept NamesRefused = requires(C const& c) {
  { c.refused() } -> std::same_as<std::optional<frame_tag> const&>;
  requires noexcept(c.refused());
};

/// A channel that moves queued bytes on when asked, for a player that computes for long between two
/// calls. Channels without it move bytes on their own.
template <class C>
concept Progresses = requires(C& c) {
  { c.progress() } -> std::same_as<void>;
};

/// A channel that can wait until the system has taken everything that was sent. Channels without it
/// never hold bytes back.
template <class C>
concept Flushes = requires(C& c, std::chrono::milliseconds wait) {
  { c.flush(wait) } -> std::same_as<void>;
};

struct channel_options {
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  /// `send` waits while more than this many bytes of earlier messages are queued in this process:
  /// unread in a local pair, not yet taken by the system on a network link. One message is always
  /// let in, so memory stays below the limit plus one message.
  std::size_t queue_limit = unlimited;

  /// How long `send` waits for the queue to drain.
  std::chrono::milliseconds send_wait{120'000};

  /// Network links: an idle one is asked for a sign of life after so long, then every interval; after so
  /// many probes without an answer it is dead. 0 asks for none. With these values a machine that
  /// is gone is noticed after 30 seconds, and NATs keep the link.
  std::chrono::milliseconds keep_alive_idle{15'000};
  std::chrono::milliseconds keep_alive_interval{5'000};
  int keep_alive_probes = 3;

  /// Network links: a receive gives up when the peer's machine has acknowledged nothing of what was sent to it for so
  /// long; 0 leaves that to the probes, the system's 15 minutes and the deadlines of recv and send. A peer that computes
  /// is no such case, however long it reads nothing. On Linux; elsewhere as if it was 0.
  std::chrono::milliseconds unanswered_wait{0};
};

/// Owns a channel of any kind; one virtual call a message.
///
/// A moved-from object can only be destroyed or assigned to.
class any_channel {
 public:
  template <class C>
    requires(!std::same_as<std::remove_cvref_t<C>, any_channel> && Channel<C>)
  any_channel(C channel) : self_(std::make_unique<model<C>>(std::move(channel))) {}

  [[nodiscard]] std::string const& peer() const noexcept { return self_->peer(); }
  void send(frame_tag const& tag, const_byte_span bytes) { self_->send(tag, bytes); }
  frame_tag recv(byte_span into, std::chrono::milliseconds wait) { return self_->recv(into, wait); }
  void abort(abort_reason const& why) noexcept { self_->abort(why); }
  void close() noexcept { self_->close(); }

  /// Moves queued bytes on, without waiting.
  void progress() { self_->progress(); }
  /// Waits until the system has taken all that was sent. Throws channel_timeout, channel_closed.
  void flush(std::chrono::milliseconds wait) { self_->flush(wait); }

  /// Tag of the message that was refused for its length, if the channel keeps it.
  [[nodiscard]] std::optional<frame_tag> const& refused() const noexcept { return self_->refused(); }

 private:
  struct concept_type {
    virtual ~concept_type() = default;
    [[nodiscard]] virtual std::string const& peer() const noexcept = 0;
    virtual void send(frame_tag const&, const_byte_span) = 0;
    virtual frame_tag recv(byte_span, std::chrono::milliseconds) = 0;
    virtual void abort(abort_reason const&) noexcept = 0;
    virtual void close() noexcept = 0;
    virtual void progress() = 0;
    virtual void flush(std::chrono::milliseconds) = 0;
    [[nodiscard]] virtual std::optional<frame_tag> const& refused() const noexcept = 0;
  };

  template <class C>
  struct model final : concept_type {
    explicit model(C channel) : channel_(std::move(channel)) {}
    [[nodiscard]] std::string const& peer() const noexcept override { return channel_.peer(); }
    void send(frame_tag const& tag, const_byte_span bytes) override { channel_.send(tag, bytes); }
    frame_tag recv(byte_span into, std::chrono::milliseconds wait) override { return channel_.recv(into, wait); }
    void abort(abort_reason const& why) noexcept override { channel_.abort(why); }
    void close() noexcept override { channel_.close(); }
    void progress() override {
      if constexpr (Progresses<C>) channel_.progress();
    }
    void flush(std::chrono::milliseconds wait) override {
      if constexpr (Flushes<C>) channel_.flush(wait);
    }
    [[nodiscard]] std::optional<frame_tag> const& refused() const noexcept override {
      static constexpr std::optional<frame_tag> unknown;
      if constexpr (NamesRefused<C>)
        return channel_.refused();
      else
        return unknown;
    }
    C channel_;
  };

  std::unique_ptr<concept_type> self_;
};

static_assert(Channel<any_channel> && NamesRefused<any_channel>);

}  // namespace koi
