// Pointwise kernels against std:: functions in double, special values, and broadcasting against plain loops.
#include "ganvas/kernels/pointwise.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using kernels::Binary;
using kernels::Unary;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

template <class T>
std::vector<T> value_of(Unary op, const std::vector<T>& x, T a = T(0), T b = T(0)) {
  std::vector<T> y(x.size());
  kernels::unary(op, x.data(), y.data(), static_cast<index_t>(x.size()), a, b);
  return y;
}

float value_of(Unary op, float x, float a = 0.0F, float b = 0.0F) {
  return value_of(op, std::vector<float>{x}, a, b)[0];
}

/// The distance in units in the last place of the true value; numbers below the smallest normal one count as zero.
double ulps(float given, double truth) {
  if (std::isnan(truth)) return std::isnan(given) ? 0 : inf;
  if (std::isnan(given)) return inf;
  constexpr auto least = static_cast<double>(std::numeric_limits<float>::min());
  if (std::abs(truth) > static_cast<double>(std::numeric_limits<float>::max()) * (1 + 0x1p-25))
    return std::isinf(given) && std::signbit(given) == std::signbit(truth) ? 0 : inf;
  if (std::abs(truth) < least) return std::abs(static_cast<double>(given)) <= least ? 0 : inf;
  const double unit = std::ldexp(1.0, std::ilogb(truth) - 23);
  return std::abs(static_cast<double>(given) - truth) / unit;
}

/// The worst error of a float kernel at the given numbers, in ulps.
double worst(Unary op, const std::function<double(double)>& truth, const std::vector<float>& x, float a = 0.0F) {
  const auto y = value_of(op, x, a);
  double w = 0;
  for (std::size_t i = 0; i < x.size(); ++i) w = std::max(w, ulps(y[i], truth(static_cast<double>(x[i]))));
  return w;
}

/// Over a grid of [low, high].
double worst(Unary op, const std::function<double(double)>& truth, double low, double high, float a = 0.0F) {
  constexpr int n = 200000;
  std::vector<float> x(n + 1);
  for (int i = 0; i <= n; ++i) x[static_cast<std::size_t>(i)] = static_cast<float>(low + (high - low) * i / n);
  return worst(op, truth, x, a);
}

/// From the smallest normal number to `high`, equal steps of the bits: as many numbers in every power of 2.
std::vector<float> all_magnitudes(float high) {
  constexpr std::uint32_t n = 200000;
  const auto first = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::min());
  const auto bits = std::bit_cast<std::uint32_t>(high) - first;
  std::vector<float> x;
  for (std::uint32_t i = 0; i <= n; ++i)
    x.push_back(std::bit_cast<float>(first + static_cast<std::uint32_t>(std::uint64_t{bits} * i / n)));
  return x;
}

/// Over all magnitudes up to `high`, with both signs.
double worst_of_both_signs(Unary op, const std::function<double(double)>& truth, float high, float a = 0.0F) {
  std::vector<float> x = all_magnitudes(high);
  const double w = worst(op, truth, x, a);
  for (float& v : x) v = -v;
  return std::max(w, worst(op, truth, x, a));
}

}  // namespace

