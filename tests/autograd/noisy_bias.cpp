// The fused operation behind a modulated convolution equals its parts.
#include "ganvas/autograd/noisy_bias.hpp"

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

template <class T>
Var<T> composed(const Var<T>& x, const Var<T>& d, const Tensor<T>& noise, const Var<T>& s, const Var<T>& b, T slope) {
  return leaky_relu(x * reshape(d, Shape{d.size(0), 1, 1, d.size(1)}) + Var<T>(noise) * s + b, slope);
}

}  // namespace

TEMPLATE_TEST_CASE("noisy bias, twin_equals_fused: value and gradients", "", double, float) {
  using T = TestType;
  Random rng{1};
  for (const index_t rows : {3, 1}) {
    const auto x = Var<T>::variable(rng.normal<T>({3, 9, 7, 33})), d = Var<T>::variable(rng.normal<T>({3, 33})),
               s = Var<T>::variable(rng.normal<T>({1})), b = Var<T>::variable(rng.normal<T>({33}));
    const auto noise = rng.normal<T>({rows, 9, 7, 1});
    const Var<T> fused = noisy_bias(x, d, noise, s, b, T(0.2)), twin = composed(x, d, noise, s, b, T(0.2));
    const T near = sizeof(T) == 8 ? T(1e-13) : T(2e-6);
    CHECK((array(fused.value()) - array(twin.value())).abs().maxCoeff() <= near);
    const Var<T> gy = rng.normal<T>(x.shape());
    const auto g = grad(fused, {x, d, s, b}, {.output = gy}), gt = grad(twin, {x, d, s, b}, {.output = gy});
    for (std::size_t i = 0; i < 4; ++i)
      CHECK((array(g[i].value()) - array(gt[i].value())).abs().maxCoeff() <=
            100 * near * std::max(T(1), array(gt[i].value()).abs().maxCoeff()));
  }
}

TEST_CASE("noisy bias: gradients, first and second, are those of differences", "[gradients]") {
  Random rng{2};
  const auto noise = rng.normal<double>({2, 2, 3, 1});
  const auto f = [&](const auto& v) { return noisy_bias(v[0], v[1], noise, v[2], v[3], 0.2); };
  const std::vector<Tensor<double>> at{rng.normal<double>({2, 2, 3, 3}), rng.normal<double>({2, 3}),
                                       rng.normal<double>({1}), rng.normal<double>({3})};
  for (const auto& report : {check::gradients(f, at), check::second_gradients(f, at)}) {
    INFO(report);
    CHECK(report.ok);
  }
}

TEST_CASE("noisy bias: shapes and slopes that do not fit are refused") {
  const auto zeros = [](const Shape& s) { return Tensor<float>::zeros(s); };
  const Var<float> x = zeros({2, 3, 4, 5}), d = zeros({2, 5}), s = zeros({1}), b = zeros({5});
  CHECK_THROWS_WITH(noisy_bias(x, Var<float>(zeros({5, 2})), zeros({2, 3, 4, 1}), s, b, 0.2F), Contains("(5,2)"));
  CHECK_THROWS_WITH(noisy_bias(x, d, zeros({2, 4, 3, 1}), s, b, 0.2F), Contains("(2,4,3,1)"));
  CHECK_THROWS_WITH(noisy_bias(x, d, zeros({2, 3, 4, 1}), Var<float>(zeros({2})), b, 0.2F), Contains("(2)"));
  CHECK_THROWS_WITH(noisy_bias(x, d, zeros({2, 3, 4, 1}), s, b, 2.0F), Contains("is 2"));
  CHECK(
      noisy_bias(Var<float>(zeros({0, 3, 4, 5})), Var<float>(zeros({0, 5})), zeros({1, 3, 4, 1}), s, b, 0.2F).shape() ==
      Shape{0, 3, 4, 5});
}
