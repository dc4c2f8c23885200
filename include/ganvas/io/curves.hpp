#pragma once
// Line charts as SVG, small enough to read by eye: losses over steps, scores over epochs.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/io/ticks.hpp"

GANVAS_BEGIN

namespace io {

/// One line of a chart. Without x the values stand at 0, 1, 2, ...; NaN and infinity leave a gap.
struct Series {
  std::string name;
  std::vector<double> y;
  std::vector<double> x = {};
};

struct CurveOptions {
  std::string x_label = "step";
  bool log_y = false;  ///< powers of ten; values <= 0 leave a gap
  double smooth = 0;   ///< 0 to <1: draw an exponential mean that forgets 1 - smooth a value, the raw line behind it
  double y_low = 0, y_high = 0;  ///< where low equals high the range is fitted to the values
};

namespace detail {

inline constexpr std::array<std::string_view, 6> curve_colours = {"#3b82c4", "#e08a1e", "#2a9d6f",
                                                                  "#c9518b", "#8b6fd1", "#9a8700"};

/// A point of a line; y is NaN in a gap.
struct CurvePoint {
  double x, y;
};

/// At most about 2 * columns points that look the same: the least and the greatest of each column, and the gaps.
inline std::vector<CurvePoint> thin_out(const std::vector<CurvePoint>& points, std::size_t columns) {
  if (points.size() <= 2 * columns) return points;
  std::vector<CurvePoint> kept;
  for (std::size_t c = 0; c < columns; ++c) {
    const std::size_t begin = c * points.size() / columns, end = (c + 1) * points.size() / columns;
    std::size_t low = end, high = end;
    bool gap = false;
    for (std::size_t i = begin; i < end; ++i) {
      if (std::isnan(points[i].y)) {
        gap = true;
        continue;
      }
      if (low == end || points[i].y < points[low].y) low = i;
      if (high == end || points[i].y > points[high].y) high = i;
    }
    if (low != end) kept.push_back(points[std::min(low, high)]);
    if (low != high) kept.push_back(points[std::max(low, high)]);
    if (gap) kept.push_back({points[end - 1].x, std::nan("")});
  }
  return kept;
}

/// m_t = s m_(t-1) + (1 - s) y_t, divided by 1 - s^t so that it starts at the first value.
inline std::vector<CurvePoint> smoothed(std::vector<CurvePoint> points, double s) {
  double mean = 0, weight = 0;
  for (CurvePoint& p : points) {
    if (std::isnan(p.y)) continue;
    mean = s * mean + (1 - s) * p.y;
    weight = s * weight + (1 - s);
    p.y = mean / weight;
  }
  return points;
}

inline std::string pixels(double v) { return short_number(std::round(v * 10) / 10, 6); }

/// The chart as an <svg> element in the colour of the text around it.
class Chart {
 public:
  Chart(const std::string& title, const std::vector<Series>& series, const CurveOptions& options) : o_(options) {
    require<ValueError>(o_.smooth >= 0 && o_.smooth < 1, "curves", "smooth must be at least 0 and less than 1, but is ",
                        o_.smooth, ".");
    require<ValueError>(o_.y_low <= o_.y_high && (!o_.log_y || o_.y_low == o_.y_high || o_.y_low > 0), "curves",
                        "the range ", o_.y_low, " to ", o_.y_high, " is empty, or not positive on a log scale.");
    for (const Series& s : series) add(s);
    xs_ = x_data_.empty() ? Range{0, 1} : x_data_.low < x_data_.high ? x_data_ : x_data_.widened(0);
    const Range fixed{o_.log_y ? std::log10(o_.y_low) : o_.y_low, o_.log_y ? std::log10(o_.y_high) : o_.y_high};
    ys_ = o_.y_low < o_.y_high ? fixed : y_data_.widened(0.05);
    draw(title, series);
  }
  [[nodiscard]] const std::string& svg() const { return svg_; }

 private:
  static constexpr double width = 640, height = 320, left = 56, right = 12, top = 44, bottom = 44;

  void add(const Series& s) {
    require<ValueError>(s.x.empty() || s.x.size() == s.y.size(), "curves", "series ", quote(s.name), " has ",
                        s.y.size(), " values but ", s.x.size(), " places on the x axis.");
    std::vector<CurvePoint> line;
    line.reserve(s.y.size());
    for (std::size_t i = 0; i < s.y.size(); ++i) {
      const double x = s.x.empty() ? static_cast<double>(i) : s.x[i];
      const double y = o_.log_y ? (s.y[i] > 0 ? std::log10(s.y[i]) : std::nan("")) : s.y[i];
      const bool seen = std::isfinite(x) && std::isfinite(y);
      if (std::isfinite(x)) line.push_back({x, seen ? y : std::nan("")});
      if (seen) {
        x_data_.add(x);
        y_data_.add(y);
      }
    }
    lines_.push_back(std::move(line));
  }

