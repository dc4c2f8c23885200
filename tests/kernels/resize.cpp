#include "ganvas/kernels/resize.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("weights of a new pixel sum to one and lie inside the image", "[kernels]") {
  for (const auto filter : {ResizeFilter::nearest, ResizeFilter::area, ResizeFilter::bilinear, ResizeFilter::bicubic,
                            ResizeFilter::lanczos})
    for (const index_t in : {1, 2, 3, 7, 32, 1000})
      for (const index_t out : {1, 2, 5, 32, 33}) {
        const auto t = kernels::resize_taps(in, out, filter);
        for (index_t i = 0; i < out; ++i) {
          CHECK(t.first[static_cast<std::size_t>(i)] >= 0);
          CHECK(t.first[static_cast<std::size_t>(i)] + t.taps <= in);
          double sum = 0, centre = 0;
          for (index_t k = 0; k < t.taps; ++k) {
            const double w = t.weights[static_cast<std::size_t>(i * t.taps + k)];
            sum += w;
            centre += w * (static_cast<double>(t.first[static_cast<std::size_t>(i)] + k) + 0.5);
          }
          CHECK(sum == Approx(1));
          // Away from the border the weights are around the place of the new pixel.
          const double place = (static_cast<double>(i) + 0.5) * static_cast<double>(in) / static_cast<double>(out);
          const double reach = 3.0 * std::max(1.0, static_cast<double>(in) / static_cast<double>(out));
          if (filter != ResizeFilter::nearest && filter != ResizeFilter::area && place > reach &&
              place + reach < static_cast<double>(in))
            CHECK(centre == Approx(place).margin(1.0 / 3));
        }
      }
}

TEST_CASE("the mean over areas, and nearest pixels", "[kernels]") {
  const std::vector<double> x = {1, 2, 3, 4, 5, 6};
  std::vector<double> y(4);
  kernels::resize(x.data(), 1, 6, 1, y.data(), 1, 4, ResizeFilter::area);  // each covers one and a half
  CHECK(y[0] == Approx((1 + 0.5 * 2) / 1.5));
  CHECK(y[1] == Approx((0.5 * 2 + 3) / 1.5));
  CHECK(y[2] == Approx((4 + 0.5 * 5) / 1.5));
  CHECK(y[3] == Approx((0.5 * 5 + 6) / 1.5));
  std::vector<double> z(12);
  kernels::resize(x.data(), 1, 6, 1, z.data(), 1, 12, ResizeFilter::nearest);
  CHECK(z == std::vector<double>{1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6});
  kernels::resize(x.data(), 2, 3, 1, y.data(), 1, 1, ResizeFilter::area);
  CHECK(y[0] == Approx(3.5));
}

TEST_CASE("the same size gives the same bits", "[kernels]") {
  const std::vector<float> x = {0.1F, -0.2F, 0.3F, 0.4F, 5e-40F, -6};
  std::vector<float> y(6);
  kernels::resize(x.data(), 3, 1, 2, y.data(), 3, 1, ResizeFilter::lanczos);
  CHECK(y == x);
}
