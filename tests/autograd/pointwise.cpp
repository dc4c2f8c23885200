// Pointwise functions: values, first and second order by differences, kinks and ties, float against double.
#include "ganvas/autograd/pointwise.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using D = Var<double>;
using F = Var<float>;

namespace {

template <class T>
struct Function {
  std::string name;
  std::function<Var<T>(const Var<T>&)> f;
  std::function<double(double)> truth;
  double low, high;  ///< where it is checked
  double third;      ///< a bound on the third derivative there, for the tolerance of the second order
};

double cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

template <class T>
std::vector<Function<T>> functions() {
  using V = const Var<T>&;
  return {
      {"exp", [](V x) { return exp(x); }, [](double x) { return std::exp(x); }, -2, 2, 10},
      {"log", [](V x) { return log(x); }, [](double x) { return std::log(x); }, 0.5, 3, 20},
      {"sqrt", [](V x) { return sqrt(x); }, [](double x) { return std::sqrt(x); }, 0.5, 3, 5},
      {"square", [](V x) { return square(x); }, [](double x) { return x * x; }, -2, 2, 1},
      {"pow 3", [](V x) { return pow(x, T(3)); }, [](double x) { return x * x * x; }, -2, 2, 6},
      {"pow -0.5", [](V x) { return pow(x, T(-0.5)); }, [](double x) { return std::pow(x, -0.5); }, 0.5, 3, 40},
      {"pow 0", [](V x) { return pow(x, T(0)); }, [](double) { return 1.0; }, -2, 2, 1},
      {"pow 1", [](V x) { return pow(x, T(1)); }, [](double x) { return x; }, -2, 2, 1},
      {"abs", [](V x) { return abs(x); }, [](double x) { return std::abs(x); }, -2, 2, 1},
      {"sign", [](V x) { return sign(x); }, [](double x) { return x > 0 ? 1.0 : -1.0; }, -2, 2, 1},
      {"clamp", [](V x) { return clamp(x, T(-0.5), T(0.8)); },
       [](double x) { return std::min(std::max(x, -0.5), 0.8); }, -2, 2, 1},
      {"erf", [](V x) { return erf(x); }, [](double x) { return std::erf(x); }, -2, 2, 5},
      {"relu", [](V x) { return relu(x); }, [](double x) { return std::max(x, 0.0); }, -2, 2, 1},
      {"leaky_relu", [](V x) { return leaky_relu(x, T(0.25)); }, [](double x) { return x > 0 ? x : 0.25 * x; }, -2, 2,
       1},
      {"elu", [](V x) { return elu(x, T(1.5)); }, [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); }, -2, 2, 2},
      {"gelu", [](V x) { return gelu(x); }, [](double x) { return x * cdf(x); }, -3, 3, 2},
      {"sigmoid", [](V x) { return sigmoid(x); }, [](double x) { return 1 / (1 + std::exp(-x)); }, -4, 4, 1},
      {"tanh", [](V x) { return tanh(x); }, [](double x) { return std::tanh(x); }, -3, 3, 2},
      {"softplus", [](V x) { return softplus(x); }, [](double x) { return std::log1p(std::exp(x)); }, -4, 4, 1},
      {"neg", [](V x) { return -x; }, [](double x) { return -x; }, -2, 2, 1}};
}

/// Random numbers in [low, high), none within 0.01 of a kink.
Tensor<double> smooth_points(const Shape& shape, double low, double high, Random& random) {
  Tensor<double> x = random.uniform<double>(shape, low, high);
  double* p = x.mutable_data();
  for (index_t i = 0; i < x.numel(); ++i)
    for (const double kink : {-0.5, 0.0, 0.8})
      if (std::abs(p[i] - kink) < 0.01) p[i] = kink + 0.02;
  return x;
}

}  // namespace

TEST_CASE("values, first and second order of every function") {
  Random random(31);
  for (const auto& [name, f, truth, low, high, third] : functions<double>()) {
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{13}, Shape{2, 3, 2}, Shape{1, 5, 1, 2}}) {
      INFO(name << " of shape " << shape);
      const Tensor<double> x = smooth_points(shape, low, high, random);
      const D y = f(x);
      CHECK(y.shape() == shape);
      for (index_t i = 0; i < x.numel(); ++i) CHECK(y.value().data()[i] == Approx(truth(x.data()[i])).epsilon(1e-13));
      const auto g = [&f = f](const auto& v) { return f(v[0]); };
      const auto first = check::gradients(g, {x}, {.tolerance = 1e-8 * third});
      const auto second = check::second_gradients(g, {x}, {.tolerance = 1e-8 * third * 10});
      INFO(first << '\n' << second);
      CHECK(first);
      CHECK(second);
    }
  }
}

