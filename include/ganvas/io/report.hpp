#pragma once
// A page of HTML that tells how a run went. It is one file: pictures and charts are inside, nothing is loaded from
// elsewhere. Readable on a telephone, by light and by dark.

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/curves.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

/// Rows of two columns: what, and its value.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Collects sections in the order of the calls; every text is escaped.
/// Report("MNIST").settings(pairs).curve("Losses", series).image("Samples", grid_png(x), "64 digits").write(path)
class Report {
 public:
  explicit Report(std::string title) : title_(std::move(title)) {}

  Report& heading(std::string_view words) { return add("<h2>" + detail::escape_html(words) + "</h2>\n"); }
  Report& text(std::string_view words) { return add("<p>" + detail::escape_html(words) + "</p>\n"); }

  /// Two columns: names and values.
  Report& pairs(std::string_view title, const Pairs& rows) {
    heading(title);
    std::string html = "<div class=\"wide\"><table>\n";
    for (const auto& [name, value] : rows)
      html += "<tr><th scope=\"row\">" + detail::escape_html(name) + "</th><td>" + detail::escape_html(value) +
              "</td></tr>\n";
    return add(html + "</table></div>\n");
  }
  Report& settings(const Pairs& rows) { return pairs("Settings", rows); }

  /// A table with a line of column names. Throws ValueError for a row of another length.
  Report& table(std::string_view title, const std::vector<std::string>& columns,
                const std::vector<std::vector<std::string>>& rows) {
    heading(title);
    std::string html = "<div class=\"wide\"><table>\n<tr>";
    for (const std::string& c : columns) html += "<th scope=\"col\">" + detail::escape_html(c) + "</th>";
    html += "</tr>\n";
    for (const auto& row : rows) {
      require<ValueError>(row.size() == columns.size(), "report", "a row of ", row.size(), " cells was given for the ",
                          columns.size(), " columns of table ", detail::quote(title), ".");
      html += "<tr>";
      for (const std::string& cell : row) html += "<td>" + detail::escape_html(cell) + "</td>";
      html += "</tr>\n";
    }
    return add(html + "</table></div>\n");
  }

