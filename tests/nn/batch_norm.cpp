// BatchNorm2d: batch statistics in training, running ones in evaluation, and how these move.
#include "ganvas/nn/batch_norm.hpp"

#include <cmath>

#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

struct Moments {
  double mean, var;
};
/// Mean and biased variance of channel c of x (..., channels).
Moments moments(const Tensor<double>& x, index_t c, index_t channels) {
  const auto n = static_cast<double>(x.numel() / channels);
  double mean = 0, var = 0;
  for (index_t i = c; i < x.numel(); i += channels) mean += x.data()[i] / n;
  for (index_t i = c; i < x.numel(); i += channels) var += std::pow(x.data()[i] - mean, 2) / n;
  return {mean, var};
}

}  // namespace

TEST_CASE("training normalises by the batch and moves the running statistics") {
  nn::BatchNorm2d<double> norm({.channels = 3, .momentum = 0.25});
  norm.weight.set_value(Tensor<double>({3}, {1, 2, -1}));
  norm.bias.set_value(Tensor<double>({3}, {0, 1, 2}));
  norm.running_mean = Tensor<double>({3}, {1, 2, 3});
  const Tensor<double> x = normal({4, 5, 2, 3}).value();
  const Tensor<double> y = norm.training(Var<double>(x)).value();
  const double n = 40;
  for (index_t c = 0; c < 3; ++c) {
    const Moments m = moments(x, c, 3);
    for (index_t i = c; i < x.numel(); i += 3) {
      const double xhat = (x.data()[i] - m.mean) / std::sqrt(m.var + 1e-5);
      REQUIRE(y.data()[i] == Approx(xhat * norm.weight.value()(c) + norm.bias.value()(c)).margin(1e-10));
    }
    CHECK(norm.running_mean(c) == Approx(0.75 * (static_cast<double>(c) + 1) + 0.25 * m.mean).margin(1e-12));
    CHECK(norm.running_var(c) == Approx(0.75 + 0.25 * m.var * n / (n - 1)).margin(1e-12));  // unbiased
  }
  CHECK(norm.num_batches_tracked == 1);
}

TEST_CASE("evaluation uses the running statistics and changes nothing") {
  nn::BatchNorm2d<double> norm({.channels = 2});
  norm.running_mean = Tensor<double>({2}, {1, -1});
  norm.running_var = Tensor<double>({2}, {4, 0.25});
  const nn::BatchNorm2d<double> before = norm;
  const Var<double> x(Tensor<double>({1, 2}, {3, 0}));
  const Tensor<double> y = norm(x).value();
  CHECK(y(0, 0) == Approx(2 / std::sqrt(4 + 1e-5)));
  CHECK(y(0, 1) == Approx(1 / std::sqrt(0.25 + 1e-5)));
  CHECK(norm.running_mean == before.running_mean);
  CHECK(norm.num_batches_tracked == 0);
}

TEST_CASE("copies have running statistics of their own") {
  nn::BatchNorm2d<double> a({.channels = 2});
  nn::BatchNorm2d<double> b = a;
  static_cast<void>(b.training(normal({4, 2})));
  CHECK(a.running_mean == Tensor<double>::zeros({2}));
  CHECK_FALSE(b.running_mean == a.running_mean);
}

TEST_CASE("one value a channel has no variance: a sentence, and nothing moves") {
  nn::BatchNorm2d<double> norm({.channels = 2});
  CHECK_THAT(sentence<ShapeError>([&] {
               static_cast<void>(norm.training(normal({1, 1, 1, 2})));
             }),
             Contains("[batch_norm2d] training needs more than one value a channel") && Contains("(1,1,1,2)"));
  CHECK(norm.num_batches_tracked == 0);
  CHECK(norm.running_var == Tensor<double>::ones({2}));
  CHECK_THAT(sentence<ShapeError>([&] {
               static_cast<void>(norm.training(normal({4, 4, 4, 3})));
             }),
             Contains("(4,4,4,3)"));
  CHECK(norm.num_batches_tracked == 0);
  CHECK_THAT(sentence<ShapeError>([&] { static_cast<void>(norm(normal({4, 3}))); }), Contains("(4,3)"));
}

TEST_CASE("its state has PyTorch's names, in PyTorch's order") {
  nn::BatchNorm2d<double> norm({.channels = 2});
  norm.num_batches_tracked = 17;
  const auto dict = nn::state_dict(norm);
  std::vector<std::string> names;
  for (const auto& e : dict) names.push_back(e.name);
  CHECK(names == std::vector<std::string>{"weight", "bias", "running_mean", "running_var", "num_batches_tracked"});
  CHECK(dict[4].counter);
  CHECK(dict[4].value.item() == 17.0);
  CHECK(norm.weight.role() == nn::Role::gain);
  CHECK(norm.bias.role() == nn::Role::shift);
}

TEST_CASE("gradients of both passes match differences") {
  const nn::BatchNorm2d<double> norm({.channels = 3});
  const auto x = normal({2, 2, 2, 3}).value();
  const auto trained = check_training(norm, x);
  INFO(trained.text);
  CHECK(trained.ok);
  const auto evaluated = check_evaluation(norm, x);
  INFO(evaluated.text);
  CHECK(evaluated.ok);
}