TEST_CASE("float functions are within 2 ulp of the truth") {
  const auto exp = [](double x) { return std::exp(x); };
  CHECK(worst(Unary::exp, exp, -1, 1) <= 1.0);
  CHECK(worst(Unary::exp, exp, -110, 100) <= 1.0);
  CHECK(worst_of_both_signs(Unary::exp, exp, 200) <= 1.0);
  const auto log = [](double x) { return std::log(x); };
  CHECK(worst(Unary::log, log, 0, 3) <= 1.0);
  CHECK(worst(Unary::log, log, 0.99, 1.01) <= 1.0);
  CHECK(worst(Unary::log, log, 0, 1e30) <= 1.0);
  CHECK(worst(Unary::log, log, all_magnitudes(std::numeric_limits<float>::max())) <= 1.0);
  const auto tanh = [](double x) { return std::tanh(x); };
  CHECK(worst(Unary::tanh, tanh, -1, 1) <= 2.0);
  CHECK(worst(Unary::tanh, tanh, -12, 12) <= 2.0);
  CHECK(worst(Unary::tanh, tanh, -1e-4, 1e-4) <= 1.0);
  CHECK(worst_of_both_signs(Unary::tanh, tanh, 200) <= 2.0);
  const auto erf = [](double x) { return std::erf(x); };
  CHECK(worst(Unary::erf, erf, -1.1, 1.1) <= 2.0);
  CHECK(worst(Unary::erf, erf, -6, 6) <= 2.0);
  CHECK(worst_of_both_signs(Unary::erf, erf, 200) <= 2.0);
  CHECK(worst(Unary::sigmoid, sigmoid, -4, 4) <= 2.5);
  CHECK(worst(Unary::sigmoid, sigmoid, -100, 100) <= 2.5);
  CHECK(worst_of_both_signs(Unary::sigmoid, sigmoid, 200) <= 2.5);
  CHECK(worst(Unary::softplus, softplus, -3, 3) <= 2.0);
  CHECK(worst(Unary::softplus, softplus, -100, 100) <= 2.0);
  CHECK(worst_of_both_signs(Unary::softplus, softplus, 200) <= 2.0);
  const auto elu = [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); };
  CHECK(worst(Unary::elu, elu, -2, 1, 1.5F) <= 2.0);
  CHECK(worst(Unary::elu, elu, -120, 1, 1.5F) <= 2.0);
  CHECK(worst(Unary::elu, elu, -1e-3, 0, 1.5F) <= 2.0);
  CHECK(worst_of_both_signs(Unary::elu, elu, 200, 1.5F) <= 2.0);
}

TEST_CASE("float gelu and its slope have a small absolute error") {
  std::vector<float> x{-1e30F, -200.0F, -50.0F, 50.0F, 200.0F};
  for (int i = -2000; i <= 2000; ++i) x.push_back(static_cast<float>(i) * 0.005F);
  const auto y = value_of(Unary::gelu, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double v = static_cast<double>(x[i]);
    CHECK(std::abs(static_cast<double>(y[i]) - v * normal_cdf(v)) <= 2e-7 * std::max(1.0, std::abs(v)));
  }
  const std::vector<float> one(x.size(), 1.0F);
  std::vector<float> slope(x.size());
  const Shape s{static_cast<index_t>(x.size())};
  kernels::binary(Binary::gelu_gradient, x.data(), s, one.data(), s, slope.data(), s);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double v = static_cast<double>(x[i]);
    const double truth = normal_cdf(v) + v * std::exp(-v * v / 2) / std::sqrt(2 * std::acos(-1.0));
    CHECK(std::abs(static_cast<double>(slope[i]) - truth) <= 3e-7);
  }
}

