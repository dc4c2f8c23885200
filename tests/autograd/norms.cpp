// Layer, instance and group norm against loops over each normalised set.
#include "ganvas/autograd/norms.hpp"

#include <cmath>
#include <functional>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {

Tensor<double> normal(const Shape& shape, std::uint64_t seed = 1) { return Random(seed).normal<double>(shape); }

/// Normalises over all elements with equal set(place of the element), then scales and shifts by channel.
Tensor<double> normalized(const Tensor<double>& x, const Tensor<double>& gamma, const Tensor<double>& beta, double eps,
                          const std::function<index_t(index_t)>& set) {
  std::vector<double> n, mean, var;
  const auto at = [&](std::vector<double>& v, index_t i) -> double& {
    const auto s = static_cast<std::size_t>(set(i));
    if (v.size() <= s) v.resize(s + 1, 0.0);
    return v[s];
  };
  for (index_t i = 0; i < x.numel(); ++i) at(n, i) += 1;
  for (index_t i = 0; i < x.numel(); ++i) at(mean, i) += x.data()[i] / at(n, i);
  for (index_t i = 0; i < x.numel(); ++i) at(var, i) += std::pow(x.data()[i] - at(mean, i), 2) / at(n, i);
  Tensor<double> y(x.shape());
  for (index_t i = 0; i < x.numel(); ++i) {
    const index_t c = i % x.size(-1);
    y.mutable_data()[i] = (x.data()[i] - at(mean, i)) / std::sqrt(at(var, i) + eps) * gamma.data()[c] + beta.data()[c];
  }
  return y;
}

double largest_difference(const Tensor<double>& a, const Tensor<double>& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (index_t i = 0; i < a.numel(); ++i) worst = std::max(worst, std::abs(a.data()[i] - b.data()[i]));
  return worst;
}

const std::vector<Shape> images{{1, 2, 3, 4}, {3, 2, 2, 6}, {2, 5, 1, 2}};

}  // namespace

TEST_CASE("layer norm normalises the last axis", "[gradients]") {
  for (const Shape& s : {Shape{5}, Shape{3, 4}, Shape{2, 3, 5}, Shape{2, 2, 2, 3}, Shape{2, 1}}) {
    const index_t c = s.size(-1);
    const std::vector<Tensor<double>> in{normal(s), normal({c}, 2), normal({c}, 3)};
    const auto f = [](const auto& v) { return layer_norm(v[0], v[1], v[2], 0.01); };
    CHECK(largest_difference(f(std::vector<V>(in.begin(), in.end())).value(),
                             normalized(in[0], in[1], in[2], 0.01, [c](index_t i) { return i / c; })) < 1e-12);
    CHECK(check::gradients(f, in));
    CHECK(check::second_gradients(f, in));
  }
}

TEST_CASE("instance norm normalises each channel of each image", "[gradients]") {
  for (const Shape& s : images) {
    const index_t c = s[3], image = s[1] * s[2] * s[3];
    const std::vector<Tensor<double>> in{normal(s), normal({c}, 2), normal({c}, 3)};
    const auto f = [](const auto& v) { return instance_norm(v[0], v[1], v[2], 0.01); };
    CHECK(largest_difference(f(std::vector<V>(in.begin(), in.end())).value(),
                             normalized(in[0], in[1], in[2], 0.01, [=](index_t i) { return i / image * c + i % c; })) <
          1e-12);
    CHECK(check::gradients(f, in));
    CHECK(check::second_gradients(f, in));
  }
}

TEST_CASE("group norm normalises neighbouring channels of each image together", "[gradients]") {
  for (const Shape& s : images)
    for (const index_t groups : {1, 2}) {
      const index_t c = s[3], image = s[1] * s[2] * s[3], size = c / groups;
      const std::vector<Tensor<double>> in{normal(s), normal({c}, 2), normal({c}, 3)};
      const auto f = [groups](const auto& v) { return group_norm(v[0], groups, v[1], v[2], 0.01); };
      CHECK(largest_difference(f(std::vector<V>(in.begin(), in.end())).value(),
                               normalized(in[0], in[1], in[2], 0.01,
                                          [=](index_t i) { return i / image * groups + i % c / size; })) < 1e-12);
      CHECK(check::gradients(f, in));
      CHECK(check::second_gradients(f, in));
    }
}

TEST_CASE("gamma and beta may be left out, and the norms contain each other") {
  const V x(normal({2, 3, 3, 4}));
  const V one(Tensor<double>::ones({4})), zero(Tensor<double>::zeros({4}));
  CHECK(layer_norm(x).value() == layer_norm(x, one, zero).value());
  CHECK(instance_norm(x).value() == instance_norm(x, one, zero).value());
  CHECK(group_norm(x, 2).value() == group_norm(x, 2, one, zero).value());
  CHECK(largest_difference(group_norm(x, 4).value(), instance_norm(x).value()) < 1e-12);
  CHECK(largest_difference(instance_norm(V(normal({1, 3, 3, 4}))).value(),
                           batch_norm(V(normal({1, 3, 3, 4})), one, zero).y.value()) < 1e-12);
}

TEST_CASE("norms: float and double agree") {
  const Tensor<double> x = normal({2, 6, 6, 8}).cast<float>().cast<double>();
  const Var<float> xf(x.cast<float>());
  CHECK(largest_difference(layer_norm(xf).value().cast<double>(), layer_norm(V(x)).value()) < 1e-5);
  CHECK(largest_difference(instance_norm(xf).value().cast<double>(), instance_norm(V(x)).value()) < 1e-5);
  CHECK(largest_difference(group_norm(xf, 4).value().cast<double>(), group_norm(V(x), 4).value()) < 1e-5);
}

TEST_CASE("what cannot be normalised is refused") {
  const V x(normal({2, 3, 3, 4})), four(normal({4})), three(normal({3}));
  CHECK_THROWS_WITH(layer_norm(x, three, three), Contains("(2,3,3,4)") && Contains("(3)"));
  CHECK_THROWS_WITH(layer_norm(x, four), Contains("both or neither"));
  CHECK_THROWS_AS(layer_norm(V(normal({2, 0}))), ShapeError);
  CHECK_THROWS_AS(layer_norm(x, {}, {}, 0.0), ValueError);
  CHECK_THROWS_WITH(instance_norm(V(normal({3, 4}))), Contains("[instance_norm]") && Contains("(3,4)"));
  CHECK_THROWS_WITH(instance_norm(V(normal({3, 1, 1, 4}))), Contains("(3,1,1,4)"));
  CHECK_THROWS_WITH(group_norm(x, 3), Contains("4 channels") && Contains("3 groups") && Contains("(2,3,3,4)"));
  CHECK_THROWS_AS(group_norm(x, 0), ShapeError);
  CHECK_THROWS_AS(group_norm(V(normal({2, 0, 3, 4})), 2), ShapeError);
}

TEST_CASE("norms and their gradients are equal for any number of threads", "[threads]") {
  const Tensor<float> x = Random(5).normal<float>({6, 17, 16, 12});
  CHECK(same_for_any_threads([&] {
    std::vector<Tensor<float>> all;
    const auto v = Var<float>::variable(x);
    for (const auto& y : {layer_norm(v), instance_norm(v), group_norm(v, 3)}) {
      all.push_back(y.value());
      all.push_back(grad(y, {v}, {.output = exp(y.detach())})[0].value());
    }
    return all;
  }));
}
