// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace koi::trace::detail {

/// Text as it stands in XML.
inline std::string xml(std::string_view text) {
  std::string out;
  for (char const c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  return out;
}

/// A drawing of boxes, lines of text and arrows that needs no other file: a card of its own, in light colours or, where
/// the reader prefers them, dark ones.
class svg {
 public:
  void box(std::string_view kind, int x, int y, int width, int height) {
    body_ += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n", kind, x, y,
                         width, height);
    bottom_ = std::max(bottom_, y + height);
  }
  /// `kind` is "name", "what" or "note"; `anchor` is "start", "middle" or "end".
  void text(std::string_view kind, int x, int y, std::string_view anchor, std::string_view words) {
    body_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", kind, x, y, anchor,
                         xml(words));
    bottom_ = std::max(bottom_, y + 4);
  }
  /// The bytes of each link stand where the reader points at the arrow.
  void arrow(int x1, int y1, int x2, int y2, std::string_view about, bool both_ways = false) {
    body_ += fmt::format(
        "<g><title>{}</title><line class=\"arrow\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" "
        "marker-end=\"url(#end)\"{}/></g>\n",
        xml(about), x1, y1, x2, y2, both_ways ? " marker-start=\"url(#end)\"" : "");
  }
  [[nodiscard]] int bottom() const noexcept { return bottom_; }

  [[nodiscard]] std::string whole(int width, std::string_view title) const {
    auto const height = bottom_ + 16;
    return fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img">
<title>{2}</title>
<style>
text {{ font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }}
.name {{ font-size: 14px; font-weight: 600 }} .what {{ font-size: 12.5px }} .note {{ font-size: 12px; fill: #59636e }}
.card {{ fill: #ffffff; stroke: #d0d7de }} .own {{ fill: #ddf4ff; stroke: #0969da }} .compute {{ fill: #dafbe1; stroke: #1a7f37 }}
.help {{ fill: #fff8c5; stroke: #9a6700 }} .group {{ fill: none; stroke: #1a7f37; stroke-dasharray: 5 4 }}
.arrow {{ stroke: #57606a; stroke-width: 1.6 }} .head {{ fill: #57606a }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #e6edf3 }} .note {{ fill: #9198a1 }} .card {{ fill: #0d1117; stroke: #3d444d }}
.own {{ fill: #0c2d6b; stroke: #4493f8 }} .compute {{ fill: #04260f; stroke: #3fb950 }} .help {{ fill: #341a00; stroke: #d29922 }}
.group {{ stroke: #3fb950 }} .arrow {{ stroke: #9198a1 }} .head {{ fill: #9198a1 }}
}}
</style>
<defs><marker id="end" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
<path class="head" d="M0 0 10 5 0 10z"/></marker></defs>
<rect class="card" x="0.5" y="0.5" width="{3}" height="{4}" rx="10"/>
{5}</svg>
)",
        width, height, xml(title), width - 1, height - 1, body_);
  }

 private:
  std::string body_;
  int bottom_ = 0;
};

}  // namespace koi::trace::detail