TEST_CASE("special values of float functions") {
  const float big = std::numeric_limits<float>::max();
  const float infinity = std::numeric_limits<float>::infinity();
  const float quiet = std::numeric_limits<float>::quiet_NaN();
  CHECK(value_of(Unary::exp, 0.0F) == 1.0F);
  CHECK(value_of(Unary::exp, 89.0F) == infinity);
  CHECK(value_of(Unary::exp, 88.72F) < infinity);
  CHECK(value_of(Unary::exp, infinity) == infinity);
  CHECK(value_of(Unary::exp, big) == infinity);
  CHECK(value_of(Unary::exp, -infinity) == 0.0F);
  CHECK(value_of(Unary::exp, -big) == 0.0F);
  CHECK(value_of(Unary::log, 1.0F) == 0.0F);
  CHECK(value_of(Unary::log, 0.0F) == -infinity);
  CHECK(value_of(Unary::log, infinity) == infinity);
  CHECK(std::isnan(value_of(Unary::log, -1.0F)));
  CHECK(std::isnan(value_of(Unary::log, -infinity)));
  CHECK(value_of(Unary::log, big) == Approx(88.7228));
  CHECK(value_of(Unary::tanh, 0.0F) == 0.0F);
  for (const float x : {20.0F, big, infinity}) {
    CHECK(value_of(Unary::tanh, x) == 1.0F);
    CHECK(value_of(Unary::tanh, -x) == -1.0F);
    CHECK(value_of(Unary::erf, x) == 1.0F);
    CHECK(value_of(Unary::erf, -x) == -1.0F);
    CHECK(value_of(Unary::sigmoid, x) == Approx(1.0F));
    CHECK(value_of(Unary::softplus, x) == x);
    CHECK(value_of(Unary::elu, x, 1.0F) == x);
    CHECK(value_of(Unary::gelu, x) == x);
    CHECK(value_of(Unary::relu, x) == x);
    CHECK(value_of(Unary::relu, -x) == 0.0F);
    CHECK(value_of(Unary::leaky_relu, -x, 0.5F) == -0.5F * x);
  }
  CHECK(value_of(Unary::sigmoid, 0.0F) == 0.5F);
  CHECK(value_of(Unary::sigmoid, -200.0F) == 0.0F);
  CHECK(value_of(Unary::sigmoid, -infinity) == 0.0F);
  CHECK(value_of(Unary::softplus, -infinity) == 0.0F);
  CHECK(value_of(Unary::elu, -infinity, 2.0F) == -2.0F);
  CHECK(value_of(Unary::sqrt, 4.0F) == 2.0F);
  CHECK(std::isnan(value_of(Unary::sqrt, -1.0F)));
  CHECK(value_of(Unary::sign, -3.0F) == -1.0F);
  CHECK(value_of(Unary::sign, 0.0F) == 0.0F);
  CHECK(value_of(Unary::sign, 1e-30F) == 1.0F);
  CHECK(value_of(Unary::abs, -0.5F) == 0.5F);
  CHECK(std::signbit(value_of(Unary::neg, 0.0F)));
  CHECK(value_of(Unary::pow, 2.0F, 3.0F) == 8.0F);
  CHECK(value_of(Unary::clamp, 5.0F, -1.0F, 1.0F) == 1.0F);
  CHECK(value_of(Unary::clamp, -5.0F, -1.0F, 1.0F) == -1.0F);
  CHECK(value_of(Unary::in_range, 1.0F, -1.0F, 1.0F) == 1.0F);
  CHECK(value_of(Unary::in_range, 1.5F, -1.0F, 1.0F) == 0.0F);
  for (const Unary op : {Unary::exp, Unary::log, Unary::tanh, Unary::erf, Unary::sigmoid, Unary::softplus, Unary::elu,
                         Unary::gelu, Unary::relu, Unary::leaky_relu, Unary::sqrt, Unary::square, Unary::abs,
                         Unary::sign, Unary::clamp, Unary::neg, Unary::copy}) {
    INFO("function number " << static_cast<int>(op));
    CHECK(std::isnan(value_of(op, quiet, 0.5F, 1.0F)));
  }
}

TEST_CASE("double functions are those of the standard library") {
  std::vector<double> x;
  for (int i = -400; i <= 400; ++i) x.push_back(0.05 * i + 0.013);
  const auto same = [&](Unary op, const std::function<double(double)>& truth, double a = 0.0) {
    const auto y = value_of(op, x, a);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double t = truth(x[i]);
      if (std::isnan(t)) {
        CHECK(std::isnan(y[i]));
      } else {
        CHECK(std::abs(y[i] - t) <= 1e-14 * std::max(1.0, std::abs(t)));
      }
    }
  };
  same(Unary::exp, [](double v) { return std::exp(v); });
  same(Unary::log, [](double v) { return std::log(v); });
  same(Unary::tanh, [](double v) { return std::tanh(v); });
  same(Unary::erf, [](double v) { return std::erf(v); });
  same(Unary::sigmoid, sigmoid);
  same(Unary::softplus, softplus);
  same(Unary::gelu, [](double v) { return v * normal_cdf(v); });
  same(
      Unary::elu, [](double v) { return v > 0 ? v : 0.7 * std::expm1(v); }, 0.7);
  same(
      Unary::pow, [](double v) { return std::pow(v, 3.0); }, 3.0);
}

