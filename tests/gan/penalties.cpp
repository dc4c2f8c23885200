#include "ganvas/gan/penalties.hpp"

#include <cmath>

#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/models/mlp.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// D(x) = 1/2 x^T A x + b x for points x (N,2): its gradient is A x + b.
struct Quadratic {
  Var<double> a = Var<double>::variable(Tensor<double>(Shape{2, 2}, {2, 1, 1, 3}));
  Var<double> b = Var<double>::variable(Tensor<double>(Shape{1, 2}, {0.5, -1}));
  [[nodiscard]] Var<double> training(const Var<double>& x) const {
    return sum(matmul(x, a) * x * 0.5 + b * x, {1}, true);
  }
};

const Tensor<double> data(Shape{3, 2}, {1, 0, 0, 1, -1, 2});
const Tensor<double> samples(Shape{3, 2}, {0.5, 0.5, 2, -1, 0, 0});

PenaltyInput<double> input_for(Quadratic& d) {
  const auto x = Var<double>::variable(data), fake = Var<double>::variable(samples);
  return {x, d.training(x), fake, d.training(fake)};
}

double norm_of_gradient(double x, double y) { return std::hypot(2 * x + y + 0.5, x + 3 * y - 1); }

/// The derivative of the penalty by each parameter against central differences of its value.
template <class Parameters, class Value>
void check_by_differences(const Parameters& parameters, const Value& value) {
  const auto gradients = grad(value(), parameters);
  for (std::size_t p = 0; p < parameters.size(); ++p)
    for (index_t i = 0; i < std::min<index_t>(parameters[p].numel(), 6); ++i) {
      const double h = 1e-5;
      auto v = parameters[p];
      const auto moved = [&](double by) {
        v.update([&](Tensor<double>& t) { t.mutable_data()[i] += by; });
        const double result = value().item();
        v.update([&](Tensor<double>& t) { t.mutable_data()[i] -= by; });
        return result;
      };
      CHECK(gradients[p].value().data()[i] == Approx((moved(h) - moved(-h)) / (2 * h)).epsilon(1e-6).margin(1e-8));
    }
}

}  // namespace

TEST_CASE("R1 is gamma / 2 times the mean squared norm of the gradient on data") {
  Quadratic d;
  Random rng{1};
  const double expected = (std::pow(norm_of_gradient(1, 0), 2) + std::pow(norm_of_gradient(0, 1), 2) +
                           std::pow(norm_of_gradient(-1, 2), 2)) /
                          3;
  CHECK(R1{.gamma = 4}(d, input_for(d), rng).item() == Approx(2 * expected));
  CHECK(R1{.gamma = 4, .every = 8}(d, input_for(d), rng).item() == Approx(16 * expected));  // lazy: weighs 8 times
}

TEST_CASE(
    "the gradient penalty is lambda times the mean squared distance of the norm from 1, between data and samples") {
  Quadratic d;
  const Tensor<double> epsilon(Shape{3, 1}, {0.25, 0.5, 1});
  double expected = 0;
  for (index_t i = 0; i < 3; ++i) {
    const double e = epsilon(i, 0);
    const double n =
        norm_of_gradient(e * data(i, 0) + (1 - e) * samples(i, 0), e * data(i, 1) + (1 - e) * samples(i, 1));
    expected += 10 * (n - 1) * (n - 1) / 3;
  }
  CHECK(GradientPenalty{}.at(d, input_for(d), epsilon).item() == Approx(expected));
  CHECK(GradientPenalty{.every = 4}.at(d, input_for(d), epsilon).item() == Approx(4 * expected));  // lazy
}

TEST_CASE("R2 is R1 on samples, R1R2 is both") {
  Quadratic d;
  Random rng{1};
  const double on_samples = (std::pow(norm_of_gradient(0.5, 0.5), 2) + std::pow(norm_of_gradient(2, -1), 2) +
                             std::pow(norm_of_gradient(0, 0), 2)) /
                            3;
  CHECK(R2{.gamma = 4}(d, input_for(d), rng).item() == Approx(2 * on_samples));
  CHECK(R2{.gamma = 4, .every = 8}(d, input_for(d), rng).item() == Approx(16 * on_samples));
  CHECK(R1R2{.gamma = 3, .every = 2}(d, input_for(d), rng).item() ==
        Approx((R1{.gamma = 3, .every = 2}(d, input_for(d), rng).item() +
                R2{.gamma = 3, .every = 2}(d, input_for(d), rng).item())));
}

