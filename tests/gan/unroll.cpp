#include "ganvas/gan/unroll.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "ganvas/gan/any.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/parts.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/sgd.hpp"

#include "support/catch.hpp"
#include "support/players.hpp"

using namespace ganvas;

namespace {

/// A game in which D has made two steps, so that Adam remembers something. G's rate is 1: its step is its gradient.
template <class Rule, class Loss = loss::NonSaturating>
struct Ahead {
  Players p;
  AdversarialTrainer<Generator<models::Mlp<double>>, Discriminator<models::Mlp<double>>, Loss, optim::SGD, Rule,
                     NoPenalty, Unrolled>
      trainer;
  Tensor<double> z;

  Ahead(const Rule& rule, index_t k, const Loss& loss = {})
      : trainer(p.g, p.d, loss, Optimizers<optim::SGD, Rule>{{.lr = 1}, rule}, NoPenalty{}, TrainerOptions{},
                Unrolled{k}),
        z(p.g.noise(16, p.rng)) {
    for (int i = 0; i < 2; ++i) trainer.update_discriminator(p.x, p.g.noise(16, p.rng));
  }
};

/// The largest error of G's gradient against differences of L_G(D after k steps), in parts of the gradient's largest
/// number; and how far it is from the gradient that looks nowhere.
struct Errors {
  double against_differences = 0, from_k_0 = 0;
};
template <class Rule, class Loss = loss::NonSaturating>
Errors errors(const Rule& rule, index_t k, const Loss& loss = {}) {
  Ahead<Rule, Loss> game(rule, k, loss), near_sighted(rule, 0, loss);
  std::vector<Tensor<double>> start;
  for (const auto& w : game.p.g.parameters()) start.push_back(w.value());
  game.trainer.update_generator(game.p.x, game.z);
  near_sighted.trainer.update_generator(near_sighted.p.x, near_sighted.z);

  const auto loss_with = [&](std::size_t parameter, index_t element, double by) {
    Ahead<Rule, Loss> moved(rule, k, loss);  // the same until here
    moved.p.g.parameters()[parameter].update([&](Tensor<double>& w) { w.mutable_data()[element] += by; });
    moved.trainer.update_generator(moved.p.x, moved.z);
    return moved.trainer.report().loss_g;
  };
  double error = 0, difference = 0, largest = 0;
  constexpr double h = 1e-5;
  for (std::size_t i = 0; i < start.size(); ++i)
    for (index_t e = 0; e < start[i].numel(); e += 3) {
      const double gradient = start[i].data()[e] - game.p.g.parameters()[i].value().data()[e];
      const double short_sighted = start[i].data()[e] - near_sighted.p.g.parameters()[i].value().data()[e];
      error = std::max(error, std::abs(gradient - (loss_with(i, e, h) - loss_with(i, e, -h)) / (2 * h)));
      difference = std::max(difference, std::abs(gradient - short_sighted));
      largest = std::max(largest, std::abs(gradient));
    }
  return {error / largest, difference / largest};
}

}  // namespace

TEST_CASE("G's gradient through D's steps ahead is what differences say", "[gradients]") {
  for (const index_t k : {1, 2, 5}) {
    INFO(k << " steps");
    const Errors sgd = errors(optim::SGD{.lr = 0.5}, k);
    CHECK(sgd.against_differences < 1e-7);
    CHECK(sgd.from_k_0 > 1e-2);
    const Errors adam = errors(optim::Adam{.lr = 0.02, .beta1 = 0.5}, k);
    CHECK(adam.against_differences < 1e-7);
    CHECK(adam.from_k_0 > 1e-2);
  }
}

TEMPLATE_TEST_CASE("where L_G looks at data, its gradient goes through D(x) after the steps, too", "[gradients]",
                   loss::RelativisticPaired, loss::RelativisticAverage, loss::Minimax, loss::Wasserstein) {
  for (const index_t k : {1, 3}) {
    INFO(k << " steps");
    const Errors plain = errors(optim::Adam{.lr = 0.02, .beta1 = 0.5}, k, TestType{});
    CHECK(plain.against_differences < 1e-7);
    CHECK(plain.from_k_0 > 1e-2);
    const Errors any = errors(optim::Adam{.lr = 0.02, .beta1 = 0.5}, k, loss::Any(TestType{}));
    CHECK(any.against_differences < 1e-7);
  }
}

TEST_CASE("the unrolled value of a zero-sum game is all of f, Metz et al. 2017, eq. 9: -L_D of D after the steps") {
  Ahead game(optim::SGD{.lr = 0.5}, 3, loss::Minimax{});
  Ahead played(optim::SGD{.lr = 0.5}, 0, loss::Minimax{});
  game.trainer.update_generator(game.p.x, game.z);
  for (int i = 0; i < 4; ++i) played.trainer.update_discriminator(played.p.x, played.z);
  CHECK(game.trainer.report().loss_g == Approx(-played.trainer.report().loss_d).epsilon(1e-12));
}

TEST_CASE("the steps ahead are those that D would make") {
  const auto compare = [](const auto& rule) {
    Ahead ahead(rule, 5), real(rule, 0);
    ahead.trainer.update_generator(ahead.p.x, ahead.z);
    for (int i = 0; i < 5; ++i) real.trainer.update_discriminator(real.p.x, real.z);
    real.trainer.update_generator(real.p.x, real.z);
    CHECK(ahead.trainer.report().loss_g == Approx(real.trainer.report().loss_g).epsilon(1e-12));
  };
  compare(optim::SGD{.lr = 0.5});
  compare(optim::Adam{.lr = 0.02, .beta1 = 0.5});
}

TEST_CASE("looking ahead leaves D and its optimiser where they are") {
  Ahead game(optim::Adam{.lr = 0.02, .beta1 = 0.5}, 3);
  std::vector<Tensor<double>> before;
  for (const auto& w : game.p.d.parameters()) before.push_back(w.value());
  const auto state = game.trainer.discriminator_optimizer().state();
  game.trainer.update_generator(game.p.x, game.z);
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(game.p.d.parameters()[i].value() == before[i]);
  const auto after = game.trainer.discriminator_optimizer().state();
  REQUIRE(after.tensors.size() == state.tensors.size());
  for (std::size_t i = 0; i < state.tensors.size(); ++i) CHECK(after.tensors[i].value == state.tensors[i].value);
  CHECK(game.trainer.discriminator_optimizer().steps() == 2);
}
