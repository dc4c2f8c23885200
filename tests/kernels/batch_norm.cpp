// Batch norm kernels against sums in long double, for every instruction set that GANVAS_ISA names.
#include "ganvas/kernels/batch_norm.hpp"

#include <cmath>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;

namespace {

struct Exact {
  std::vector<long double> mean, var;
};

template <class T>
Exact exact_moments(index_t rows, index_t c, const T* x) {
  Exact e{std::vector<long double>(static_cast<std::size_t>(c), 0),
          std::vector<long double>(static_cast<std::size_t>(c), 0)};
  for (index_t k = 0; k < c; ++k) {
    auto& mean = e.mean[static_cast<std::size_t>(k)];
    auto& var = e.var[static_cast<std::size_t>(k)];
    for (index_t r = 0; r < rows; ++r) mean += static_cast<long double>(x[r * c + k]);
    mean /= static_cast<long double>(rows);
    for (index_t r = 0; r < rows; ++r) {
      const long double d = static_cast<long double>(x[r * c + k]) - mean;
      var += d * d;
    }
    var /= static_cast<long double>(rows);
  }
  return e;
}

const std::vector<std::pair<index_t, index_t>> sizes{{1, 1},   {2, 1},    {3, 1},    {1000, 1}, {70001, 1}, {2, 3},
                                                     {77, 3},  {4097, 3}, {5, 16},   {641, 17}, {300, 64},  {37, 100},
                                                     {9, 129}, {66, 256}, {35, 600}, {3, 1025}, {0, 4},     {4, 0}};

std::vector<double> random_channels(index_t c, Random& random) {
  const Tensor<double> t = random.uniform<double>({c}, 0.5, 1.5);
  return {t.data(), t.data() + c};
}

template <class T>
void check_all(T mean, T deviation, double tolerance) {
  Random random(11);
  for (const auto& [rows, c] : sizes) {
    if (rows == 0) continue;
    INFO("rows " << rows << ", channels " << c << ", mean " << mean << ", deviation " << deviation);
    Tensor<T> x = random.normal<T>({rows, c}, mean, deviation);
    const Exact e = exact_moments(rows, c, x.data());
    const kernels::Moments m = kernels::moments(rows, c, x.data());
    double worst_mean = 0, worst_var = 0;
    for (std::size_t k = 0; k < m.mean.size(); ++k) {
      worst_mean = std::max(worst_mean, std::abs(m.mean[k] - static_cast<double>(e.mean[k])));
      if (e.var[k] > 0) worst_var = std::max(worst_var, std::abs(m.var[k] / static_cast<double>(e.var[k]) - 1));
    }
    CHECK(worst_mean <= tolerance * static_cast<double>(deviation));
    CHECK(worst_var <= 10 * tolerance);

    const std::vector<double> scale = random_channels(c, random), shift = random_channels(c, random);
    const std::vector<double> a = random_channels(c, random), b = random_channels(c, random);
    const Tensor<T> gy = random.normal<T>({rows, c});
    for (const double slope : {1.0, 0.2, 0.0}) {
      INFO("slope " << slope);
      const kernels::NormMap map{m.mean, scale, shift, slope};
      Tensor<T> y(x.shape()), gx(x.shape());
      kernels::batch_norm_apply(rows, c, x.data(), map, y.mutable_data());
      const kernels::BackwardSums s = kernels::batch_norm_backward_sums(rows, c, x.data(), gy.data(), map);
      kernels::batch_norm_backward_apply(rows, c, x.data(), gy.data(), map, a, b, shift, gx.mutable_data());
      double worst_y = 0, worst_sum = 0, worst_gx = 0;
      for (index_t k = 0; k < c; ++k) {
        const auto i = static_cast<std::size_t>(k);
        double sum = 0, sum_x = 0, size = 1;
        for (index_t r = 0; r < rows; ++r) {
          const double d = static_cast<double>(x(r, k)) - m.mean[i], z = d * scale[i] + shift[i];
          const double g = static_cast<double>(gy(r, k)) * (y(r, k) > T(0) ? 1 : slope);
          sum += g;
          sum_x += g * d;
          size += std::abs(g) + std::abs(g * d);
          worst_y = std::max(worst_y, std::abs((z > 0 ? z : slope * z) - static_cast<double>(y(r, k))));
          worst_gx = std::max(worst_gx, std::abs(a[i] * g + b[i] * d + shift[i] - static_cast<double>(gx(r, k))));
        }
        worst_sum = std::max(worst_sum, std::max(std::abs(sum - s.gz[i]), std::abs(sum_x - s.gz_x[i])) / size);
      }
      CHECK(worst_y <= 10 * tolerance);
      CHECK(worst_gx <= 10 * tolerance);
      CHECK(worst_sum <= tolerance);
    }
  }
}

}  // namespace

TEST_CASE("moments, normalisation and gradient sums equal plain sums, float") { check_all<float>(0.5F, 1.F, 1e-6); }
TEST_CASE("moments, normalisation and gradient sums equal plain sums, double") { check_all<double>(0.5, 1., 1e-14); }

TEST_CASE("a mean of 1e4 with a deviation of 1e-2 loses nothing") {
  check_all<float>(1e4F, 1e-2F, 1e-5);  // the numbers themselves have a spacing of 1e-3
  check_all<double>(1e4, 1e-2, 1e-9);
}

