// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/front.hpp>

#include <cstdlib>
#include <memory>

namespace koi::test {

/// A caller whose bytes are all there, and who reads every answer to the end.
class spoken {
 public:
  using lowest_layer_type = detail::tcp::socket;
  using executor_type = lowest_layer_type::executor_type;

  spoken(detail::tcp::socket socket, const_byte_span says, std::shared_ptr<std::vector<std::byte>> hears)
      : socket_(std::move(socket)), says_(says), hears_(std::move(hears)) {}

  [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return socket_; }
  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }

  template <class Buffers, class Done>
  void async_read_some(Buffers const& into, Done&& done) {
    auto const n = detail::asio::buffer_copy(into, detail::asio::buffer(says_.data(), says_.size()));
    says_ = says_.subspan(n);
    boost::system::error_code ec;
    if (n == 0 && detail::asio::buffer_size(into) != 0) ec = detail::asio::error::eof;
    detail::asio::post(get_executor(), [ec, n, done = std::forward<Done>(done)]() mutable { done(ec, n); });
  }
  template <class Buffers, class Done>
  void async_write_some(Buffers const& from, Done&& done) {
    auto const n = detail::asio::buffer_size(from);
    hears_->resize(hears_->size() + n);
    detail::asio::buffer_copy(detail::asio::buffer(hears_->data() + hears_->size() - n, n), from);
    detail::asio::post(get_executor(),
                       [n, done = std::forward<Done>(done)]() mutable { done(boost::system::error_code{}, n); });
  }

 private:
  detail::tcp::socket socket_;
  const_byte_span says_;
  std::shared_ptr<std::vector<std::byte>> hears_;
};

struct spoken_door {
  using stream = spoken;
  [[nodiscard]] stream open(detail::tcp::socket socket) const {
    return {std::move(socket), {}, std::make_shared<std::vector<std::byte>>()};
  }
  template <class Done>
  void greet(stream&, Done done) const {
    done(boost::system::error_code{}, std::string("clinic"));
  }
};

/// A server's side towards clients, without a server behind it.
class lonely_front {
 public:
  explicit lonely_front(unsigned index)
      : front_(io_, "127.0.0.1", 0, {index, "pond", 64, 16}, limits(),
               serve::policy({{"*", {{"*"}, {"*"}, {"*"}, {{"*", serve::reveals::scores}}}}}), desk_, models_, counts_) {
    models_.set({{"lenet", 1}, true, "", {2, 3}, {10}});
    models_.set({{"lenet", 2}, false, "not loaded yet", {}, {}});
    desk_.open();
  }

  /// What a stranger says. Every answer is a whole message that a client can read, and nothing stays when it has gone.
  void hear(const_byte_span in) {
    auto const heard = std::make_shared<std::vector<std::byte>>();
    auto const from = std::make_shared<front_type::connection_type>(io_, spoken(detail::tcp::socket(io_), in, heard),
                                                                    front_, ++calls_, "a stranger");
    from->start(spoken_door{});
    io_.restart();
    while (io_.poll() != 0) {
    }
    from->close();
    io_.restart();
    io_.poll();
    demand(desk_.empty());
    check_answers(*heard);
  }

 private:
  using front_type = serve::front<spoken_door>;

  static serve::front_limits limits() {
    serve::front_limits l;
    l.request_bytes = l.upload_bytes = 1 << 16;
    l.total_bytes = l.client_bytes = 1 << 17;
    return l;
  }
  static void demand(bool holds) {
    if (!holds) std::abort();
  }
  static void check_answers(const_byte_span in) {
    while (!in.empty()) {
      auto const header = serve::decode_message_header(in, "a server");
      auto const body = in.subspan(serve::message_header_size, static_cast<std::size_t>(header.length));
      in = in.subspan(serve::message_header_size + body.size());
      serve::message_reader reader(body, "a server");
      switch (header.kind) {
        case serve::message::models:
          demand(serve::decode_description(body, "a server").models.size() <= 2);
          break;
        case serve::message::held:
          (void)reader.id();
          reader.finish();
          break;
        case serve::message::refused: {
          (void)reader.id();
          auto const why = reader.word<std::uint16_t>();
          demand(why >= 1 && why <= static_cast<std::uint16_t>(serve::refusal::differs) && !reader.text().empty());
          reader.finish();
          break;
        }
        default:
          demand(false);
      }
    }
  }

  detail::asio::io_context io_{1};
  serve::metrics counts_;
  serve::desk desk_{{}, counts_};
  serve::catalog models_{counts_};
  front_type front_;
  std::uint64_t calls_ = 0;
};

/// Bytes of a client, to server 0 or 1 as the first one says; and the same as a server's answer to a client.
inline void take_from_client(const_byte_span in) {
  static lonely_front fronts[] = {lonely_front(0), lonely_front(1)};
  if (in.empty()) return;
  fronts[static_cast<unsigned>(in[0]) & 1].hear(in.subspan(1));
  try {
    (void)serve::decode_description(in.subspan(1), "a server");
  } catch (bad_frame const&) {
  }
}

}  // namespace koi::test
