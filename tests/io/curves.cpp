#include "ganvas/io/curves.hpp"

#include <limits>

#include "support/files.hpp"
#include "support/markup.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a chart has a line and a name for every series", "[io]") {
  const auto svg = io::curves_svg("Losses <D> & G", {{"D(x)", {3, 2, 1}}, {"G & co", {1, 5, 2}, {0, 10, 20}}});
  CHECK(test::markup_mistake(svg) == "");
  CHECK(says(svg, "Losses &lt;D&gt; &amp; G"));
  CHECK(says(svg, ">D(x)</text>"));
  CHECK(says(svg, ">G &amp; co</text>"));
  CHECK(count(svg, "stroke=\"#") == 2);
  // The x axis goes from 0 to 20 over 572 pixels from 56 on: the second series ends at 628, its middle is at 342.
  CHECK(says(svg, "L342 "));
  CHECK(says(svg, "L628 "));
}

TEST_CASE("gaps, logarithms, smoothing, fixed ranges", "[io]") {
  const auto gap = io::curves_svg("t", {{"a", {1, 2, not_a_number, 3, infinite, 4, 5}}});
  CHECK(test::markup_mistake(gap) == "");
  CHECK(count(gap.substr(gap.find("stroke=\"#")), "M") == 3);
  CHECK(count(gap, "nan") == 0);
  CHECK(count(gap, "inf") == 0);
  const auto log = io::curves_svg("t", {{"a", {1, 10, 0, -1, 1000}}}, {.log_y = true});
  CHECK(says(log, ">100</text>"));
  CHECK(count(log.substr(log.find("stroke=\"#")), "M") == 2);
  const auto smooth = io::curves_svg("t", {{"a", {0, 1, 0, 1}}}, {.smooth = 0.9});
  CHECK(count(smooth, "stroke=\"#") == 2);
  const auto s = io::detail::smoothed({{0, 4}, {1, not_a_number}, {2, 2}}, 0.5);
  CHECK(s[0].y == Approx(4));
  CHECK(std::isnan(s[1].y));
  CHECK(s[2].y == Approx((0.25 * 4 + 0.5 * 2) / 0.75));
  CHECK(says(io::curves_svg("t", {{"a", {0, 1e6}}}, {.y_low = 0, .y_high = 2}), ">1.5</text>"));
}

TEST_CASE("nothing to draw is no mistake", "[io]") {
  for (const auto& series :
       {std::vector<io::Series>{}, {{"a", {}}}, {{"a", {not_a_number, infinite}}}, {{"a", {1}, {infinite}}}}) {
    const auto svg = io::curves_svg("t", series);
    CHECK(test::markup_mistake(svg) == "");
    CHECK(says(svg, "no finite values"));
  }
  CHECK_FALSE(io::curves_svg("t", {{"one", {7}}}).empty());
  CHECK_FALSE(io::curves_svg("t", {{"flat", {7, 7, 7}}}).empty());
}

TEST_CASE("long series are thinned without losing peaks or gaps", "[io]") {
  std::vector<io::detail::CurvePoint> line;
  for (int i = 0; i < 100000; ++i) line.push_back({static_cast<double>(i), 0});
  line[54321].y = 9;
  line[54322].y = -9;
  line[70000].y = not_a_number;
  const auto thin = io::detail::thin_out(line, 300);
  CHECK(thin.size() <= 601);
  int peaks = 0, valleys = 0, gaps = 0;
  for (const auto& p : thin) {
    peaks += p.y == 9;
    valleys += p.y == -9;
    gaps += std::isnan(p.y);
  }
  CHECK(peaks == 1);
  CHECK(valleys == 1);
  CHECK(gaps == 1);
  CHECK(io::curves_svg("t", {{"a", std::vector<double>(200000, 1.5)}}).size() < 20000);
}

TEST_CASE("wrong options and lengths are refused; a file is written", "[io]") {
  CHECK(says(sentence([] {
               static_cast<void>(io::curves_svg("t", {{"a", {1, 2}, {0}}}));
             }),
             "'a' has 2 values but 1 places"));
  CHECK(says(sentence([] { static_cast<void>(io::curves_svg("t", {}, {.smooth = 1})); }), "smooth must be"));
  CHECK(says(sentence([] { static_cast<void>(io::curves_svg("t", {}, {.y_low = 2, .y_high = 1})); }), "range 2 to 1"));
  CHECK(says(sentence([] { static_cast<void>(io::curves_svg("t", {}, {.log_y = true, .y_low = -1, .y_high = 1})); }),
             "log scale"));
  const test::Folder folder;
  io::write_curves(folder / "a.svg", "t", {{"a", {1, 2}}});
  const std::string svg = test::get(folder / "a.svg");
  CHECK(test::markup_mistake(svg) == "");
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(says(sentence([&] { io::write_curves(folder / "x" / "a.svg", "t", {}); }), "does not exist"));
}
