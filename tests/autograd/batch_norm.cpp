// Batch norm: the fused node, its composed twin, and the evaluation form.
#include "ganvas/autograd/batch_norm.hpp"

#include <cmath>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {

Tensor<double> normal(const Shape& shape, std::uint64_t seed = 1, double mean = 0, double deviation = 1) {
  return Random(seed).normal<double>(shape, mean, deviation);
}

template <class T>
double largest_difference(const Tensor<T>& a, const Tensor<T>& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (index_t i = 0; i < a.numel(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i])));
  return worst;
}

const std::vector<Shape> shapes{{2, 1}, {3, 4}, {17, 3}, {2, 3, 3, 2}, {1, 5, 4, 1}, {3, 2, 2, 17}, {2, 5, 3}};

}  // namespace

TEST_CASE("batch norm by hand") {
  const V x(Tensor<double>({2, 2}, {1, 10, 3, 10})), gamma(Tensor<double>({2}, {2, 5})),
      beta(Tensor<double>({2}, {7, -1}));
  const auto r = batch_norm(x, gamma, beta, 3.0);  // var (1, 0), so the deviations are divided by 2
  CHECK(r.mean == Tensor<double>({2}, {2, 10}));
  CHECK(r.var == Tensor<double>({2}, {1, 0}));
  CHECK(r.y.value() == Tensor<double>({2, 2}, {6, -1, 8, -1}));
}

TEST_CASE("first and second order of batch norm", "[gradients]") {
  for (const Shape& s : shapes) {
    INFO(s);
    const Shape c{s.size(-1)};
    const auto f = [](const auto& v) { return batch_norm(v[0], v[1], v[2], 0.1).y; };
    const std::vector<Tensor<double>> inputs{normal(s, 1, 0.5), normal(c, 2, 1), normal(c, 3)};
    CHECK(check::gradients(f, inputs));
    CHECK(check::second_gradients(f, inputs));
  }
}

TEST_CASE("twin_equals_fused", "[gradients]") {
  for (const Shape& s : shapes) {
    INFO(s);
    const Shape c{s.size(-1)};
    const std::vector<V> in{V::variable(normal(s, 1, 0.5)), V::variable(normal(c, 2, 1)), V::variable(normal(c, 3))};
    const V gy = V::variable(normal(s, 4));
    const V fused = batch_norm(in[0], in[1], in[2]).y, twin = batch_norm_composed(in[0], in[1], in[2]);
    CHECK(largest_difference(fused.value(), twin.value()) < 1e-12);

    const auto first = grad(fused, in, {.output = gy}),
               recorded = grad(fused, in, {.create_graph = true, .output = gy}),
               first_twin = grad(twin, in, {.create_graph = true, .output = gy});
    V m(Tensor<double>::scalar(0)), m_twin = m;
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(largest_difference(first[i].value(), first_twin[i].value()) < 1e-10);
      CHECK(largest_difference(recorded[i].value(), first_twin[i].value()) < 1e-10);
      const V direction(normal(in[i].shape(), 10 + i));
      m = m + sum(recorded[i] * direction);
      m_twin = m_twin + sum(first_twin[i] * direction);
    }
    std::vector<V> by = in;
    by.push_back(gy);
    const auto second = grad(m, by), second_twin = grad(m_twin, by);
    for (std::size_t i = 0; i < by.size(); ++i) {
      const double size = 1 + std::abs(second_twin[i].value().data()[0]);
      CHECK(largest_difference(second[i].value(), second_twin[i].value()) < 1e-8 * size);
    }
  }
}