  [[nodiscard]] double px(double x) const {
    return left + (x - xs_.low) / (xs_.high - xs_.low) * (width - left - right);
  }
  [[nodiscard]] double py(double y) const {
    return top + (ys_.high - y) / (ys_.high - ys_.low) * (height - top - bottom);
  }

  void text(double x, double y, std::string_view anchor, const std::string& words, std::string_view extra = "") {
    svg_ += "<text x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" text-anchor=\"" + std::string(anchor) + "\"" +
            std::string(extra) + ">" + escape_html(words) + "</text>\n";
  }

  void draw(const std::string& title, const std::vector<Series>& series) {
    svg_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 320\" role=\"img\" aria-label=\"" +
           escape_html(title) + "\" fill=\"currentColor\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n";
    text(left, 16, "start", title, " font-weight=\"600\" font-size=\"14\"");
    axes();
    // An inner <svg> cuts off what lies outside the range.
    svg_ += "<svg x=\"" + pixels(left) + "\" y=\"" + pixels(top) + "\" width=\"" + pixels(width - left - right) +
            "\" height=\"" + pixels(height - top - bottom) + "\" viewBox=\"" + pixels(left) + " " + pixels(top) + " " +
            pixels(width - left - right) + " " + pixels(height - top - bottom) + "\" overflow=\"hidden\">\n";
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      line(lines_[i], i, o_.smooth > 0 ? 0.3 : 1);
      if (o_.smooth > 0) line(smoothed(lines_[i], o_.smooth), i, 1);
    }
    svg_ += "</svg>\n";
    if (x_data_.empty()) text((left + width - right) / 2, height / 2, "middle", "no finite values");
    legend(series);
    svg_ += "</svg>\n";
  }

  void axes() {
    svg_ += "<g stroke=\"currentColor\" stroke-opacity=\"0.18\">\n";
    const auto xticks = ticks(xs_, 6), yticks = ticks(ys_, 5);
    const auto rule = [&](double x1, double y1, double x2, double y2) {
      svg_ += "<path d=\"M" + pixels(x1) + " " + pixels(y1) + "L" + pixels(x2) + " " + pixels(y2) + "\"/>\n";
    };
    for (const double x : xticks) rule(px(x), top, px(x), height - bottom);
    for (const double y : yticks) rule(left, py(y), width - right, py(y));
    svg_ += "</g>\n";
    for (const double x : xticks) text(px(x), height - bottom + 16, "middle", short_number(x, 6));
    for (const double y : yticks) text(left - 6, py(y) + 4, "end", short_number(o_.log_y ? std::pow(10, y) : y, 3));
    text((left + width - right) / 2, height - 8, "middle", o_.x_label);
  }

  void line(const std::vector<CurvePoint>& points, std::size_t i, double opacity) {
    std::string path;
    bool pen = false;
    for (const CurvePoint& p : thin_out(points, 300)) {
      if (!std::isnan(p.y)) path += (pen ? 'L' : 'M') + pixels(px(p.x)) + " " + pixels(py(p.y));
      pen = !std::isnan(p.y);
    }
    if (path.empty()) return;
    svg_ += "<path fill=\"none\" stroke-width=\"1.5\" stroke-linejoin=\"round\" stroke-linecap=\"round\" stroke=\"" +
            std::string(curve_colours[i % curve_colours.size()]) + "\" stroke-opacity=\"" + short_number(opacity) +
            "\" d=\"" + path + "\"/>\n";
  }

  void legend(const std::vector<Series>& series) {
    double x = left;
    for (std::size_t i = 0; i < series.size(); ++i) {
      svg_ += "<rect x=\"" + pixels(x) + "\" y=\"26\" width=\"14\" height=\"4\" rx=\"2\" fill=\"" +
              std::string(curve_colours[i % curve_colours.size()]) + "\"/>\n";
      text(x + 19, 33, "start", series[i].name);
      x += 36 + 6.6 * static_cast<double>(series[i].name.size());
    }
  }

  CurveOptions o_;
  Range x_data_, y_data_, xs_, ys_;
  std::vector<std::vector<CurvePoint>> lines_;
  std::string svg_;
};

}  // namespace detail

/// A chart as an <svg> element for a page of HTML.
[[nodiscard]] inline std::string curves_svg(const std::string& title, const std::vector<Series>& series,
                                            const CurveOptions& options = {}) {
  return detail::Chart(title, series, options).svg();
}

/// Writes a chart as an .svg file of its own. Throws FileError.
inline void write_curves(const std::filesystem::path& path, const std::string& title, const std::vector<Series>& series,
                         const CurveOptions& options = {}) {
  std::string svg = curves_svg(title, series, options);
  svg.insert(svg.find('>') + 2, "<rect width=\"640\" height=\"320\" fill=\"#fff\"/>\n");
  atomic_write(path, svg);
}

}  // namespace io

GANVAS_END