TEST_CASE("an outlier in the first row does not spoil the variance") {
  Random random(12);
  Tensor<float> x = random.normal<float>({5000, 20}, 1e4F, 1e-2F);
  for (index_t k = 0; k < 20; ++k) x.mutable_data()[k] = 0;
  const Exact e = exact_moments(5000, 20, x.data());
  const kernels::Moments m = kernels::moments(5000, 20, x.data());
  for (std::size_t k = 0; k < 20; ++k) {
    CHECK(m.mean[k] == Approx(static_cast<double>(e.mean[k])).epsilon(1e-7));
    CHECK(m.var[k] == Approx(static_cast<double>(e.var[k])).epsilon(1e-5));
  }
}

TEST_CASE("rows unlike all others spoil no variance") {
  // The kernels take their pivot from a few rows: the first of each quarter of a part. 528 rows of 128 are one part.
  const index_t rows = 2000, c = 128;
  Random random(15);
  const Tensor<float> plain = random.normal<float>({rows, c}, 1e4F, 1e-2F);
  const auto check = [&](const char* what, const auto& odd, float value) {
    INFO(what);
    Tensor<float> x(plain);
    for (index_t r = 0; r < rows; ++r)
      if (odd(r))
        for (index_t k = 0; k < c; ++k) x.mutable_data()[r * c + k] = value;
    const Exact e = exact_moments(rows, c, x.data());
    const kernels::Moments m = kernels::moments(rows, c, x.data());
    double worst_mean = 0, worst_var = 0;
    for (std::size_t k = 0; k < m.mean.size(); ++k) {
      const auto var = static_cast<double>(e.var[k]);
      worst_mean = std::max(worst_mean, std::abs(m.mean[k] - static_cast<double>(e.mean[k])) / std::sqrt(var));
      worst_var = std::max(worst_var, std::abs(m.var[k] / var - 1));
    }
    CHECK(worst_mean <= 1e-5);
    CHECK(worst_var <= 2e-5);
  };
  check(
      "none", [](index_t) { return false; }, 0.0F);
  check(
      "one row", [](index_t r) { return r == 0; }, 0.0F);
  check(
      "the first rows", [](index_t r) { return r < 66; }, 0.0F);
  check(
      "all rows but few", [](index_t r) { return r % 33 != 32; }, 1e4F);
  check(
      "few rows", [](index_t r) { return r % 33 == 32; }, 0.0F);
  check(
      "the first rows of each quarter of a part", [](index_t r) { return r % 132 < 17; }, 0.0F);
  check(
      "all rows but those", [](index_t r) { return r % 132 >= 17; }, 0.0F);
  check(
      "the first rows of each quarter, constant", [](index_t r) { return r % 132 < 17; }, 1e4F);
}

TEST_CASE("normalised rows that go past the caches are the same") {
  const index_t c = 64, rows = kernels::far_bytes / (4 * c) + 5;  // far, and the same rows in two parts that are not
  Random random(16);
  const Tensor<float> x = random.normal<float>({rows, c}), gy = random.normal<float>({rows, c});
  const std::vector<double> a = random_channels(c, random), b = random_channels(c, random);
  const kernels::NormMap map{a, b, a, 0.2};
  Tensor<float> y(x.shape()), gx(x.shape()), near_y(x.shape()), near_gx(x.shape());
  kernels::batch_norm_apply(rows, c, x.data(), map, y.mutable_data());
  kernels::batch_norm_backward_apply(rows, c, x.data(), gy.data(), map, a, b, a, gx.mutable_data());
  for (const index_t first : {index_t{0}, rows / 2}) {
    const index_t n = first == 0 ? rows / 2 : rows - first, at = first * c;
    kernels::batch_norm_apply(n, c, x.data() + at, map, near_y.mutable_data() + at);
    kernels::batch_norm_backward_apply(n, c, x.data() + at, gy.data() + at, map, a, b, a, near_gx.mutable_data() + at);
  }
  CHECK(y == near_y);
  CHECK(gx == near_gx);
}

TEST_CASE("a constant channel has variance 0, and NaN stays visible") {
  Tensor<float> x(Shape{100, 2}, 3.7F);
  CHECK(kernels::moments(100, 2, x.data()).var[0] == 0);
  CHECK(kernels::moments(100, 2, x.data()).mean[0] == Approx(3.7F));
  x.set({50, 1}, std::nanf(""));
  const kernels::Moments m = kernels::moments(100, 2, x.data());
  CHECK(std::isnan(m.mean[1]));
  CHECK(std::isnan(m.var[1]));
  CHECK(m.var[0] == 0);
}

TEST_CASE("batch norm kernels are equal for any number of threads", "[threads]") {
  Random random(13);
  for (const auto& [rows, c] : sizes) {
    if (rows == 0) continue;
    const Tensor<float> x = random.normal<float>({rows, c}), gy = random.normal<float>({rows, c});
    const std::vector<double> a = random_channels(c, random), b = random_channels(c, random);
    const auto rows_ = rows, c_ = c;
    CHECK(same_for_any_threads([&] {
      const kernels::Moments m = kernels::moments(rows_, c_, x.data());
      const kernels::NormMap map{m.mean, a, b, 0.2};
      const kernels::BackwardSums s = kernels::batch_norm_backward_sums(rows_, c_, x.data(), gy.data(), map);
      std::vector<std::vector<double>> all{m.mean, m.var, s.gz, s.gz_x};
      Tensor<float> y(x.shape());
      kernels::batch_norm_apply(rows_, c_, x.data(), map, y.mutable_data());
      all.emplace_back(y.data(), y.data() + y.numel());
      kernels::batch_norm_backward_apply(rows_, c_, x.data(), gy.data(), map, a, b, a, y.mutable_data());
      all.emplace_back(y.data(), y.data() + y.numel());
      return all;
    }));
  }
}