TEST_CASE("gelu in double keeps its places in the left tail") {
  std::vector<double> x;
  for (int i = 0; i <= 300; ++i) x.push_back(-0.1 * i);
  const auto y = value_of(Unary::gelu, x);
  const std::vector<double> one(x.size(), 1.0);
  std::vector<double> slope(x.size());
  const Shape s{static_cast<index_t>(x.size())};
  kernels::binary(Binary::gelu_gradient, x.data(), s, one.data(), s, slope.data(), s);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double density = std::exp(-x[i] * x[i] / 2) / std::sqrt(2 * std::acos(-1.0));
    const double places = 1e-15 * (1 + x[i] * x[i]);  // e^(-x^2 / 2) magnifies the rounding of its exponent
    CHECK(y[i] == Approx(x[i] * normal_cdf(x[i])).epsilon(places).margin(0));
    CHECK(slope[i] == Approx(normal_cdf(x[i]) + x[i] * density).epsilon(10 * places).margin(0));
  }
}

TEST_CASE("every length of a vector, its tail included") {
  for (index_t n = 0; n <= 70; ++n) {
    std::vector<float> x(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) - 20.0F;
    std::vector<float> y(x.size() + 1, -99.0F);  // one more, that must stay
    kernels::unary(Unary::square, x.data(), y.data(), n);
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == x[i] * x[i]);
    CHECK(y[x.size()] == -99.0F);
  }
}

TEST_CASE("binary functions broadcast as plain loops do") {
  const std::vector<std::pair<Shape, Shape>> shapes{{{7}, {7}},
                                                    {{}, {}},
                                                    {{5}, {}},
                                                    {{}, {5}},
                                                    {{3, 4}, {4}},
                                                    {{4}, {3, 4}},
                                                    {{3, 4}, {3, 1}},
                                                    {{3, 1}, {1, 4}},
                                                    {{2, 3, 4}, {3, 1}},
                                                    {{2, 1, 4}, {1, 3, 1}},
                                                    {{2, 3, 4, 5}, {5}},
                                                    {{1}, {6}},
                                                    {{2, 3, 1, 5, 2}, {3, 4, 1, 1}},
                                                    {{2, 1, 3, 1, 2}, {1, 4, 1, 5, 1}},
                                                    {{33, 17}, {17}},
                                                    {{17}, {33, 17}},
                                                    {{33, 17}, {33, 1}},
                                                    {{0, 3}, {3}},
                                                    {{3, 0}, {1}},
                                                    {{1, 40000}, {1}},
                                                    {{2, 20000}, {2, 1}},
                                                    {{300, 100}, {100}},
                                                    {{20000, 3}, {3}},
                                                    {{50, 3, 200}, {50, 1, 200}}};
  Random random(3);
  for (const auto& [sa, sb] : shapes) {
    INFO(sa << " with " << sb);
    const Tensor<float> a = random.normal<float>(sa);
    const Tensor<float> b = random.normal<float>(sb);
    const Shape sy = broadcast_shapes(sa, sb);
    Tensor<float> y(sy, -99.0F);
    kernels::binary(Binary::sub, a.data(), sa, b.data(), sb, y.mutable_data(), sy);
    const auto strides = row_major_strides(sy);
    const auto at = [&](const Tensor<float>& t, index_t i) {
      index_t offset = 0;
      const auto own = row_major_strides(t.shape());
      for (int axis = 0; axis < sy.rank(); ++axis) {
        const int k = axis - (sy.rank() - t.rank());
        const index_t index = i / strides[static_cast<std::size_t>(axis)] % sy[axis];
        if (k >= 0 && t.shape()[k] != 1) offset += index * own[static_cast<std::size_t>(k)];
      }
      return t.data()[offset];
    };
    bool right = true;
    for (index_t i = 0; i < y.numel(); ++i) right = right && y.data()[i] == at(a, i) - at(b, i);
    CHECK(right);
  }
}

