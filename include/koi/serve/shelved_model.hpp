// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/network.hpp>
#include <koi/serve/control.hpp>
#include <koi/serve/request.hpp>
#include <koi/tensor.hpp>

#include <optional>

namespace koi::serve {

/// One server's part of a model: the graph, and shares of the weights while they are needed.
template <Protocol P>
struct shelved_model {
  using ring = typename P::ring;

  model_id id;
  std::string owner;  ///< the identity whose name it is; empty where links prove none
  std::vector<std::byte> graph;
  std::optional<io::onnx::network> network;
  std::vector<shape_type> shapes;    ///< of the shared weights
  std::vector<tensor<ring>> pieces;  ///< empty while they are on disk alone
  std::array<std::byte, 16> save{};  ///< the same at both servers if their parts are of one upload
  std::string fault;                 ///< why it cannot be used: for the log
  bool unfinished = false;           ///< nobody knows whether the other server has written it, or removed it, too
  unsigned attempts = 0;             ///< to load it, since one succeeded

  /// Reads the graph and what its weights look like. Throws bad_option.
  void understand() {
    network = io::onnx::network::parse(graph, to_string(id));
    shapes = network->template build<P>().shared_shapes();
  }
  [[nodiscard]] std::size_t words() const noexcept {
    std::size_t n = 0;
    for (auto const& s : shapes) n += element_count(s);
    return n;
  }
  /// What both servers must have the same of.
  [[nodiscard]] digest_bytes digest() const {
    message_writer out(message::models);
    out.model(id).bytes(sha256(graph)).bytes(save);
    return sha256(out.finish());
  }

  /// An owner's graph, without weights.
  ///
  /// Throws  bad_argument where it is none, or too large
  static shelved_model check_graph(request const& r) {
    shelved_model m;
    m.id = r.model;
    if (r.graph.size() > control_record::most_graph_bytes)
      throw bad_option(fmt::format("{}: a graph of {} bytes; at most {} are taken", to_string(m.id), r.graph.size(),
                                   control_record::most_graph_bytes));
    m.graph = r.graph;
    m.understand();
    if (m.shapes.empty()) throw bad_option(fmt::format("{}: has no weights", to_string(m.id)));
    return m;
  }
  /// What an owner sent, as a model: with the graph read, and this server's pieces. Throws bad_option.
  [[nodiscard]] static shelved_model from_upload(request const& r, unsigned index) {
    auto m = check_graph(r);
    m.save = r.id;
    m.owner = r.client;
    auto const bytes = m.words() * sizeof(typename ring::value_type);
    if (index == 1 && r.payload.size() != bytes)
      throw bad_option(fmt::format("{}: {} bytes of shares came; this graph's weights have {}", to_string(m.id),
                                   r.payload.size(), bytes));
    std::optional<prg> stream;
    if (index == 0) stream.emplace(seed_of(r.payload));
    std::size_t at = 0;
    for (auto const& shape : m.shapes) {
      auto& piece = m.pieces.emplace_back(shape);
      auto const into = piece.writable_bytes();
      if (stream)
        stream->fill(into);
      else
        std::copy_n(r.payload.begin() + static_cast<std::ptrdiff_t>(at), into.size(), into.begin());
      at += into.size();
    }
    return m;
  }
  [[nodiscard]] static seed seed_of(const_byte_span bytes) {
    std::array<std::byte, seed::size> raw{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), raw.size()), raw.begin());
    seed out(raw);
    wipe(raw.data(), raw.size());
    return out;
  }
};

}  // namespace koi::serve
