// Pooling kernels against loops over every window.
#include "ganvas/kernels/pool.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using kernels::PoolGeometry;

namespace {

/// Calls body(place in x, place in y) for every element of x and window of y that covers it.
template <class Body>
void for_each_meeting(const PoolGeometry& g, const Body& body) {
  for (index_t n = 0; n < g.batch; ++n)
    for (index_t oh = 0; oh < g.out_h; ++oh)
      for (index_t ow = 0; ow < g.out_w; ++ow)
        for (index_t h = 0; h < g.in_h; ++h)
          for (index_t w = 0; w < g.in_w; ++w) {
            const index_t kh = h - (oh * g.stride - g.padding), kw = w - (ow * g.stride - g.padding);
            if (kh < 0 || kh >= g.kernel || kw < 0 || kw >= g.kernel) continue;
            for (index_t c = 0; c < g.channels; ++c)
              body(((n * g.in_h + h) * g.in_w + w) * g.channels + c,
                   ((n * g.out_h + oh) * g.out_w + ow) * g.channels + c);
          }
}

std::vector<PoolGeometry> geometries() {
  std::vector<PoolGeometry> all;
  for (const Shape& x : {Shape{1, 7, 5, 1}, Shape{2, 6, 9, 3}, Shape{3, 8, 8, 17}})
    for (const index_t kernel : {1, 2, 3, 4})
      for (const index_t stride : {0, 1, 2, 3})
        for (const index_t padding : {index_t{0}, kernel / 2})
          all.push_back(kernels::pool_geometry(x, {.kernel = kernel, .stride = stride, .padding = padding}, "pool"));
  return all;
}

template <class T>
void check_sums() {
  Random random(7);
  for (const PoolGeometry& g : geometries()) {
    INFO(g.x() << " -> " << g.y() << ", kernel " << g.kernel << ", stride " << g.stride << ", padding " << g.padding);
    const Tensor<T> x = random.normal<T>(g.x()), y = random.normal<T>(g.y());
    Tensor<T> px(g.y()), py(g.x());
    kernels::sum_pool(g, T(0.25), x.data(), px.mutable_data());
    kernels::sum_pool_adjoint(g, T(0.25), y.data(), py.mutable_data());
    std::vector<double> ex(static_cast<std::size_t>(px.numel())), ey(static_cast<std::size_t>(py.numel()));
    for_each_meeting(g, [&](index_t i, index_t j) {
      ex[static_cast<std::size_t>(j)] += 0.25 * static_cast<double>(x.data()[i]);
      ey[static_cast<std::size_t>(i)] += 0.25 * static_cast<double>(y.data()[j]);
    });
    double worst = 0;
    for (index_t j = 0; j < px.numel(); ++j)
      worst = std::max(worst, std::abs(ex[static_cast<std::size_t>(j)] - static_cast<double>(px.data()[j])));
    for (index_t i = 0; i < py.numel(); ++i)
      worst = std::max(worst, std::abs(ey[static_cast<std::size_t>(i)] - static_cast<double>(py.data()[i])));
    CHECK(worst < (sizeof(T) == 4 ? 1e-5 : 1e-14));
  }
}

}  // namespace

TEST_CASE("window sums and their adjoint equal loops over every window") {
  check_sums<float>();
  check_sums<double>();
}

TEST_CASE("the largest element of a window is found, the first of equal ones") {
  Random random(8);
  for (const PoolGeometry& g : geometries()) {
    Tensor<float> x(g.x());
    float* p = x.mutable_data();
    for (index_t i = 0; i < x.numel(); ++i) p[i] = static_cast<float>(random.below(6));  // many ties
    std::vector<index_t> at(static_cast<std::size_t>(g.y().numel()), -1), expected = at;
    kernels::max_pool_places(g, x.data(), at.data());
    const index_t image = g.in_h * g.in_w * g.channels;
    for_each_meeting(g, [&](index_t i, index_t j) {
      index_t& best = expected[static_cast<std::size_t>(j)];
      if (best < 0 || p[i] > p[i / image * image + best]) best = i % image;
    });
    CHECK(at == expected);
  }
}

