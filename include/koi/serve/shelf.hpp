// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/network.hpp>
#include <koi/io/share_file.hpp>
#include <koi/serve/control.hpp>
#include <koi/serve/desk.hpp>

#include <chrono>
#include <set>

namespace koi::serve {

/// One server's part of a model: the graph, and shares of the weights while they are needed.
template <Protocol P>
struct shelved_model {
  using ring = typename P::ring;

  model_id id;
  std::vector<std::byte> graph;
  std::optional<io::onnx::network> network;
  std::vector<shape_type> shapes;        ///< of the shared weights
  std::vector<tensor<ring>> pieces;      ///< empty while they are on disk alone
  std::array<std::byte, 16> save{};      ///< the same at both servers if their parts are of one upload
  std::string fault;                     ///< why it cannot be used
  unsigned attempts = 0;                 ///< to load it, since one succeeded

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
};

/// A server's models, each in two files of its folder: `<name>.<version>.<player>.onnx`, the graph without weights, and
/// `<name>.<version>.<player>.share`, the shares of the weights (see io/share_file.hpp).
///
/// Threads  one object: one thread at a time
template <Protocol P>
class shelf {
 public:
  using model_type = shelved_model<P>;
  using ring = typename P::ring;

  /// Finds what is in the folder; a graph that cannot be read is kept with its fault.
  ///
  /// Throws  bad_option where the folder cannot be used
  shelf(std::filesystem::path folder, std::string player) : folder_(std::move(folder)), player_(std::move(player)) {
    std::error_code code;
    std::filesystem::create_directories(folder_, code);
    std::filesystem::directory_iterator const files(folder_, code);
    if (code) throw bad_option(fmt::format("the data folder {} cannot be used: {}", folder_.string(), code.message()));
    for (auto const& file : files)
      if (auto const id = model_of(file.path().filename().string())) take_graph(*id, file.path());
  }

  [[nodiscard]] std::map<model_id, model_type>& models() noexcept { return models_; }
  [[nodiscard]] model_type* find(model_id const& id) {
    auto const at = models_.find(id);
    return at == models_.end() ? nullptr : &at->second;
  }

  /// Reads a model's shares, if they are not here. Throws bad_option, naming the file.
  void fetch(party const& self, model_type& m) const {
    if (!m.pieces.empty() || m.shapes.empty()) return;
    auto [stamp, pieces] =
        io::detail::read_share_file<P>(self, share_path(m.id), io_name(m.id), m.shapes);
    m.save = stamp.id;
    m.pieces = std::move(pieces);
  }

  /// An owner's graph, without weights.
  ///
  /// Throws  bad_argument where it is none, or too large
  static model_type check_graph(request const& r) {
    model_type m;
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
  [[nodiscard]] static model_type from_upload(request const& r, unsigned index) {
    auto m = check_graph(r);
    m.save = r.id;
    auto const bytes = m.words() * sizeof(typename ring::value_type);
    if (index == 1 && r.payload.size() != bytes)
      throw bad_option(fmt::format("{}: {} bytes of shares came; this graph's weights have {}", to_string(m.id), r.payload.size(), bytes));
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

  /// A model's two files, written and not yet in their places. Throws bad_option.
  struct pending {
    io::detail::pending_file shares, graph;
    void commit() {
      shares.commit();
      graph.commit();  // the model exists from here on
    }
  };
  [[nodiscard]] std::unique_ptr<pending> write(model_type const& m, unsigned index) const {
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    io::share_file_header const header{
        io_name(m.id), io::detail::id_text(m.save),
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()), index, ring::bits,
        P::frac_bits, m.shapes};
    auto const text = io::detail::to_text(header);
    secret_bytes file;
    file.reserve(text.size() + m.words() * sizeof(typename ring::value_type) + io::detail::checksum_bytes);
    auto const append = [&](const_byte_span bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); };
    append(bytes_of(text.data(), text.size()));
    for (auto const& piece : m.pieces) append(piece.bytes());
    append(sha256(file));
    return std::unique_ptr<pending>(new pending{{share_path(m.id), file}, {graph_path(m.id), m.graph}});
  }

  void add(model_type m) {
    auto const id = m.id;
    models_.insert_or_assign(id, std::move(m));
  }
  /// Forgets a model and removes its files.
  void remove(model_id const& id) {
    std::error_code ignored;
    std::filesystem::remove(graph_path(id), ignored);
    std::filesystem::remove(share_path(id), ignored);
    models_.erase(id);
  }

 private:
  [[nodiscard]] static std::string io_name(model_id const& id) { return fmt::format("{}.{}", id.name, id.version); }
  [[nodiscard]] std::filesystem::path share_path(model_id const& id) const {
    return io::detail::share_file(folder_, io_name(id), player_);
  }
  [[nodiscard]] std::filesystem::path graph_path(model_id const& id) const {
    return folder_ / fmt::format("{}.{}.onnx", io_name(id), player_);
  }

  /// The model whose graph a file is, going by its name.
  [[nodiscard]] std::optional<model_id> model_of(std::string_view file) const {
    auto const ending = fmt::format(".{}.onnx", player_);
    if (!file.ends_with(ending)) return std::nullopt;
    file.remove_suffix(ending.size());
    auto const dot = file.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    model_id id{std::string(file.substr(0, dot)), 0};
    auto const digits = file.substr(dot + 1);
    auto const [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), id.version);
    if (code != std::errc{} || end != digits.data() + digits.size() || id.version == 0 || !is_model_name(id.name)) return std::nullopt;
    return id;
  }
  void take_graph(model_id const& id, std::filesystem::path const& path) {
    model_type m;
    m.id = id;
    try {
      auto const [bytes, size] = io::detail::read_private_file(path, control_bytes);
      if (size != bytes.size()) throw bad_option(fmt::format("{}: {} bytes, too many for a graph", path.string(), size));
      m.graph.assign(bytes.begin(), bytes.end());
      m.understand();
    } catch (bad_argument const& e) {
      m.fault = e.what();
    }
    add(std::move(m));
  }
  static constexpr std::size_t control_bytes = std::size_t{1} << 28;

  std::filesystem::path folder_;
  std::string player_;
  std::map<model_id, model_type> models_;
};

}  // namespace koi::serve