TEST_CASE("binary functions by their formulas") {
  const Shape s{11};
  Random random(4);
  const Tensor<double> a = random.normal<double>(s);
  Tensor<double> b = random.normal<double>(s);
  b.set({4}, a(4));  // a tie
  const auto same = [&](Binary op, const std::function<double(double, double)>& truth, double alpha = 0.0) {
    Tensor<double> y(s);
    kernels::binary(op, a.data(), s, b.data(), s, y.mutable_data(), s, alpha);
    for (index_t i = 0; i < 11; ++i) CHECK(y(i) == Approx(truth(a(i), b(i))).epsilon(1e-13));
  };
  same(Binary::left, [](double u, double) { return u; });
  same(Binary::add, [](double u, double v) { return u + v; });
  same(Binary::sub, [](double u, double v) { return u - v; });
  same(Binary::mul, [](double u, double v) { return u * v; });
  same(Binary::div, [](double u, double v) { return u / v; });
  same(
      Binary::scaled_add, [](double u, double v) { return u + 0.3 * v; }, 0.3);
  same(Binary::maximum, [](double u, double v) { return std::max(u, v); });
  same(Binary::minimum, [](double u, double v) { return std::min(u, v); });
  same(Binary::step, [](double u, double v) { return u > v ? 1.0 : u < v ? 0.0 : 0.5; });
  same(Binary::equal, [](double u, double v) { return u > v || u < v ? 0.0 : 1.0; });
  same(Binary::relu_gate, [](double u, double v) { return u > 0 ? v : 0.0; });
  same(
      Binary::gate, [](double u, double v) { return u > 0 ? v : 0.2 * v; }, 0.2);
  same(Binary::sigmoid_gradient, [](double u, double v) { return v * u * (1 - u); });
  same(Binary::tanh_gradient, [](double u, double v) { return v * (1 - u * u); });
  same(Binary::softplus_gradient, [](double u, double v) { return v * sigmoid(u); });
  same(
      Binary::elu_gradient, [](double u, double v) { return u > 0 ? v : v * (u + 0.6); }, 0.6);
  same(Binary::gelu_gradient, [](double u, double v) {
    return v * (normal_cdf(u) + u * std::exp(-u * u / 2) / std::sqrt(2 * std::acos(-1.0)));
  });
  same(Binary::bce_with_logits, [](double u, double v) { return softplus(u) - u * v; });
}

TEST_CASE("maximum and minimum hand NaN on from either side") {
  const double x[] = {not_a_number, 1.0, not_a_number};
  const double y[] = {1.0, not_a_number, not_a_number};
  double z[3];
  for (const Binary op : {Binary::maximum, Binary::minimum}) {
    kernels::binary(op, x, Shape{3}, y, Shape{3}, z, Shape{3});
    for (const double v : z) CHECK(std::isnan(v));
  }
}

