#include "support/png.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "ganvas/core/random.hpp"
#include "ganvas/io/png.hpp"

#include "support/files.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinite = std::numeric_limits<float>::infinity();

test::Image decoded(const io::Picture& p) { return test::decode_png(io::encode_png(p)); }

}  // namespace

TEST_CASE("encoded pixels are decoded as they were, in every size and kind", "[io]") {
  Random rng(3);
  for (const index_t channels : {1, 3, 4})
    for (const index_t size : {1, 2, 7, 64}) {
      io::Picture p(size + 1, size, channels);
      const bool smooth = size == 64;  // so that all filters and long matches come up
      for (std::size_t i = 0; i < p.pixels.size(); ++i)
        p.pixels[i] = static_cast<std::uint8_t>(smooth ? i / 7 % 256 : static_cast<std::size_t>(rng.below(256)));
      const auto image = decoded(p);
      CHECK(image.width == static_cast<std::size_t>(size + 1));
      CHECK(image.channels == static_cast<std::size_t>(channels));
      CHECK(image.pixels == p.pixels);
    }
}

TEST_CASE("values in [-1,1] become 0 to 255, and come back exactly", "[io]") {
  Tensor<float> ramp({16, 16});
  std::iota(ramp.mutable_data(), ramp.mutable_data() + 256, 0.0F);
  for (index_t i = 0; i < 256; ++i) ramp.mutable_data()[i] = ramp.data()[i] / 127.5F - 1;
  const auto p = io::to_picture(ramp);
  CHECK(p.channels == 1);
  for (std::size_t i = 0; i < 256; ++i) CHECK(p.pixels[i] == i);
  const auto q = io::to_picture(Tensor<double>({1, 6, 1}, {-1, -1e300, -0.0, 0.9999, 1, 1e300}));
  CHECK(q.pixels == std::vector<std::uint8_t>{0, 0, 128, 255, 255, 255});
  const auto r = io::to_picture(Tensor<float>({1, 4}, {infinite, -infinite, 0.25F, 0.5F}), {.low = 0, .high = 0.5});
  CHECK(r.pixels == std::vector<std::uint8_t>{255, 0, 128, 255});
}

TEST_CASE("NaN is magenta", "[io]") {
  const auto grey = io::to_picture(Tensor<float>({1, 2, 1}, {not_a_number, 1}));
  CHECK(grey.channels == 3);
  CHECK(grey.pixels == std::vector<std::uint8_t>{255, 0, 255, 255, 255, 255});
  const auto rgba = io::to_picture(Tensor<float>({1, 1, 4}, {1, 1, -not_a_number, -1}));
  CHECK(rgba.pixels == std::vector<std::uint8_t>{255, 0, 255, 255});
}

TEST_CASE("upscale makes squares", "[io]") {
  const auto p = io::to_picture(Tensor<float>({2, 2}, {-1, 1, 1, -1}), {.upscale = 3});
  CHECK(p.width == 6);
  CHECK(p.height == 6);
  for (index_t y = 0; y < 6; ++y)
    for (index_t x = 0; x < 6; ++x) CHECK(*p.at(x, y) == ((x / 3 + y / 3) % 2 == 0 ? 0 : 255));
}

