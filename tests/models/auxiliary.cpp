#include "ganvas/models/auxiliary.hpp"

#include <string>
#include <vector>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/losses.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("a second head sees the same features") {
  Random rng{1};
  auto d = models::auxiliary_discriminator<double>({.image = {8, 8, 1}, .channels = {4, 6}, .outputs = 3}, rng);
  const Var<double> x(rng.normal<double>({5, 8, 8, 1}));
  const auto verdict = d.training(x);
  CHECK(verdict.score.shape() == Shape{5, 1});
  CHECK(verdict.classes.shape() == Shape{5, 3});
  CHECK(verdict.features.shape() == Shape{5, 2, 2, 6});
  CHECK(d.body.logit(verdict.features).value() == verdict.score.value());
  const auto loss = mean(verdict.score) + cross_entropy(verdict.classes, {0, 1, 2, 0, 1});
  for (const auto& gradient : grad(loss, nn::parameters(d))) CHECK((array(gradient.value()) != 0).any());
}

TEST_CASE("its first part is DCGAN's discriminator, number for number") {
  Random one{1}, two{1};
  const models::AuxiliaryDiscriminator<float> d =
      models::auxiliary_discriminator({.image = {8, 8, 1}, .channels = {4, 6}, .outputs = 2, .hidden = 7}, one);
  const auto plain = models::dcgan_discriminator({.image = {8, 8, 1}, .channels = {4, 6}}, two);
  const Var<float> x(Random(3).normal<float>({2, 8, 8, 1}));
  CHECK(d(x).score.value() == plain(x).value());
  std::vector<std::string> names;
  for (const auto& entry : nn::state_dict(d)) names.push_back(entry.name);
  const auto plain_state = nn::state_dict(plain);
  for (std::size_t i = 0; i < plain_state.size(); ++i) CHECK(names.at(i) == plain_state[i].name);
  CHECK(names.at(plain_state.size()) == "auxiliary.hidden.linear.weight");
  CHECK(names.back() == "auxiliary.to_logits.bias");
}

TEST_CASE("the head gives logits, not probabilities") {  // a softmax here and one in the loss would be two
  Random rng{1};
  auto d = models::auxiliary_discriminator<double>({.image = {8, 8, 1}, .channels = {4}, .outputs = 3}, rng);
  auto& head = d.auxiliary->to_logits;
  head.weight.set_value(Tensor<double>::zeros(head.weight.shape()));
  head.bias.set_value(Tensor<double>({3}, {-5, 0, 20}));
  const auto classes = std::as_const(d)(Var<double>(rng.normal<double>({1, 8, 8, 1}))).classes.value();
  CHECK(classes == Tensor<double>({1, 3}, {-5, 0, 20}));
}

TEST_CASE("without a second head there are score and features alone") {
  Random rng{1};
  const models::AuxiliaryDiscriminator<float> d =
      models::auxiliary_discriminator({.image = {8, 8, 1}, .channels = {4, 6}}, rng);
  const auto verdict = d(Var<float>(rng.normal<float>({2, 8, 8, 1})));
  CHECK_FALSE(verdict.classes.defined());
  CHECK(verdict.features.shape() == Shape{2, 2, 2, 6});
  CHECK_THROWS_WITH(models::auxiliary_discriminator({.hidden = 4}, rng), Contains("outputs is 0"));
  CHECK_THROWS_AS(models::auxiliary_discriminator({.outputs = -1}, rng), ValueError);
  CHECK_THROWS_AS(models::auxiliary_discriminator({.outputs = 3, .hidden = -1}, rng), ValueError);
}

TEST_CASE("in evaluation batch norm in a discriminator uses the running statistics") {
  Random rng{1};
  auto d =
      models::auxiliary_discriminator<double>({.image = {8, 8, 1}, .channels = {4, 6}, .outputs = 2, .hidden = 5}, rng);
  const auto x = rng.normal<double>({6, 8, 8, 1});
  static_cast<void>(d.training(Var<double>(x)));
  const auto all = std::as_const(d)(Var<double>(x));
  const auto one = std::as_const(d)(Var<double>(x.rows(2, 3)));  // a sample alone is judged as among others
  CHECK(all.score.value()(2, 0) == Approx(one.score.item()).epsilon(1e-12));
  CHECK(all.classes.value()(2, 1) == Approx(one.classes.value()(0, 1)).epsilon(1e-12));
  CHECK_FALSE(all.score.value() == d.training(Var<double>(x)).score.value());
}

TEST_CASE("every batch norm of these networks has eps 1e-5") {  // BatchNorm2d(c, 0.8) sets eps elsewhere
  Random rng{1};
  const auto d = models::auxiliary_discriminator({.outputs = 2, .hidden = 5}, rng);
  int norms = 0;
  nn::for_each_module(d, [&]<class M>(const std::string&, const M& m) {
    if constexpr (std::is_same_v<M, nn::BatchNorm2d<float>>) {
      CHECK(m.options.eps == 1e-5);
      CHECK(m.options.momentum == 0.1);
      ++norms;
    }
  });
  CHECK(norms == 2);
}
