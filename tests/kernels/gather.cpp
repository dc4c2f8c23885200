// Sparse maps along one axis against dense loops.
#include "ganvas/kernels/gather.hpp"

#include <vector>

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using kernels::AxisMap;

namespace {

template <class T>
AxisMap<T> random_map(index_t inputs, index_t outputs, Random& random) {
  AxisMap<T> map;
  map.inputs = inputs;
  for (index_t j = 0; j < outputs; ++j) {
    for (index_t t = random.below(4); t > 0; --t)
      map.add(random.below(inputs), random.below(2) == 0 ? T(1) : static_cast<T>(random.below(100)) / T(32));
    map.end_row();
  }
  return map;
}

/// The matrix (outputs, inputs) of a map.
template <class T>
std::vector<T> matrix_of(const AxisMap<T>& map) {
  std::vector<T> m(static_cast<std::size_t>(map.outputs() * map.inputs), T(0));
  for (index_t j = 0; j < map.outputs(); ++j)
    for (index_t t = map.begin[static_cast<std::size_t>(j)]; t < map.begin[static_cast<std::size_t>(j) + 1]; ++t)
      m[static_cast<std::size_t>(j * map.inputs + map.index[static_cast<std::size_t>(t)])] +=
          map.weight[static_cast<std::size_t>(t)];
  return m;
}

template <class T>
void check_maps() {
  Random random(5);
  for (int trial = 0; trial < 60; ++trial) {
    const index_t outer = random.below(4), inner = random.below(40), n = 1 + random.below(20), m = random.below(30);
    const AxisMap<T> map = random_map<T>(n, m, random);
    const std::vector<T> a = matrix_of(map);
    const AxisMap<T> back = kernels::transposed(map);
    REQUIRE(back.inputs == m);
    REQUIRE(back.outputs() == n);
    const std::vector<T> at = matrix_of(back);
    bool transposed = true;
    for (index_t j = 0; j < m; ++j)
      for (index_t i = 0; i < n; ++i)
        transposed = transposed && a[static_cast<std::size_t>(j * n + i)] == at[static_cast<std::size_t>(i * m + j)];
    CHECK(transposed);

    const Tensor<T> x = random.normal<T>({outer, n, inner});
    Tensor<T> y(Shape{outer, m, inner});
    kernels::map_axis(map, outer, inner, x.data(), y.mutable_data());
    double worst = 0;
    for (index_t o = 0; o < outer; ++o)
      for (index_t j = 0; j < m; ++j)
        for (index_t k = 0; k < inner; ++k) {
          double expected = 0;
          for (index_t i = 0; i < n; ++i)
            expected += static_cast<double>(a[static_cast<std::size_t>(j * n + i)]) * static_cast<double>(x(o, i, k));
          worst = std::max(worst, std::abs(expected - static_cast<double>(y(o, j, k))));
        }
    CHECK(worst < (sizeof(T) == 4 ? 1e-4 : 1e-12));
  }
}

}  // namespace

TEST_CASE("maps along an axis and their transposes equal dense loops") {
  check_maps<float>();
  check_maps<double>();
}

TEST_CASE("a selection copies rows bit by bit, and its transpose adds duplicates in their order") {
  const std::vector<index_t> indices{2, 0, 2, 2, 1};
  const AxisMap<float> map = kernels::selection<float>(indices, 4);
  const Tensor<float> x({4, 2}, {1e8F, 1, 1, 2, -1e8F, 3, 7, 7});
  Tensor<float> y(Shape{5, 2});
  kernels::map_axis(map, 1, 2, x.data(), y.mutable_data());
  CHECK(y == Tensor<float>({5, 2}, {-1e8F, 3, 1e8F, 1, -1e8F, 3, -1e8F, 3, 1, 2}));
  const Tensor<float> g({5, 1}, {1e8F, 5, -1e8F, 1, 6});
  Tensor<float> s(Shape{4, 1});
  kernels::map_axis(kernels::transposed(map), 1, 1, g.data(), s.mutable_data());
  CHECK(s == Tensor<float>({4, 1}, {5, 6, 1, 0}));  // (1e8 - 1e8) + 1; in another order it would be 0
}

TEST_CASE("maps are equal for any number of threads", "[threads]") {
  Random random(6);
  const AxisMap<float> map = random_map<float>(500, 700, random);
  const Tensor<float> x = random.normal<float>({5, 500, 33});
  CHECK(same_for_any_threads([&] {
    Tensor<float> y(Shape{5, 700, 33});
    kernels::map_axis(map, 5, 33, x.data(), y.mutable_data());
    return y;
  }));
}