TEST_CASE("a NaN wins its window") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor<float> x({1, 2, 2, 1}, {3, nan, 5, nan});
  const PoolGeometry g = kernels::pool_geometry(x.shape(), {}, "pool");
  index_t at = -1;
  kernels::max_pool_places(g, x.data(), &at);
  CHECK(at == 1);
}

TEST_CASE("take and put are adjoint") {
  Random random(9);
  const Tensor<double> x = random.normal<double>({4, 30}), y = random.normal<double>({4, 50});
  const std::vector<index_t> at = random.integers(200, 0, 30);
  Tensor<double> tx(y.shape()), py(x.shape());
  kernels::take(4, 30, 50, at.data(), x.data(), tx.mutable_data());
  kernels::put(4, 30, 50, at.data(), y.data(), py.mutable_data());
  double left = 0, right = 0;
  for (index_t i = 0; i < y.numel(); ++i) left += tx.data()[i] * y.data()[i];
  for (index_t i = 0; i < x.numel(); ++i) right += py.data()[i] * x.data()[i];
  CHECK(left == Approx(right).epsilon(1e-13));
}

TEST_CASE("pool geometry is known at compile time and refuses what does not fit") {
  STATIC_REQUIRE(kernels::pool_geometry({2, 7, 9, 3}, {.kernel = 3, .stride = 2}, "pool").y() == Shape{2, 3, 4, 3});
  STATIC_REQUIRE(kernels::pool_geometry({2, 7, 9, 3}, {.kernel = 3, .stride = 2, .padding = 1}, "pool").y() ==
                 Shape{2, 4, 5, 3});
  CHECK_THROWS_WITH(kernels::pool_geometry({7, 9, 3}, {}, "avg_pool2d"),
                    Contains("[avg_pool2d]") && Contains("(7,9,3)"));
  CHECK_THROWS_WITH(kernels::pool_geometry({1, 2, 9, 3}, {.kernel = 3}, "avg_pool2d"),
                    Contains("3 x 3 does not fit") && Contains("(1,2,9,3)"));
  const PoolOptions padded{.kernel = 2, .stride = 1, .padding = 1};  // its windows fit into padding alone
  CHECK_THROWS_WITH(kernels::pool_geometry({1, 0, 100, 8}, padded, "max_pool2d"),
                    Contains("[max_pool2d]") && Contains("(1,0,100,8) have no pixel"));
  CHECK_THROWS_WITH(kernels::pool_geometry({1, 100, 0, 8}, padded, "max_pool2d"), Contains("have no pixel"));
  CHECK(kernels::pool_geometry({0, 0, 100, 8}, padded, "max_pool2d").y() == Shape{0, 1, 101, 8});
  CHECK_THROWS_AS(kernels::pool_geometry({1, 4, 4, 3}, {.kernel = 0}, "pool"), ValueError);
  CHECK_THROWS_AS(kernels::pool_geometry({1, 4, 4, 3}, {.kernel = 2, .stride = -1}, "pool"), ValueError);
  CHECK_THROWS_AS(kernels::pool_geometry({1, 4, 4, 3}, {.kernel = 2, .padding = 2}, "pool"), ValueError);
  CHECK_THROWS_AS(kernels::pool_geometry({1, 4, 4, 3}, {.kernel = index_t{1} << 62}, "pool"), ValueError);
}

TEST_CASE("pooling is equal for any number of threads", "[threads]") {
  const Tensor<float> x = Random(10).normal<float>({5, 33, 31, 9});
  const PoolGeometry g = kernels::pool_geometry(x.shape(), {.kernel = 3, .stride = 2, .padding = 1}, "pool");
  CHECK(same_for_any_threads([&] {
    Tensor<float> y(g.y()), back(g.x()), taken(g.x());
    std::vector<index_t> at(static_cast<std::size_t>(y.numel()));
    kernels::sum_pool(g, 0.3F, x.data(), y.mutable_data());
    kernels::sum_pool_adjoint(g, 0.3F, y.data(), back.mutable_data());
    kernels::max_pool_places(g, x.data(), at.data());
    kernels::put(5, 33 * 31 * 9, y.numel() / 5, at.data(), y.data(), taken.mutable_data());
    return std::vector<Tensor<float>>{y, back, taken};
  }));
}