TEST_CASE("third order, where the gradient of the gradient is a formula of its own") {
  Random random(32);
  for (const auto& [name, f, truth, low, high, third] : functions<double>()) {
    INFO(name);
    const Tensor<double> x = smooth_points({6}, low, high, random);
    const auto slope = [&f = f](const auto& v) {  // f' as a function
      const D y = f(v[0]);
      if (!y.requires_grad()) return v[0] * 0.0;
      return grad(sum(y), {v[0]}, {.create_graph = true})[0];
    };
    const auto report = check::second_gradients(slope, {x}, {.tolerance = 1e-6 * third});
    INFO(report);
    CHECK(report);
  }
}

TEST_CASE("float agrees with double in value and both orders") {
  Random random(33);
  const auto fs = functions<float>();
  const auto ds = functions<double>();
  for (std::size_t k = 0; k < fs.size(); ++k) {
    INFO(fs[k].name);
    const Tensor<double> x = smooth_points({50}, ds[k].low, ds[k].high, random);
    const auto run = [](const auto& f, const auto& at) {
      using T = typename std::decay_t<decltype(at)>::value_type;
      const auto v = Var<T>::variable(at);
      const auto y = f(v);
      std::vector<Tensor<double>> out{y.value().template cast<double>()};
      if (!y.requires_grad()) return out;
      const auto g = grad(sum(y), {v}, {.create_graph = true})[0];
      out.push_back(g.value().template cast<double>());
      if (g.requires_grad()) out.push_back(grad(sum(g), {v})[0].value().template cast<double>());
      return out;
    };
    const auto a = run(fs[k].f, x.cast<float>());
    const auto b = run(ds[k].f, x.cast<float>().cast<double>());
    REQUIRE(a.size() == b.size());
    for (std::size_t j = 0; j < a.size(); ++j)
      for (index_t i = 0; i < x.numel(); ++i) CHECK(a[j](i) == Approx(b[j](i)).epsilon(3e-6).margin(3e-6));
  }
}

TEST_CASE("maximum and minimum: values, gradients, ties, broadcasting") {
  Random random(34);
  for (const auto& [sa, sb] :
       std::vector<std::pair<Shape, Shape>>{{{7}, {7}}, {{2, 3}, {3}}, {{}, {5}}, {{3, 1}, {1, 4}}}) {
    const Tensor<double> a = random.normal<double>(sa), b = random.normal<double>(sb);
    const auto larger = [](const auto& x) { return maximum(square(x[0]), x[1]); };
    const auto smaller = [](const auto& x) { return minimum(square(x[0]), x[1]); };
    CHECK(check::gradients(larger, {a, b}));
    CHECK(check::second_gradients(larger, {a, b}));
    CHECK(check::gradients(smaller, {a, b}));
    CHECK(check::second_gradients(smaller, {a, b}));
  }
  const F a = F::variable(Tensor<float>({3}, {1, 2, 3})), b = F::variable(Tensor<float>({3}, {3, 2, 1}));
  CHECK(maximum(a, b).value() == Tensor<float>({3}, {3, 2, 3}));
  CHECK(minimum(a, b).value() == Tensor<float>({3}, {1, 2, 1}));
  const auto up = grad(sum(maximum(a, b)), {a, b});
  CHECK(up[0].value() == Tensor<float>({3}, {0, 0.5F, 1}));
  CHECK(up[1].value() == Tensor<float>({3}, {1, 0.5F, 0}));
  const auto down = grad(sum(minimum(a, b)), {a, b});
  CHECK(down[0].value() == Tensor<float>({3}, {1, 0.5F, 0}));
  CHECK(down[1].value() == Tensor<float>({3}, {0, 0.5F, 1}));
}

TEST_CASE("subgradients at kinks are those that the headers say") {
  const auto slope = [](const auto& f, float at) {
    const F x = F::variable(Tensor<float>::scalar(at));
    return grad(f(x), {x})[0].item();
  };
  CHECK(slope([](const F& x) { return relu(x); }, 0) == 0.0F);
  CHECK(slope([](const F& x) { return leaky_relu(x, 0.2F); }, 0) == 0.2F);
  CHECK(slope([](const F& x) { return elu(x, 1.5F); }, 0) == 1.5F);
  CHECK(slope([](const F& x) { return abs(x); }, 0) == 0.0F);
  CHECK(slope([](const F& x) { return clamp(x, -1.0F, 1.0F); }, 1) == 1.0F);
  CHECK(slope([](const F& x) { return clamp(x, -1.0F, 1.0F); }, -1) == 1.0F);
  CHECK(slope([](const F& x) { return clamp(x, -1.0F, 1.0F); }, 1.001F) == 0.0F);
  CHECK(std::isinf(slope([](const F& x) { return sqrt(x); }, 0)));
  CHECK(slope([](const F& x) { return sqrt(x + 1e-8F); }, 0) == Approx(0.5e4));
  CHECK(slope([](const F& x) { return pow(x, 2.0F); }, 0) == 0.0F);
}

TEST_CASE("a gradient of infinity does not pass a closed gate") {
  const F x = F::variable(Tensor<float>({2}, {-1, 1}));
  const float infinity = std::numeric_limits<float>::infinity();
  const auto g = grad(relu(x), {x}, {.output = Tensor<float>({2}, infinity)});
  CHECK(g[0].value() == Tensor<float>({2}, {0, infinity}));
}

