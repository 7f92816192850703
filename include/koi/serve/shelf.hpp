// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/share_file.hpp>
#include <koi/serve/shelved_model.hpp>

#include <charconv>
#include <chrono>
#include <map>
#include <set>

namespace koi::serve {

/// A server's models, each in three files of its folder, `<name>.<version>.<player>` with an ending: `.onnx`, the graph
/// without weights; `.share`, the shares of the weights (see io/share_file.hpp); `.owner`, the identity whose name it
/// is. A fourth one, `.unfinished`, stands there from before the first of them is written until both servers have all,
/// and while they are removed: what has it was never promised to anybody.
///
/// Threads  one object: one thread at a time
template <Protocol P>
class shelf {
 public:
  using model_type = shelved_model<P>;
  using ring = typename P::ring;

  /// Finds what is in the folder, and clears away what never became a model; a graph that cannot be read is kept with
  /// its fault.
  ///
  /// Throws  bad_option where the folder cannot be used
  shelf(std::filesystem::path folder, std::string player) : folder_(std::move(folder)), player_(std::move(player)) {
    std::error_code code;
    std::filesystem::create_directories(folder_, code);
    std::filesystem::directory_iterator const files(folder_, code);
    if (code) throw bad_option(fmt::format("the data folder {} cannot be used: {}", folder_.string(), code.message()));
    std::map<model_id, std::set<std::string_view>> found;
    std::vector<std::filesystem::path> parts;
    for (auto const& file : files) {
      auto const name = file.path().filename().string();
      for (auto const ending : endings) {
        if (auto const id = model_of(name, ending)) found[*id].insert(ending);
        if (is_part(name, ending)) parts.push_back(file.path());
      }
    }
    for (auto const& part : parts) std::filesystem::remove(part, code);
    for (auto const& [id, has] : found) {
      if (has.contains(mark_file) && !has.contains(onnx_file))
        remove(id);
      else
        take_in(id, has);
    }
  }

  [[nodiscard]] std::map<model_id, model_type>& models() noexcept { return models_; }
  [[nodiscard]] model_type* find(model_id const& id) {
    auto const at = models_.find(id);
    return at == models_.end() ? nullptr : &at->second;
  }
  /// Whose a name is: it is the identity's that uploaded it first, as long as a version is there. Nothing if nobody's.
  [[nodiscard]] std::optional<std::string> owner_of(std::string const& name) const {
    auto const first = models_.lower_bound(model_id{name, 0});
    if (first == models_.end() || first->first.name != name) return std::nullopt;
    return first->second.owner;
  }

  /// Reads a model's shares, if they are not here. Throws bad_option, naming the file.
  void fetch(party const& self, model_type& m) const {
    if (!m.pieces.empty() || m.shapes.empty()) return;
    auto [stamp, pieces] =
        io::detail::read_share_file<P>(self.index(), path_of(m.id, share_file), io_name(m.id), m.shapes);
    m.save = stamp.id;
    m.pieces = std::move(pieces);
  }

