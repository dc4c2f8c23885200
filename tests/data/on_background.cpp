#include "ganvas/data/on_background.hpp"

#include "ganvas/data/pictures.hpp"
#include "ganvas/io/png.hpp"

#include "support/files.hpp"
#include "support/pictures.hpp"

using namespace ganvas;

TEST_CASE("a transparent picture on a colour: nothing, half and all of it", "[data]") {
  const Tensor<double> x({1, 1, 4, 4}, {0.5, -0.5, 1, 1,    //
                                        0.5, -0.5, 1, 0,    //
                                        0.5, -0.5, 1, -1,   //
                                        0.5, -0.5, 1, 3});  // more than opaque, as a generator may say
  const Tensor<double> white = data::on_background(x), black = data::on_background(x, io::colours::black);
  CHECK(white == Tensor<double>({1, 1, 4, 3}, {0.5, -0.5, 1, 0.75, 0.25, 1, 1, 1, 1, 0.5, -0.5, 1}));
  CHECK(black == Tensor<double>({1, 1, 4, 3}, {0.5, -0.5, 1, -0.25, -0.75, 0, -1, -1, -1, 0.5, -0.5, 1}));
  CHECK(test::sentence([] {
          static_cast<void>(data::on_background(Tensor<float>({1, 2, 2, 3})));
        }).find("(N,H,W,4)") != std::string::npos);
}

TEST_CASE("a folder read with alpha and laid on white is the folder read without", "[data]") {
  const test::Folder folder;
  unsigned seed = 1;
  for (const char* name : {"a.png", "b.png"}) {
    io::Picture p(12, 12, 4);
    for (auto& v : p.pixels) v = static_cast<std::uint8_t>((seed = seed * 1664525U + 1013904223U) >> 24U);
    test::put(folder / name, io::encode_png(p));
  }
  // Means over areas do not overshoot, so no value is cut off, here or there.
  data::PictureOptions o{.side = 6, .channels = data::Channels::rgba, .filter = ResizeFilter::area};
  const Tensor<float> laid = data::on_background(data::pictures(folder.path(), o).dataset.images);
  o.channels = data::Channels::rgb;
  const Tensor<float> read = data::pictures(folder.path(), o).dataset.images;
  REQUIRE(laid.shape() == read.shape());
  for (index_t i = 0; i < read.numel(); ++i) CHECK(laid.data()[i] == Approx(read.data()[i]).margin(1e-5));
}