TEST_CASE("twin_equals_fused: functions and their compositions from arithmetic agree to second order") {
  Random random(35);
  const Tensor<double> at = smooth_points({40}, -3, 3, random);
  const auto same = [&](const char* name, const auto& fused, const auto& composed) {
    INFO(name);
    const auto run = [&](const auto& f) {
      const D x = D::variable(at);
      const D y = f(x);
      const D g = grad(sum(y * y), {x}, {.create_graph = true})[0];
      return std::vector<Tensor<double>>{y.value(), g.value(), grad(sum(g * g), {x})[0].value()};
    };
    const auto a = run(fused), b = run(composed);
    for (std::size_t order = 0; order < 3; ++order)
      for (index_t i = 0; i < 40; ++i) CHECK(a[order](i) == Approx(b[order](i)).epsilon(1e-10).margin(1e-12));
  };
  same(
      "sigmoid", [](const D& x) { return sigmoid(x); }, [](const D& x) { return 1.0 / (1.0 + exp(-x)); });
  same(
      "tanh", [](const D& x) { return tanh(x); }, [](const D& x) { return 1.0 - 2.0 / (exp(x * 2.0) + 1.0); });
  same(
      "softplus", [](const D& x) { return softplus(x); }, [](const D& x) { return log(1.0 + exp(x)); });
  same(
      "gelu", [](const D& x) { return gelu(x); }, [](const D& x) { return x * (erf(x / std::sqrt(2.0)) + 1.0) * 0.5; });
  same(
      "elu", [](const D& x) { return elu(x, 1.5); },
      [](const D& x) { return maximum(x, D(Tensor<double>::scalar(0))) + (exp(clamp(x, -1e9, 0.0)) - 1.0) * 1.5; });
  same(
      "leaky_relu", [](const D& x) { return leaky_relu(x, 0.2); }, [](const D& x) { return relu(x) - relu(-x) * 0.2; });
}

TEST_CASE("far out, functions saturate and gradients vanish without NaN") {
  const F x = F::variable(Tensor<float>({4}, {-1000, -60, 60, 1000}));
  const auto both = [&](const F& y) {
    const auto first = grad(sum(y), {x})[0];
    for (const float v : first.value().values()) CHECK(std::isfinite(v));
    for (const float v : y.value().values()) CHECK(std::isfinite(v));
    const F g = grad(sum(y), {x}, {.create_graph = true})[0];
    if (!g.requires_grad()) return;
    const auto second = grad(sum(g), {x})[0];
    for (const float v : second.value().values()) CHECK(std::isfinite(v));
  };
  both(tanh(x));
  both(sigmoid(x));
  both(softplus(x));
  both(elu(x));
  both(gelu(x));
  both(erf(x));
  CHECK(grad(sum(softplus(x)), {x})[0].value()(3) == 1.0F);
}

TEMPLATE_TEST_CASE("the orders of gelu are finite however large x is", "", float, double) {
  using V = Var<TestType>;
  const TestType huge = sizeof(TestType) == 4 ? TestType(1e20) : TestType(1e160);  // its square overflows
  const V x = V::variable(Tensor<TestType>({4}, {-huge, -45, 45, huge}));
  const V first = grad(sum(gelu(x)), {x}, {.create_graph = true})[0];
  CHECK(first.value() == Tensor<TestType>({4}, {0, first.value()(1), 1, 1}));
  const V second = grad(sum(first), {x}, {.create_graph = true})[0];
  const V third = grad(sum(second), {x})[0];
  for (const V& g : {second, third})
    for (const TestType v : g.value().values()) CHECK(std::abs(v) < TestType(1e-30));
}

TEST_CASE("gradients where an input is NaN are those that the headers say") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const F x = F::variable(Tensor<float>({3}, {-1, nan, 1}));
  CHECK(grad(sum(relu(x)), {x})[0].value() == Tensor<float>({3}, {0, 1, 1}));
  CHECK(grad(sum(leaky_relu(x, 0.25F)), {x})[0].value() == Tensor<float>({3}, {0.25F, 0.25F, 1}));
  CHECK(grad(sum(clamp(x, -2.0F, 0.5F)), {x})[0].value() == Tensor<float>({3}, {1, 0, 0}));
}

TEST_CASE("tensors without elements, and sentences") {
  const F x = F::variable(Tensor<float>({0, 4}));
  for (const auto& f : functions<float>()) CHECK(f.f(x).shape() == Shape{0, 4});
  CHECK(maximum(x, x).shape() == Shape{0, 4});
  CHECK_THROWS_WITH(clamp(x, 2.0F, 1.0F), Contains("low is 2") && Contains("high is 1"));
  CHECK_THROWS_WITH(elu(x, -1.0F), Contains("alpha is -1"));
  CHECK_THROWS_WITH(maximum(x, F(Tensor<float>({3}, 1.0F))),
                    Contains("[maximum]") && Contains("(0,4)") && Contains("(3)"));
}