TEST_CASE("an activation in batch norm's pass is the one after it", "[gradients]") {
  for (const double slope : {0.0, 0.2}) {
    for (const Shape& s : shapes) {
      INFO(s << ", slope " << slope);
      const Shape c{s.size(-1)};
      const std::vector<V> in{V::variable(normal(s, 1, 0.5)), V::variable(normal(c, 2, 1)), V::variable(normal(c, 3))};
      const V gy = V::variable(normal(s, 4));
      const V one = batch_norm(in[0], in[1], in[2], 1e-5, slope).y;
      const V two =
          slope == 0 ? relu(batch_norm(in[0], in[1], in[2]).y) : leaky_relu(batch_norm(in[0], in[1], in[2]).y, slope);
      CHECK(one.value() == two.value());
      std::vector<V> by = in;
      by.push_back(gy);
      V m(Tensor<double>::scalar(0)), m_two = m;
      const auto first = grad(one, in, {.output = gy}), recorded = grad(one, in, {.create_graph = true, .output = gy}),
                 first_two = grad(two, in, {.create_graph = true, .output = gy});
      for (std::size_t i = 0; i < 3; ++i) {
        CHECK(largest_difference(first[i].value(), first_two[i].value()) < 1e-10);
        CHECK(largest_difference(recorded[i].value(), first_two[i].value()) < 1e-10);
        m = m + sum(recorded[i] * V(normal(in[i].shape(), 10 + i)));
        m_two = m_two + sum(first_two[i] * V(normal(in[i].shape(), 10 + i)));
      }
      const auto second = grad(m, by), second_two = grad(m_two, by);
      for (std::size_t i = 0; i < by.size(); ++i)
        CHECK(largest_difference(second[i].value(), second_two[i].value()) < 1e-8);
    }
    const auto f = [slope](const auto& v) { return batch_norm(v[0], v[1], v[2], 0.1, slope).y; };
    CHECK(check::gradients(f, {normal({17, 3}, 1, 0.5), normal({3}, 2, 1), normal({3}, 3)}));
  }
}

TEST_CASE("only the gradients that are asked for") {
  const V x = V::variable(normal({6, 3})), gamma = V::variable(normal({3}, 2)), beta(normal({3}, 3));
  const V y = batch_norm(x, gamma, beta).y;
  const V gy(normal({6, 3}, 4));
  const auto both = grad(y, {x, gamma}, {.output = gy});
  CHECK(grad(y, {gamma}, {.output = gy})[0].value() == both[1].value());
  CHECK(grad(y, {x}, {.output = gy})[0].value() == both[0].value());
  CHECK_FALSE(batch_norm(V(x.value()), V(gamma.value()), beta).y.requires_grad());
}

TEST_CASE("no channels: gradients without elements") {
  const V x = V::variable(Tensor<double>({4, 0})), gamma = V::variable(Tensor<double>({0})), beta = gamma;
  const V y = batch_norm(x, gamma, beta).y;
  CHECK(y.shape() == Shape{4, 0});
  for (const bool again : {false, true}) {
    const auto g = grad(y, {x, gamma}, {.create_graph = again, .output = Tensor<double>({4, 0})});
    CHECK(g[0].shape() == Shape{4, 0});
    CHECK(g[1].shape() == Shape{0});
  }
}

TEST_CASE("float and double agree, also far from zero") {
  for (const double mean : {0.0, 1e4}) {
    const double deviation = mean == 0 ? 1 : 1e-2;
    // the same numbers in both: float's numbers near 1e4 are 1e-3 apart
    const Tensor<float> xf = normal({500, 7}, 1, mean, deviation).cast<float>();
    const Tensor<double> gamma = normal({7}, 2, 1), beta = normal({7}, 3), gy = normal({500, 7}, 4);
    const auto f =
        batch_norm(Var<float>::variable(xf), Var<float>::variable(gamma.cast<float>()), Var<float>(beta.cast<float>()));
    const V x = V::variable(xf.cast<double>());
    const V y = batch_norm(x, V(gamma), V(beta)).y;
    CHECK(largest_difference(f.y.value().cast<double>(), y.value()) < 2e-5);
    const auto vf = Var<float>::variable(xf);
    const Var<float> yf = batch_norm(vf, Var<float>(gamma.cast<float>()), Var<float>(beta.cast<float>())).y;
    const Tensor<double> gx = grad(y, {x}, {.output = gy})[0].value();
    const Tensor<float> gxf = grad(yf, {vf}, {.output = Var<float>(gy.cast<float>())})[0].value();
    double size = 0;
    for (index_t i = 0; i < gx.numel(); ++i) size = std::max(size, std::abs(gx.data()[i]));
    CHECK(largest_difference(gxf.cast<double>(), gx) < 1e-5 * size);
  }
}

