#include "ganvas/nn/conditional_batch_norm.hpp"

#include <string>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using Labels = std::vector<index_t>;

namespace {

nn::ConditionalBatchNorm2d<double> drawn() {
  nn::ConditionalBatchNorm2d<double> norm({.channels = 3, .classes = 4});
  norm.gammas.weight.set_value(normal({4, 3}, 1).value());
  norm.betas.weight.set_value(normal({4, 3}, 2).value());
  return norm;
}

}  // namespace

TEST_CASE("at birth it is batch norm") {
  nn::ConditionalBatchNorm2d<double> norm({.channels = 3, .classes = 4});
  nn::BatchNorm2d<double> plain({.channels = 3});
  CHECK(norm.options.eps == 1e-5);  // not 0.8, which a positional argument has made of it elsewhere
  const Var<double> x = normal({4, 2, 3, 3});
  const Labels y{3, 0, 0, 1};
  CHECK(distance(norm.training(x, y).value(), plain.training(x).value()) < 1e-14);
  CHECK(norm.running_mean == plain.running_mean);
  CHECK(norm.running_var == plain.running_var);
  CHECK(norm.num_batches_tracked == 1);
  CHECK(distance(std::as_const(norm)(x, y, 0.0).value(), std::as_const(plain)(x, 0.0).value()) < 1e-14);
}

TEST_CASE("one class alone is batch norm with its gain and shift") {
  auto norm = drawn();
  nn::BatchNorm2d<double> plain({.channels = 3});
  plain.weight.set_value(norm.gammas.weight.value().rows(2, 3).reshape({3}));
  plain.bias.set_value(norm.betas.weight.value().rows(2, 3).reshape({3}));
  const Var<double> x = normal({5, 3});
  CHECK(distance(norm.training(x, Labels(5, 2), 0.2).value(), plain.training(x, 0.2).value()) < 1e-14);
}

TEST_CASE("each sample gets the gain and shift of its own class") {
  const auto norm = drawn();
  const Var<double> x = normal({3, 2, 2, 3});
  const auto all = norm(x, {1, 3, 1}).value();
  for (index_t i = 0; i < 3; ++i) {
    const auto one = norm(Var<double>(x.value().rows(i, i + 1)), {i == 1 ? 3 : 1}).value();
    CHECK(one == all.rows(i, i + 1));  // evaluation: a sample by itself
  }
}

TEST_CASE("gradients of both passes match differences, to the second order") {
  const auto norm = drawn();
  const Labels y{2, 0, 2};
  const auto x = normal({3, 2, 1, 3}).value();
  for (const double slope : {1.0, 0.2}) {
    const auto trained = check_module(norm, x, [&](auto& m, const auto& v) { return m.training(v, y, slope); });
    INFO(trained.text);
    CHECK(trained.ok);
  }
  const auto evaluated = check_module(norm, x, [&](const auto& m, const auto& v) { return m(v, y); });
  INFO(evaluated.text);
  CHECK(evaluated.ok);
  const auto second = check::second_gradients(
      [&](const auto& v) {
        auto copy = norm;
        static_cast<Var<double>&>(copy.gammas.weight) = v[1];
        return copy.training(v[0], y);
      },
      {x, norm.gammas.weight.value()});
  INFO(second.text);
  CHECK(second.ok);
}

TEST_CASE("initialisers know its gains and shifts") {
  auto norm = drawn();
  Random rng{1};
  nn::init::apply(norm, nn::init::dcgan, rng);
  for (const double v : norm.gammas.weight.value().values()) CHECK(std::abs(v - 1) < 0.1);
  CHECK(norm.betas.weight.value() == Tensor<double>::zeros({4, 3}));
  std::vector<std::string> names;
  for (const auto& entry : nn::state_dict(norm)) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{"gammas.weight", "betas.weight", "running_mean", "running_var",
                                          "num_batches_tracked"});
}

TEST_CASE("labels and shapes that do not fit get a sentence, and nothing moves") {
  auto norm = drawn();
  const Var<double> x = normal({3, 2, 2, 3});
  CHECK_THROWS_WITH(norm.training(x, {0, 1}), Contains("2 labels") && Contains("3 samples"));
  CHECK_THROWS_WITH(norm.training(x, {0, 1, 4}), Contains("a label 4") && Contains("0 to 3"));
  CHECK_THROWS_WITH(norm.training(normal({3, 4}), {0, 1, 2}), Contains("(3,4)"));
  CHECK_THROWS_WITH(norm.training(normal({1, 3}), {0}), Contains("more than one value"));
  CHECK(norm.num_batches_tracked == 0);
  CHECK_THROWS_WITH(nn::ConditionalBatchNorm2d<float>({.channels = 3}), Contains("classes must be positive"));
  CHECK_THROWS_AS(nn::ConditionalBatchNorm2d<float>({.channels = 0, .classes = 2}), ValueError);
}