TEST_CASE("DRAGAN's penalty looks around the data, never at samples") {
  Quadratic d;
  const Tensor<double> alpha(Shape{3, 1}, {0.25, 0.5, 1}), u(Shape{3, 2}, {0.1, 0.9, 0.4, 0.2, 0.7, 0.6});
  double mean = 0, square = 0;
  for (const double v : data.values()) {
    mean += v / 6;
    square += v * v / 6;
  }
  const double spread = std::sqrt(square - mean * mean);
  double expected = 0;
  for (index_t i = 0; i < 3; ++i) {
    const double far = alpha(i, 0) * 0.5 * spread;
    const double n = norm_of_gradient(data(i, 0) + far * u(i, 0), data(i, 1) + far * u(i, 1));
    expected += 10 * (n - 1) * (n - 1) / 3;
  }
  CHECK(Dragan{}.at(d, input_for(d), alpha, u).item() == Approx(expected));
  auto in = input_for(d);
  in.fake = Var<double>();  // it would fail at the first use
  Random rng{2};
  CHECK(Dragan{}(d, in, rng).item() > 0);
}

TEST_CASE("a penalty asks for D as the game does") {
  Quadratic d;
  auto in = input_for(d);
  int asked = 0;
  in.score = [&](const Var<double>& x) {
    ++asked;
    return d.training(x) * 2.0;
  };
  const Tensor<double> epsilon(Shape{3, 1}, {1, 1, 1});
  double expected = 0;
  for (index_t i = 0; i < 3; ++i) {
    const double n = 2 * norm_of_gradient(data(i, 0), data(i, 1));
    expected += 10 * (n - 1) * (n - 1) / 3;
  }
  CHECK(GradientPenalty{}.at(d, in, epsilon).item() == Approx(expected));
  CHECK(asked == 1);
}

TEST_CASE("every sample gets its own epsilon") {
  // With D(x) = |x|^2 / 2 the gradient is x_hat itself; data 1 and samples 0 make x_hat = epsilon.
  struct Square {
    [[nodiscard]] Var<double> training(const Var<double>& x) const { return square(x) * 0.5; }
  } d;
  const index_t n = 4000;
  const auto x = Var<double>::variable(Tensor<double>(Shape{n, 1}, 1.0));
  Random rng{3};
  const double value =
      GradientPenalty{.lambda = 1}(d, PenaltyInput<double>{x, d.training(x), Tensor<double>(Shape{n, 1}, 0.0)}, rng)
          .item();
  CHECK(value == Approx(1.0 / 3).epsilon(0.05));  // E (epsilon - 1)^2; one epsilon for all would hit this by luck only
}

TEST_CASE("penalties have the second-order gradients that differences have", "[gradients]") {
  Quadratic d;
  Random rng{1};
  check_by_differences(std::vector{d.a, d.b}, [&] { return R1{}(d, input_for(d), rng); });
  const Tensor<double> epsilon(Shape{3, 1}, {0.25, 0.5, 0.8});
  check_by_differences(std::vector{d.a, d.b}, [&] { return GradientPenalty{}.at(d, input_for(d), epsilon); });
  check_by_differences(std::vector{d.a, d.b}, [&] { return R1R2{}(d, input_for(d), rng); });
  const Tensor<double> u(Shape{3, 2}, {0.1, 0.9, 0.4, 0.2, 0.7, 0.6});
  check_by_differences(std::vector{d.a, d.b}, [&] { return Dragan{}.at(d, input_for(d), epsilon, u); });
}

TEST_CASE("and so they have through a convolutional discriminator", "[gradients]") {
  Random rng{2};
  auto d = Discriminator{
      models::dcgan_discriminator<double>({.image = {8, 8, 1}, .channels = {3, 4}, .batch_norm = false}, rng)};
  for (auto& p : d.parameters()) {  // larger weights than DCGAN's, so that the penalty is not tiny
    auto v = p;
    v.set_value(rng.normal<double>(p.shape(), 0.0, 0.3));
  }
  const auto x = rng.normal<double>({2, 8, 8, 1}), fake = rng.normal<double>({2, 8, 8, 1});
  const auto epsilon = rng.uniform<double>({2, 1, 1, 1});
  const auto input = [&] {
    const auto v = Var<double>::variable(x);
    return PenaltyInput<double>{v, d.training(v), fake};
  };
  check_by_differences(d.parameters(), [&] { return R1{}(d, input(), rng); });
  check_by_differences(d.parameters(), [&] { return GradientPenalty{}.at(d, input(), epsilon); });
}

TEST_CASE("data and samples of different shapes cannot be mixed") {
  Quadratic d;
  Random rng{1};
  auto in = input_for(d);
  in.fake = Tensor<double>(Shape{2, 2}, 0.0);
  CHECK_THROWS_WITH(GradientPenalty{}(d, in, rng), Contains("(3,2)") && Contains("(2,2)"));
}
