// Reductions against plain loops, for every set of axes; the same bits for any number of threads.
#include "ganvas/kernels/reduce.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "ganvas/core/parallel.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using kernels::AxisMask;
using kernels::Reduce;

namespace {

AxisMask mask_of(unsigned bits) {
  AxisMask over{};
  for (unsigned i = 0; i < over.size(); ++i) over[i] = ((bits >> i) & 1U) != 0;
  return over;
}

template <class T>
Tensor<T> reduced(Reduce op, const Tensor<T>& x, const AxisMask& over) {
  Tensor<T> y(kernels::reduced_shape(x.shape(), over), T(-99));
  kernels::reduce(op, x.data(), x.shape(), over, y.mutable_data());
  return y;
}

/// Element by element, in double.
template <class T>
Tensor<double> plain(Reduce op, const Tensor<T>& x, const AxisMask& over) {
  const Shape kept = kernels::reduced_shape(x.shape(), over);
  Tensor<double> y(kept, op == Reduce::sum ? 0.0 : -std::numeric_limits<double>::infinity());
  double* out = y.mutable_data();
  const auto from = row_major_strides(x.shape());
  const auto to = row_major_strides(kept);
  for (index_t i = 0; i < x.numel(); ++i) {
    index_t at = 0;
    for (int a = 0; a < x.rank(); ++a) {
      const auto k = static_cast<std::size_t>(a);
      if (!over[k]) at += i / from[k] % x.shape()[a] * to[k];
    }
    const double v = static_cast<double>(x.data()[i]);
    out[at] = op == Reduce::sum ? out[at] + v : std::max(out[at], v);
  }
  return y;
}

template <class T>
double largest_difference(const Tensor<T>& a, const Tensor<double>& b) {
  REQUIRE(a.shape() == b.shape());
  double d = 0;
  for (index_t i = 0; i < a.numel(); ++i)
    d = std::max(d, std::abs(static_cast<double>(a.data()[i]) - b.data()[i]) / std::max(1.0, std::abs(b.data()[i])));
  return d;
}

}  // namespace

TEST_CASE("sum and maximum over every set of axes are those of plain loops") {
  Random random(11);
  const std::vector<Shape> shapes{
      {},        {1},         {7},          {5000},       {3, 5},          {600, 3},          {3, 9000},     {1000, 70},
      {2, 3, 4}, {4, 300, 5}, {2, 1, 3, 4}, {3, 7, 5, 2}, {2, 3, 2, 5, 3}, {5, 17, 1, 3, 33}, {64, 9, 9, 1}, {700, 64}};
  for (const Shape& s : shapes) {
    const Tensor<double> x = random.normal<double>(s);
    const Tensor<float> xf = x.cast<float>();
    for (unsigned bits = 0; bits < (1U << static_cast<unsigned>(s.rank())); ++bits) {
      const AxisMask over = mask_of(bits);
      INFO("shape " << s << ", axes by bits " << bits);
      CHECK(largest_difference(reduced(Reduce::sum, x, over), plain(Reduce::sum, x, over)) < 1e-12);
      CHECK(largest_difference(reduced(Reduce::sum, xf, over), plain(Reduce::sum, xf, over)) < 2e-5);
      CHECK(largest_difference(reduced(Reduce::max, xf, over), plain(Reduce::max, xf, over)) == 0);
    }
  }
}

TEST_CASE("every length of a row and every number of columns") {
  Random random(12);
  for (index_t n = 1; n <= 150; ++n) {
    const Tensor<float> x = random.normal<float>({n});
    CHECK(largest_difference(reduced(Reduce::sum, x, mask_of(1)), plain(Reduce::sum, x, mask_of(1))) < 1e-5);
    CHECK(largest_difference(reduced(Reduce::max, x, mask_of(1)), plain(Reduce::max, x, mask_of(1))) == 0);
    const Tensor<float> z = random.normal<float>({5, n});
    CHECK(largest_difference(reduced(Reduce::sum, z, mask_of(1)), plain(Reduce::sum, z, mask_of(1))) < 1e-5);
    const Tensor<float> t = random.normal<float>({n, 3});
    CHECK(largest_difference(reduced(Reduce::sum, t, mask_of(1)), plain(Reduce::sum, t, mask_of(1))) < 1e-5);
  }
}

TEST_CASE("nothing sums to 0, and an empty result is empty") {
  const Tensor<float> x({0, 3});
  CHECK(reduced(Reduce::sum, x, mask_of(1)) == Tensor<float>({1, 3}, 0.0F));
  CHECK(reduced(Reduce::sum, x, mask_of(3)) == Tensor<float>({1, 1}, 0.0F));
  CHECK(reduced(Reduce::sum, x, mask_of(2)).shape() == Shape{0, 1});
  CHECK(reduced(Reduce::sum, x, mask_of(0)).shape() == Shape{0, 3});
  const Tensor<float> z({3, 0, 2});
  CHECK(reduced(Reduce::sum, z, mask_of(2)) == Tensor<float>({3, 1, 2}, 0.0F));
  CHECK(reduced(Reduce::sum, z, mask_of(5)).shape() == Shape{1, 0, 1});
  CHECK(reduced(Reduce::sum, z, mask_of(7)) == Tensor<float>({1, 1, 1}, 0.0F));
}

TEST_CASE("a long sum of floats keeps its places") {
  const index_t n = 10'000'000;
  const Tensor<float> ones({n}, 1.0F);
  CHECK(reduced(Reduce::sum, ones, mask_of(1)).data()[0] == 1e7F);
  const Tensor<float> tenths({n}, 0.1F);
  CHECK(reduced(Reduce::sum, tenths, mask_of(1)).data()[0] == Approx(1e6).epsilon(1e-6));
  const Tensor<float> columns({n / 4, 4}, 0.1F);
  const auto sums = reduced(Reduce::sum, columns, mask_of(1));
  for (const float v : sums.values()) CHECK(v == Approx(2.5e5).epsilon(1e-6));
}

TEST_CASE("the maximum hands NaN on wherever it is") {
  for (const index_t n : {3, 16, 40, 5000}) {
    for (const index_t at : {index_t{0}, n / 2, n - 1}) {
      Tensor<float> x({n}, 1.0F);
      x.set({at}, std::numeric_limits<float>::quiet_NaN());
      CHECK(std::isnan(reduced(Reduce::max, x, mask_of(1)).data()[0]));
      CHECK(std::isnan(reduced(Reduce::max, x.reshape({n, 1}), mask_of(1)).data()[0]));
    }
  }
  const Tensor<float> low({20}, -std::numeric_limits<float>::infinity());
  CHECK(reduced(Reduce::max, low, mask_of(1)).data()[0] == -std::numeric_limits<float>::infinity());
}

TEST_CASE("the same bits for 1, 2, 3 and 8 threads", "[threads]") {
  Random random(13);
  const int before = threads();
  for (const Shape& s : {Shape{300001}, Shape{4001, 67}, Shape{8, 501, 33}, Shape{100003, 3}, Shape{16, 40, 50, 5}}) {
    const Tensor<float> x = random.normal<float>(s);
    for (unsigned bits = 1; bits < (1U << static_cast<unsigned>(s.rank())); ++bits) {
      set_threads(1);
      const Tensor<float> one = reduced(Reduce::sum, x, mask_of(bits));
      for (const int n : {2, 3, 8}) {
        set_threads(n);
        INFO("shape " << s << ", axes by bits " << bits << ", threads " << n);
        CHECK(reduced(Reduce::sum, x, mask_of(bits)) == one);
      }
    }
  }
  set_threads(before);
}
