#include "ganvas/io/scatter.hpp"

#include <limits>

#include "support/files.hpp"
#include "support/png.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

namespace {

bool is(const test::Image& image, std::size_t x, std::size_t y, io::Colour c) {
  return image.at(x, y, 0) == c.red && image.at(x, y, 1) == c.green && image.at(x, y, 2) == c.blue;
}
constexpr io::Colour white{255, 255, 255};
constexpr io::ScatterOptions bare{.size = 101, .x_low = 0, .x_high = 1, .y_low = 0, .y_high = 1, .axes = false};

}  // namespace

TEST_CASE("points stand where they are, y upwards, later sets above", "[io]") {
  const Tensor<float> a({3, 2}, {0.25F, 0.25F, 0.5F, 0.75F, 1, 1});
  const Tensor<double> b({1, 2}, {0.5, 0.75});
  const io::PointStyle red{.colour = {255, 0, 0}, .radius = 3, .opacity = 1};
  const io::PointStyle green{.colour = {0, 255, 0}, .radius = 1, .opacity = 1};
  const auto image = test::decode_png(io::scatter_png({{a, red}, {b, green}}, bare));
  REQUIRE(image.width == 101);
  REQUIRE(image.height == 101);
  CHECK(is(image, 25, 75, red.colour));
  CHECK(is(image, 27, 75, red.colour));
  CHECK(is(image, 25, 79, white));
  CHECK(is(image, 50, 25, green.colour));
  CHECK(is(image, 52, 25, red.colour));
  CHECK(is(image, 100, 0, red.colour));
  CHECK(is(image, 25, 25, white));
}

TEST_CASE("points outside, infinite points and NaN are left out", "[io]") {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan_ = std::numeric_limits<double>::quiet_NaN();
  const Tensor<double> points({5, 2}, {1.5, 0.5, -1e300, 0.5, inf, 0.5, nan_, nan_, 0.5, -inf});
  const auto image = test::decode_png(io::scatter_png({{points}}, bare));
  CHECK(image.pixels == std::vector<std::uint8_t>(3 * 101 * 101, 255));
  // Fitted ranges do not count them either.
  const Tensor<double> more({3, 2}, {nan_, 0, 2, 5, inf, -inf});
  const io::PointStyle style{.opacity = 1};
  const auto fitted = test::decode_png(io::scatter_png({{more, style}}, {.size = 101, .axes = false}));
  CHECK(is(fitted, 50, 50, io::colours::blue));
}

TEST_CASE("axes, nothing to draw, and a file", "[io]") {
  const test::Folder folder;
  io::scatter(folder / "empty.png", {}, {.size = 200});
  const auto empty = test::decode_png(test::get(folder / "empty.png"));
  CHECK(empty.width == 200);
  CHECK(is(empty, 56, 8, {90, 90, 90}));  // the corner of the frame
  io::scatter(folder / "a.png", {{Tensor<float>({0, 2})}, {Tensor<float>({1, 2}, 1e30F)}});
  CHECK(test::decode_png(test::get(folder / "a.png")).width == 512);
}

TEST_CASE("what cannot be drawn is refused", "[io]") {
  CHECK(says(sentence([] { io::PointSet(Tensor<float>({3, 3})); }), "(N,2), but have (3,3)"));
  CHECK(says(sentence([] { io::PointSet(Tensor<float>({4})); }), "but have (4)"));
  CHECK(says(sentence([] { static_cast<void>(io::scatter_png({}, {.size = 10})); }), "the size must be"));
  CHECK(says(sentence([] { static_cast<void>(io::scatter_png({}, {.x_low = 1, .x_high = 0})); }), "low <= high"));
  CHECK(says(sentence([] {
               static_cast<void>(io::scatter_png({{Tensor<float>({1, 2}, 0.0F), {.radius = 1e9}}}));
             }),
             "the radius must be"));
  CHECK(says(sentence([] { io::scatter("/nowhere/a.png", {}); }), "/nowhere does not exist"));
}