  /// Where the time went: seconds by part, with their share of the sum.
  Report& timing(const std::vector<std::pair<std::string, double>>& seconds) {
    double sum = 0;
    for (const auto& [name, s] : seconds) sum += s;
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, s] : seconds)
      rows.push_back(
          {name, detail::short_number(s, 4) + " s", detail::short_number(sum > 0 ? 100 * s / sum : 0, 3) + " %"});
    rows.push_back({"sum", detail::short_number(sum, 4) + " s", ""});
    return table("Time", {"part", "time", "share"}, rows);
  }

  /// A line chart with a legend.
  Report& curve(const std::string& title, const std::vector<Series>& series, const CurveOptions& options = {}) {
    return add("<figure>" + curves_svg(title, series, options) + "</figure>\n");
  }

  /// A picture given by the bytes of a PNG file, e.g. by grid_png. Small ones are enlarged by a whole factor.
  Report& image(std::string_view title, std::string_view png, std::string_view caption = "") {
    require<ValueError>(png.size() >= 24 && png.starts_with("\x89PNG\r\n\x1A\n"), "report", "the picture ",
                        detail::quote(title), " is not a PNG file.");
    return add("<figure><figcaption><strong>" + detail::escape_html(title) + "</strong> " +
               detail::escape_html(caption) + "</figcaption><img alt=\"" + detail::escape_html(title) + "\" width=\"" +
               std::to_string(shown_width(png)) + "\" src=\"data:image/png;base64," + detail::base64(png) +
               "\"></figure>\n");
  }
  /// The same with a PNG file of at most 64 MiB that exists already. Throws FileError.
  Report& image_file(std::string_view title, const std::filesystem::path& path, std::string_view caption = "") {
    return image(title, read_file(path, std::uint64_t{64} << 20U), caption);
  }

  /// Pictures over time, PNG files with a caption each, of which a slider shows one; the last one at first. They are
  /// shown in their own size at least.
  Report& frames(std::string_view title, const std::vector<std::pair<std::string, std::string>>& pictures) {
    if (pictures.empty()) return *this;
    const std::string last = std::to_string(pictures.size() - 1);
    std::string html = "<figure><figcaption><strong>" + detail::escape_html(title) +
                       "</strong> <output></output></figcaption>\n<input type=\"range\" min=\"0\" max=\"" + last +
                       "\" value=\"" + last + "\" aria-label=\"" + detail::escape_html(title) +
                       "\" oninput=\"show(this)\">\n";
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const auto& [caption, png] = pictures[i];
      require<ValueError>(png.starts_with("\x89PNG\r\n\x1A\n"), "report", "the picture ", detail::quote(caption),
                          " is not a PNG file.");
      html += "<img alt=\"" + detail::escape_html(caption) + "\"" + (i + 1 < pictures.size() ? " hidden" : "") +
              " width=\"" + std::to_string(shown_width(png)) + "\" src=\"data:image/png;base64," + detail::base64(png) +
              "\">\n";
    }
    if (body_.find("function show(") == std::string::npos)
      html +=
          "<script>function show(r) { const f = r.closest('figure'), m = f.querySelectorAll('img');\n"
          "m.forEach((x, i) => x.hidden = i != r.value); f.querySelector('output').value = m[r.value].alt; "
          "}</script>\n";
    return add(html +
               "<script>show(document.currentScript.closest('figure').querySelector('input'))</script></figure>\n");
  }

  /// The page.
  [[nodiscard]] std::string html() const {
    const std::string title = detail::escape_html(title_);
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
           title + "</title>\n<style>\n" + style() + "</style>\n</head>\n<body>\n<h1>" + title + "</h1>\n" + body_ +
           "<footer>Made by ganvas " GANVAS_VERSION ", " + now() + "</footer>\n</body>\n</html>\n";
  }
  /// Throws FileError; then the path holds what it held before.
  void write(const std::filesystem::path& path) const { atomic_write(path, html()); }

 private:
  Report& add(const std::string& section) {
    body_ += section;
    return *this;
  }

  /// The width of a PNG file, enlarged by a whole factor if it is small.
  static index_t shown_width(std::string_view png) {
    index_t width = 0;  // of the first chunk, IHDR
    for (std::size_t i = 16; i < 20 && i < png.size(); ++i) width = width << 8U | static_cast<unsigned char>(png[i]);
    return width * std::max<index_t>(1, width > 0 ? 576 / width : 1);
  }

  static std::string style() {
    return ":root { color-scheme: light dark; --ink: #1d2330; --paper: #fff; --line: #d9dde5; --soft: #667085; }\n"
           "@media (prefers-color-scheme: dark) {\n"
           "  :root { --ink: #e6e9ef; --paper: #14171d; --line: #333a46; --soft: #98a2b3; }\n}\n"
           "body { margin: 0 auto; max-width: 46rem; padding: 1rem; background: var(--paper); color: var(--ink);\n"
           "       font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }\n"
           "h1 { font-size: 1.6rem; line-height: 1.2; }\nh2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }\n"
           "figure { margin: 1.5rem 0; }\nfigcaption { margin-bottom: 0.4rem; }\n"
           "img { max-width: 100%; height: auto; image-rendering: pixelated; }\n"
           "figure > svg { display: block; width: 100%; min-width: 34rem; height: auto; }\n"
           "figure, .wide { overflow-x: auto; }\ntable { border-collapse: collapse; }\n"
           "th, td { padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid var(--line); text-align: left;\n"
           "         vertical-align: top; font-variant-numeric: tabular-nums; }\n"
           "th { font-weight: 600; color: var(--soft); }\n"
           "footer { margin-top: 2.5rem; color: var(--soft); font-size: 0.85rem; }\n";
  }

  static std::string now() {
    const std::time_t t = std::time(nullptr);
    std::tm utc{};
#if defined(_WIN32)
    gmtime_s(&utc, &t);
#else
    gmtime_r(&t, &utc);
#endif
    char text[32] = {};
    std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &utc);
    return text;
  }

  std::string title_, body_;
};

}  // namespace io

GANVAS_END