TEST_CASE("a grid has its images in rows, with lines between them", "[io]") {
  Tensor<float> images({5, 2, 3, 1});
  for (index_t i = 0; i < 30; ++i) images.mutable_data()[i] = static_cast<float>(i / 6) / 10;
  const auto grid = io::make_grid(images, {.columns = 3, .padding = 1, .background = -1});
  CHECK(grid.shape() == Shape{7, 13, 1});
  CHECK(grid(0, 0, 0) == -1);
  CHECK(grid(1, 1, 0) == 0.0F);
  CHECK(grid(2, 3, 0) == 0.0F);
  CHECK(grid(1, 4, 0) == -1);
  CHECK(grid(1, 5, 0) == 0.1F);
  CHECK(grid(4, 1, 0) == 0.3F);
  CHECK(grid(5, 7, 0) == 0.4F);
  CHECK(grid(4, 9, 0) == -1);  // no sixth image
  CHECK(io::make_grid(images, {.columns = 8, .padding = 0}).shape() == Shape{2, 15, 1});
  const auto rgba = io::make_grid(Tensor<float>({1, 1, 1, 4}, 0.5F), {.padding = 1});
  CHECK(rgba(0, 0, 2) == -0.75F);
  CHECK(rgba(0, 0, 3) == 1.0F);

  const test::Folder folder;
  io::write_grid(folder / "grid.png", images, {.columns = 3, .padding = 1, .upscale = 2});
  const auto file = test::decode_png(test::get(folder / "grid.png"));
  CHECK(file.width == 26);
  CHECK(file.height == 14);
  CHECK(file.at(2, 2) == 128);
  CHECK(file.at(0, 0) == 32);
  io::write_png(folder / "one.png", Tensor<double>({2, 2, 3}, 1.0));
  CHECK(test::decode_png(test::get(folder / "one.png")).at(1, 1, 2) == 255);
  CHECK(folder.count() == 2);
}

TEST_CASE("what is no picture is refused", "[io]") {
  const test::Folder folder;
  const auto path = folder / "a.png";
  const auto png = [&](const Shape& s, const io::ImageOptions& o = {}) {
    return sentence([&] { io::write_png(path, Tensor<float>(s, 0.0F), o); });
  };
  CHECK(says(png({2, 2, 2}), "but it has (2,2,2)"));
  CHECK(says(png({8, 28, 28, 1}), "use write_grid"));
  CHECK(says(png({5}), "but it has (5)"));
  CHECK(says(png({0, 5, 1}), "at least one pixel"));
  CHECK(says(png({2, 2}, {.low = 1, .high = 1}), "low must be less than high"));
  CHECK(says(png({2, 2}, {.low = std::nan(""), .high = 1}), "low must be less than high"));
  CHECK(says(png({2, 2}, {.upscale = 0}), "upscale must be"));
  CHECK(says(png({2000, 2000}, {.upscale = 1000}), "1 GiB"));
  const auto grid = [&](const Shape& s, const io::GridOptions& o = {}) {
    return sentence([&] { io::write_grid(path, Tensor<float>(s, 0.0F), o); });
  };
  CHECK(says(grid({28, 28, 1}), "use write_png for one image"));
  CHECK(says(grid({0, 28, 28, 1}), "not be empty, but have (0,28,28,1)"));
  CHECK(says(grid({4, 2, 2, 2}), "or (H,W,4)"));
  CHECK(says(grid({4, 2, 2, 1}, {.columns = 0}), "columns must be at least 1"));
  CHECK(says(grid({4, 2, 2, 1}, {.padding = -1}), "padding"));
  CHECK(says(sentence([&] {
               io::write_png(folder / "none" / "a.png", Tensor<float>({1, 1}));
             }),
             "none does not exist"));
  CHECK(says(sentence([] { static_cast<void>(io::encode_png({})); }), "0 x 0"));
  const auto picture = [](index_t width, index_t height, index_t channels, std::size_t bytes) {
    io::Picture p;
    p.width = width, p.height = height, p.channels = channels;
    p.pixels.resize(bytes);
    return sentence([&] { static_cast<void>(io::encode_png(p)); });
  };
  CHECK(says(picture(2, 2, 2, 8), "1, 3 or 4 channels, but has 2"));
  CHECK(says(picture(2, 2, 7, 28), "1, 3 or 4 channels, but has 7"));
  CHECK(says(picture(100, 90, 3, 1), "a picture of 100 x 90 pixels and 3 channels needs 27000 bytes, but has 1"));
  CHECK(says(picture(2, 2, 1, 5), "needs 4 bytes, but has 5"));
  CHECK(says(picture(-2, -2, 1, 4), "negative"));
  CHECK(says(sentence([] { io::Picture(-1, 3, 3); }), "negative"));
  CHECK(says(sentence([] { io::Picture(3, -1, -1); }), "negative"));
  CHECK(folder.count() == 0);
#if defined(__linux__)
  CHECK(says(sentence([] { io::write_png("/dev/full", Tensor<float>({9, 9}, 0.0F)); }), "No space left"));
#endif
}
