#include "ganvas/gan/path_length.hpp"

#include <cmath>

#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/models/style.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// G(w) = A w as images (N,2,3,1), w = 2 z: J^T y = A^T y, whatever w is.
struct Linear {
  Var<double> a = Var<double>::variable(Tensor<double>(Shape{2, 6}, {1, 2, 0, -1, 3, 1, 0, 1, -2, 1, 1, 4}));
  [[nodiscard]] Var<double> styles_training(const Var<double>& z) const {
    return Var<double>::variable((z * 2.0).value());
  }
  [[nodiscard]] Var<double> synthesis_training(const Var<double>& w) const {
    return reshape(matmul(w, a), Shape{w.size(0), 2, 3, 1});
  }
};

}  // namespace

TEST_CASE("path length: the length is that of J^T y by the root of the pixels, and the average follows it") {
  Linear g;
  PathLength path{.weight = 3, .decay = 0.25, .every = 1, .shrink = 1};
  Random rng{1};
  const Tensor<double> z = rng.normal<double>({4, 2});
  double average = 0;
  for (index_t step = 1; step <= 3; ++step) {
    Random same = rng;
    const Tensor<double> y = same.normal<double>({4, 2, 3, 1});
    std::vector<double> lengths;
    for (index_t n = 0; n < 4; ++n) {
      double u[2] = {0, 0};
      for (index_t i = 0; i < 2; ++i)
        for (index_t p = 0; p < 6; ++p) u[i] += g.a.value()(i, p) * y(n, p / 3, p % 3, index_t{0});
      lengths.push_back(std::hypot(u[0], u[1]) / std::sqrt(6.0));
    }
    double mean_length = 0, expected = 0;
    for (const double l : lengths) mean_length += l / 4;
    average += 0.25 * (mean_length - average);
    for (const double l : lengths) expected += 3 * (l - average) * (l - average) / 4;
    CHECK(path.generator_term(g, z, step, rng).item() == Approx(expected));
    CHECK(path.average.item() == Approx(average));
  }
}

TEST_CASE("path length: its turn comes in the steps 1, 1 + every, ..., where it counts every times") {
  Linear g;
  Random rng{2};
  const Tensor<double> z = rng.normal<double>({4, 2});
  PathLength lazy{}, never{.every = 0};
  for (index_t step = 1; step <= 9; ++step) {
    CHECK(lazy.generator_term(g, z, step, rng).defined() == (step % 4 == 1));
    CHECK_FALSE(never.generator_term(g, z, step, rng).defined());
  }
  PathLength one{.every = 1}, four{.every = 4};
  Random a{3}, b{3};
  CHECK(four.generator_term(g, z, 1, a).item() == Approx(4 * one.generator_term(g, z, 1, b).item()));
}

TEST_CASE("path length: its state is saved and restored by its list") {
  Linear g;
  Random rng{4};
  const Tensor<double> z = rng.normal<double>({4, 2});
  PathLength path{}, other{};
  static_cast<void>(path.generator_term(g, z, 1, rng));
  CHECK(path.average.item() > 0);
  nn::load_state_dict(other, nn::state_dict(path));
  CHECK(other.average == path.average);
}

TEST_CASE("path length through StyleGAN2, by a wrapped generator, its gradients are those of differences",
          "[gradients]") {
  Random rng{5};
  auto g = Generator{models::style_generator<double>(
      {.latent = 3, .style = 3, .image = {8, 8, 2}, .channels = {3, 3}, .mapping_lr_mul = 1}, rng)};
  const Tensor<double> z = rng.normal<double>({4, 3});
  const Random::State start = rng.state();
  const auto value = [&] {
    nn::for_each_random(g, [](const std::string&, Random& r) { r.restore({17, 3, 5}); });
    rng.restore(start);
    PathLength path{.decay = 1e-9};  // a is a constant of the gradient, so it must not move with the differences
    return path.generator_term(g, z, 1, rng);
  };
  const auto parameters = g.parameters();
  const auto gradients = grad(value(), parameters);
  for (std::size_t p = 0; p < parameters.size(); ++p)
    for (index_t i = 0; i < std::min<index_t>(parameters[p].numel(), 3); ++i) {
      const double h = 1e-5;
      auto v = parameters[p];
      const auto moved = [&](double by) {
        v.update([&](Tensor<double>& t) { t.mutable_data()[i] += by; });
        const double result = value().item();
        v.update([&](Tensor<double>& t) { t.mutable_data()[i] -= by; });
        return result;
      };
      INFO("parameter " << p << " of shape " << v.shape());
      CHECK(gradients[p].value().data()[i] == Approx((moved(h) - moved(-h)) / (2 * h)).epsilon(1e-5).margin(1e-6));
    }
}

TEST_CASE("path length: labels go with the rows of z that are used; what does not fit is refused") {
  Random rng{6};
  auto g = models::style_generator<double>({.latent = 3, .style = 3, .image = {4, 4, 1}, .channels = {3}, .classes = 2},
                                           rng);
  PathLength path{};
  const Tensor<double> z = rng.normal<double>({4, 3});
  CHECK(path.generator_term(g, z, 1, rng, {0, 1, 1, 0}).item() > 0);
  CHECK_THROWS_WITH(path.generator_term(g, z, 1, rng), Contains("2 classes"));
  Linear linear;
  CHECK_THROWS_WITH(path.generator_term(linear, rng.normal<double>({4, 2}), 1, rng, {0, 0, 0, 0}),
                    Contains("takes none"));
  CHECK_THROWS_AS(path.generator_term(linear, Tensor<double>(Shape{0, 2}), 1, rng), ShapeError);
  PathLength wrong{.decay = 0};
  CHECK_THROWS_AS(wrong.generator_term(linear, rng.normal<double>({4, 2}), 1, rng), ValueError);
}