TEMPLATE_TEST_CASE("NaN in switches: equal only to NaN, in no range, and open for relu", "", float, double) {
  using T = TestType;
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  for (const index_t n : {1, 5, 16, 33}) {  // tails and whole vectors
    INFO(n << " elements");
    const Tensor<T> quiet({n}, nan), two({n}, T(2));
    const auto zip = [n](Binary op, const Tensor<T>& a, const Tensor<T>& b) {
      Tensor<T> y({n}, T(-99));
      kernels::binary(op, a.data(), a.shape(), b.data(), b.shape(), y.mutable_data(), y.shape());
      return y;
    };
    CHECK(zip(Binary::equal, two, two) == Tensor<T>({n}, T(1)));
    CHECK(zip(Binary::equal, quiet, quiet) == Tensor<T>({n}, T(1)));
    CHECK(zip(Binary::equal, two, quiet) == Tensor<T>({n}, T(0)));
    CHECK(zip(Binary::equal, quiet, two) == Tensor<T>({n}, T(0)));
    CHECK(zip(Binary::relu_gate, quiet, two) == two);
    const std::vector<T> x(static_cast<std::size_t>(n), nan);
    for (const T v : value_of(Unary::in_range, x, T(-1), T(1))) CHECK(v == T(0));
  }
}

TEST_CASE("cross entropy with logits keeps its last places far out") {
  const float x[] = {30.0F, -30.0F, 80.0F, 30.0F};
  const float t[] = {1.0F, 0.0F, 1.0F, 0.0F};
  float y[4];
  kernels::binary(Binary::bce_with_logits, x, Shape{4}, t, Shape{4}, y, Shape{4});
  CHECK(y[0] == Approx(std::exp(-30.0)).epsilon(1e-6));
  CHECK(y[1] == Approx(std::exp(-30.0)).epsilon(1e-6));
  CHECK(y[2] == Approx(std::exp(-80.0)).epsilon(1e-5));
  CHECK(y[3] == 30.0F);
}

TEST_CASE("results that go past the caches are the same") {
  const Shape far{8192, kernels::far_bytes / (4 * 8192) + 16}, row{far[1]};
  const index_t n = far.numel(), half = n / 2;
  Random random(5);
  const Tensor<float> a = random.normal<float>(far), b = random.normal<float>(far);
  Tensor<float> y({n + 1}, -99.0F), near({n});
  for (const index_t at : {0, 1}) {  // aligned, and not
    float* const p = y.mutable_data() + at;
    kernels::unary(Unary::exp, a.data(), p, n);
    kernels::unary(Unary::exp, a.data(), near.mutable_data(), half);
    kernels::unary(Unary::exp, a.data() + half, near.mutable_data() + half, n - half);
    CHECK(std::equal(p, p + n, near.data()));
    kernels::binary(Binary::gate, a.data(), far, b.data(), far, p, far, 0.2F);
    const Shape rest{n - half};
    kernels::binary(Binary::gate, a.data(), Shape{half}, b.data(), Shape{half}, near.mutable_data(), Shape{half}, 0.2F);
    kernels::binary(Binary::gate, a.data() + half, rest, b.data() + half, rest, near.mutable_data() + half, rest, 0.2F);
    CHECK(std::equal(p, p + n, near.data()));
    kernels::binary(Binary::add, a.data(), far, b.data(), row, p, far);
    bool right = true;
    for (index_t i = 0; i < n; ++i) right = right && p[i] == a.data()[i] + b.data()[i % row[0]];
    CHECK(right);
    kernels::binary(Binary::add, p, far, b.data(), row, p, far);  // over itself
    for (index_t i = 0; i < n; ++i) right = right && p[i] == a.data()[i] + b.data()[i % row[0]] + b.data()[i % row[0]];
    CHECK(right);
  }
}

TEST_CASE("results may overwrite an operand") {
  Tensor<float> a({3, 40}, 2.0F);
  const Tensor<float> b({40}, 3.0F);
  float* p = a.mutable_data();
  kernels::binary(Binary::mul, p, a.shape(), b.data(), b.shape(), p, a.shape());
  for (const float v : a.values()) CHECK(v == 6.0F);
  kernels::unary(Unary::sqrt, p, p, a.numel());
  CHECK(a(2, 39) == Approx(std::sqrt(6.0F)));
}