  /// A model's files, written and not yet in their places. Throws bad_option.
  struct pending {
    io::detail::pending_file mark, shares, owner, graph;
    void commit() {
      mark.commit();
      shares.commit();
      owner.commit();
      graph.commit();  // the model exists from here on, unfinished
    }
  };
  [[nodiscard]] std::unique_ptr<pending> write(model_type const& m, unsigned index) const {
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    io::share_file_header const header{
        io_name(m.id),
        io::detail::id_text(m.save),
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()),
        index,
        ring::bits,
        P::frac_bits,
        m.shapes};
    auto const text = io::detail::to_text(header);
    secret_bytes file;
    file.reserve(text.size() + m.words() * sizeof(typename ring::value_type) + io::detail::checksum_bytes);
    auto const append = [&](const_byte_span bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); };
    append(bytes_of(text.data(), text.size()));
    for (auto const& piece : m.pieces) append(piece.bytes());
    append(sha256(file));
    auto const owner_text = bytes_of(m.owner.data(), m.owner.size());
    return std::unique_ptr<pending>(new pending{{path_of(m.id, mark_file), {}},
                                                {path_of(m.id, share_file), file},
                                                {path_of(m.id, owner_file), owner_text},
                                                {path_of(m.id, onnx_file), m.graph}});
  }
  model_type& add(model_type m) {
    auto const id = m.id;
    return models_.insert_or_assign(id, std::move(m)).first->second;
  }
  /// Both servers have all of it.
  void finish(model_type& m) const noexcept {
    std::error_code ignored;
    std::filesystem::remove(path_of(m.id, mark_file), ignored);
    m.unfinished = false;
  }

  /// From here on a model counts as one that is about to go. Throws bad_option.
  void mark(model_id const& id) {
    auto* const m = find(id);
    if (m == nullptr) return;
    io::detail::pending_file(path_of(id, mark_file), {}).commit();
    m->unfinished = true;
  }
  /// Forgets a model and removes its files; that it is unfinished stands there to the last.
  void remove(model_id id) {  // by value: it may be the one in the model that goes
    std::error_code ignored;
    for (auto const ending : endings) std::filesystem::remove(path_of(id, ending), ignored);
    models_.erase(id);
  }

 private:
  static constexpr std::string_view onnx_file = "onnx", share_file = "share", owner_file = "owner",
                                    mark_file = "unfinished";
  static constexpr std::array<std::string_view, 4> endings{onnx_file, share_file, owner_file, mark_file};
  static constexpr std::size_t most_graph_bytes = std::size_t{1} << 28;

  [[nodiscard]] static std::string io_name(model_id const& id) { return fmt::format("{}.{}", id.name, id.version); }
  [[nodiscard]] std::filesystem::path path_of(model_id const& id, std::string_view ending) const {
    return folder_ / fmt::format("{}.{}.{}", io_name(id), player_, ending);
  }

  /// The model that a file is of, going by its name.
  [[nodiscard]] std::optional<model_id> model_of(std::string_view file, std::string_view ending) const {
    auto const end_of_name = fmt::format(".{}.{}", player_, ending);
    if (!file.ends_with(end_of_name)) return std::nullopt;
    file.remove_suffix(end_of_name.size());
    auto const dot = file.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    model_id id{std::string(file.substr(0, dot)), 0};
    auto const digits = file.substr(dot + 1);
    auto const [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), id.version);
    if (code != std::errc{} || end != digits.data() + digits.size() || id.version == 0 || !is_model_name(id.name))
      return std::nullopt;
    return id;
  }
  /// Whether a file is what a process that died while it wrote one has left: `<name>.<16 digits>.part`.
  [[nodiscard]] bool is_part(std::string_view file, std::string_view ending) const {
    constexpr std::string_view part = ".part";
    constexpr std::size_t digits = 1 + 16;
    if (!file.ends_with(part) || file.size() < part.size() + digits) return false;
    file.remove_suffix(part.size() + digits);
    return model_of(file, ending).has_value();
  }

  void take_in(model_id const& id, std::set<std::string_view> const& has) {
    model_type m;
    m.id = id;
    m.unfinished = has.contains(mark_file);
    try {
      if (has.contains(owner_file)) m.owner = text_of(path_of(id, owner_file));
      auto const path = path_of(id, onnx_file);
      auto const [bytes, size] = io::detail::read_private_file(path, most_graph_bytes);
      if (size != bytes.size())
        throw bad_option(fmt::format("{}: {} bytes, too many for a graph", path.string(), size));
      m.graph.assign(bytes.begin(), bytes.end());
      m.understand();
    } catch (bad_argument const& e) {
      m.fault = e.what();
    }
    add(std::move(m));
  }
  [[nodiscard]] static std::string text_of(std::filesystem::path const& path) {
    auto const [bytes, size] = io::detail::read_private_file(path, longest_text);
    if (size != bytes.size()) throw bad_option(fmt::format("{}: {} bytes, too many for a name", path.string(), size));
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
  }

  std::filesystem::path folder_;
  std::string player_;
  std::map<model_id, model_type> models_;
};

}  // namespace koi::serve