TEST_CASE("the evaluation form uses the statistics it is given", "[gradients]") {
  const V x(Tensor<double>({2, 2}, {1, 10, 3, 10})), gamma(Tensor<double>({2}, {2, 5})),
      beta(Tensor<double>({2}, {7, -1}));
  const Tensor<double> mean({2}, {0, 9}), var({2}, {3, 0});
  CHECK(batch_norm_inference(x, gamma, beta, mean, var, 1.0).value() == Tensor<double>({2, 2}, {8, 4, 10, 4}));
  CHECK(batch_norm_inference(V(normal({1, 2})), gamma, beta, mean, var).shape() == Shape{1, 2});
  CHECK(batch_norm_inference(V(normal({0, 2})), gamma, beta, mean, var).shape() == Shape{0, 2});
  for (const Shape& s : shapes) {
    const Shape c{s.size(-1)};
    const Tensor<double> mu = normal(c, 5), v2 = Random(6).uniform<double>(c, 0.5, 2);
    const auto f = [&](const auto& v) { return batch_norm_inference(v[0], v[1], v[2], mu, v2); };
    const std::vector<Tensor<double>> inputs{normal(s), normal(c, 2), normal(c, 3)};
    CHECK(check::gradients(f, inputs));
    CHECK(check::second_gradients(f, inputs));
  }
  // with the batch's own statistics it is the training form
  const V y(normal({9, 2}));
  const auto r = batch_norm(y, gamma, beta);
  CHECK(largest_difference(batch_norm_inference(y, gamma, beta, r.mean, r.var).value(), r.y.value()) < 1e-13);
}

TEST_CASE("what has no variance or does not fit is refused") {
  const V one(normal({3}));
  CHECK_THROWS_WITH(batch_norm(V(normal({1, 3})), one, one), Contains("at least 2") && Contains("(1,3)"));
  CHECK_THROWS_WITH(batch_norm(V(normal({0, 3})), one, one), Contains("at least 2") && Contains("(0,3)"));
  CHECK_THROWS_WITH(batch_norm(V(normal({8, 4})), one, one), Contains("(8,4)") && Contains("(3)"));
  CHECK_THROWS_WITH(batch_norm(V(normal({8, 3})), one, V(normal({1, 3}))), Contains("(8,3)") && Contains("(1,3)"));
  CHECK_THROWS_AS(batch_norm(one, one, one), ShapeError);
  const V scalar(Tensor<double>::scalar(1));
  CHECK_THROWS_WITH(batch_norm_composed(scalar, scalar, scalar), Contains("[batch_norm] the input must have a batch"));
  CHECK_THROWS_WITH(batch_norm_composed(V(normal({8, 4})), one, one), Contains("(8,4)") && Contains("(3)"));
  CHECK_THROWS_AS(batch_norm(V(normal({8, 3})), one, one, 0.0), ValueError);
  CHECK_THROWS_AS(batch_norm(V(normal({8, 3})), one, one, std::nan("")), ValueError);
  CHECK_THROWS_WITH(batch_norm(V(normal({8, 3})), one, one, 1e-5, -0.1), Contains("slope") && Contains("-0.1"));
  CHECK_THROWS_WITH(batch_norm_inference(V(normal({8, 3})), one, one, normal({2}), normal({3})),
                    Contains("(3)") && Contains("(2)"));
}

TEST_CASE("batch norm and its gradients are equal for any number of threads", "[threads]") {
  Random random(5);
  for (const Shape& s : {Shape{64, 7, 7, 40}, Shape{20000, 1}, Shape{999, 3}}) {
    const Tensor<float> x = random.normal<float>(s), gamma = random.normal<float>({s.size(-1)});
    CHECK(same_for_any_threads([&] {
      const auto v = Var<float>::variable(x), g = Var<float>::variable(gamma), b = Var<float>::variable(gamma);
      const auto r = batch_norm(v, g, b);
      std::vector<Tensor<float>> all{r.y.value(), r.mean, r.var};
      for (const auto& gradient : grad(r.y, {v, g, b}, {.output = exp(r.y.detach())})) all.push_back(gradient.value());
      const auto recorded = grad(r.y, {v}, {.create_graph = true, .output = exp(r.y.detach())});
      all.push_back(grad(sum(square(recorded[0])), {v})[0].value());
      return all;
    }));
  }
}
