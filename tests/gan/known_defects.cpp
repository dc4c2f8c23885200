// Defects that GAN code is known to have had, each with a test that fails where it is. Those of the game are tested
// here, those of whole recipes in recipes/known_defects.cpp. What another test finds already is not tested again.
//
// - only the penalty is differentiated, and D never learns: here, golden/family.cpp "golden: penalties"
// - the penalty is reported, but never differentiated: here,
//     gan/penalties.cpp "penalties have the second-order gradients that differences have"
// - the penalty has an optimiser step of its own: here
// - the penalty is of the gradient by D's weights, not by its input: here,
//     gan/penalties.cpp "R1 is gamma / 2 times the mean squared norm of the gradient on data"
// - the norm of a gradient is over the channels alone: here
// - one epsilon for the whole batch: here, gan/penalties.cpp "every sample gets its own epsilon"
// - an epsilon, or a strength of DRAGAN's noise, for each pixel: here
// - DRAGAN's penalty looks at samples: gan/penalties.cpp "DRAGAN's penalty looks around the data, never at samples"
// - a relativistic G has the ordinary loss, or leaves data out: here,
//     gan/losses.cpp "relativistic losses are the formulas of their papers, data in the generator's too"
// - softmax in the head and in the cross entropy: here,
//     models/auxiliary.cpp "the head gives logits, not probabilities"
// - G's step takes the noise or the samples of D's step: here
// - both players move at once, by one optimiser: here,
//     gan/trainer.cpp "a step moves each player against the gradient of its own objective and nobody else",
//     "each player may have an optimiser of its own"
// - D moves twice a step, on data and on samples: here
// - G moves more often than the paper says: here, recipes/known_defects.cpp,
//     gan/trainer.cpp "the generator steps after every k-th discriminator step, and the callback sees each"
// - samples are rounded to bytes on their way to D: here
// - a penalty meets batch norm, which mixes samples:
//     gan/trainer.cpp "penalties on the gradient of D(x_i) refuse a discriminator that mixes samples"
// - a checkpoint is without the optimisers' memory:
//     gan/checkpoint.cpp "a training that goes on from a checkpoint ends with the same bits as one that never stopped",
//     recipes/game.cpp "every recipe goes on from a checkpoint with the same bits"
// - a checkpoint that does not fit is loaded in silence:
//     gan/checkpoint.cpp "a checkpoint of another training is refused, and nothing has changed",
//     "a file that is damaged anywhere is refused with a sentence, and the trainer is as it was"
// - samples are saved in a form that nobody can look at:
//     gan/image_run.cpp "a run on images leaves pictures, a table, samples, the generator and a report"
// - data in [0, 1] against samples in [-1, 1]: recipes/known_defects.cpp (samples),
//     data/mnist.cpp "images in [-1,1] and labels, from files of either name, packed or not",
//     data/pictures.cpp "cut, padded, stretched"
// - batch norm has eps 0.8: recipes/known_defects.cpp,
//     models/auxiliary.cpp "every batch norm of these networks has eps 1e-5"
// - batch norm uses the batch in evaluation: recipes/known_defects.cpp,
//     models/auxiliary.cpp "in evaluation batch norm in a discriminator uses the running statistics"
// - weights start from the layers' defaults: recipes/known_defects.cpp,
//     models/dcgan.cpp "weights are drawn as the paper says"
// - the loss, betas or rates of a recipe are not its paper's: recipes/known_defects.cpp

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/gan/any.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/parts.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/infogan.hpp"
#include "ganvas/models/mlp.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/sgd.hpp"

#include "support/catch.hpp"
#include "support/players.hpp"

using namespace ganvas;
using V = Var<double>;

namespace {

std::vector<Tensor<double>> values(const std::vector<V>& vars) {
  std::vector<Tensor<double>> v;
  for (const V& p : vars) v.push_back(p.value());
  return v;
}

/// Whether `now` is where one step of SGD leads from `before`.
bool moved_by(const std::vector<Tensor<double>>& before, const std::vector<V>& now, const std::vector<V>& gradients,
              double lr) {
  bool right = true;
  for (std::size_t i = 0; i < before.size(); ++i)
    for (index_t k = 0; k < before[i].numel(); ++k)
      right =
          right && now[i].value().data()[k] ==
                       Approx(before[i].data()[k] - lr * gradients[i].value().data()[k]).epsilon(1e-9).margin(1e-12);
  return right;
}

double size_of(const std::vector<V>& gradients) {
  double squares = 0;
  for (const V& g : gradients)
    for (const double v : g.value().values()) squares += v * v;
  return std::sqrt(squares);
}

/// D(x) = <w, x>: its gradient by x is w, by w it is x.
struct Weighted {
  V w;
  [[nodiscard]] V training(const V& x) const { return sum(x * w, {1, 2, 3}); }
};

/// D(x) = |x|^2, and where it was asked last.
struct Seeing {
  Tensor<double>* at;
  [[nodiscard]] V training(const V& x) const {
    *at = x.value();
    return sum(square(x), {1, 2, 3});
  }
};

/// Remembers what D was shown and what noise the steps had.
struct Shown {
  std::vector<Tensor<double>> d, z_of_d, z_of_g;
};
struct Watching {
  using value_type = double;
  models::Mlp<double> net;
  Shown* shown;
  [[nodiscard]] V training(const V& x) const {
    shown->d.push_back(x.value());
    return net(x);
  }
  [[nodiscard]] V operator()(const V& x) const { return net(x); }
  [[nodiscard]] std::vector<V> parameters() const { return nn::parameters(net); }
};
struct Noises {
  Shown* shown;
  [[nodiscard]] V discriminator_term(const Round<double>& r) const {
    shown->z_of_d.push_back(r.z);
    return {};
  }
  [[nodiscard]] V generator_term(const Round<double>& r) const {
    shown->z_of_g.push_back(r.z);
    return {};
  }
};

/// The two papers' objectives of G on scores (16,1), written out.
V relativistic(const loss::RelativisticPaired&, const V& d_x, const V& d_fake) { return mean(softplus(d_x - d_fake)); }
V relativistic(const loss::RelativisticAverage&, const V& d_x, const V& d_fake) {
  const V e_x = sum(d_x) * (1.0 / 16), e_fake = sum(d_fake) * (1.0 / 16);
  const V data_less_real = mean(softplus(d_x - e_fake)), samples_more_real = mean(softplus(e_x - d_fake));
  return (data_less_real + samples_more_real) * 0.5;
}

}  // namespace

TEMPLATE_TEST_CASE("D learns real from fake beside its penalty, and the penalty reaches it, both in one step", "",
                   GradientPenalty, Dragan, R1, R2, R1R2) {
  Players p;
  const double lr = 0.05;
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::SGD{.lr = lr}, TestType{}};
  const auto z = p.g.noise(16, p.rng);
  Random same = trainer.random();  // the penalty's draws
  const V x = V::variable(p.x), fake = V::variable(p.g(V(z)).value()), d_x = p.d(x), d_fake = p.d(fake);
  const V game = loss::NonSaturating{}.discriminator(d_x, d_fake);
  const V penalty = TestType{}(p.d, PenaltyInput<double>{x, d_x, fake, d_fake}, same);
  const auto both = grad(game + penalty, p.d.parameters());
  CHECK(size_of(grad(game, p.d.parameters())) > 1e-3);
  CHECK(size_of(grad(penalty, p.d.parameters())) > 1e-3);

  const auto before = values(p.d.parameters());
  trainer.update_discriminator(p.x, z);
  CHECK(moved_by(before, p.d.parameters(), both, lr));  // a second step would start elsewhere
  CHECK(trainer.discriminator_optimizer().steps() == 1);
  CHECK(trainer.report().loss_d == Approx(game.item()));  // the game's alone
  CHECK(trainer.report().penalty == Approx(penalty.item()));
}

TEST_CASE("a penalty's norm is over all numbers of a sample, of the gradient by the input") {
  Random rng{5};
  Weighted d{V::variable(rng.normal<double>({1, 3, 2, 4}))};
  const double squares = sum(square(d.w)).item(), norm = std::sqrt(squares);
  const auto input = [&] {
    const V x = V::variable(rng.normal<double>({5, 3, 2, 4})), fake = V::variable(rng.normal<double>({5, 3, 2, 4}));
    return PenaltyInput<double>{x, d.training(x), fake, d.training(fake)};
  };
  for (int draw = 0; draw < 2; ++draw) {  // x, by which D's weights have their gradient, does not matter
    const double expected = 10 * (norm - 1) * (norm - 1);
    CHECK(GradientPenalty{}(d, input(), rng).item() == Approx(expected));
    CHECK(Dragan{}(d, input(), rng).item() == Approx(expected));
    CHECK(R1{.gamma = 3}(d, input(), rng).item() == Approx(1.5 * squares));
    CHECK(R2{.gamma = 3}(d, input(), rng).item() == Approx(1.5 * squares));
  }
}

TEST_CASE("samples are mixed by one number each: not by one for the batch, not by one for each pixel") {
  Random rng{6};
  const index_t n = 6, pixels = 10 * 10 * 3;
  const auto x_hat = [&](const auto& penalty, const Tensor<double>& data, const Tensor<double>& samples) {
    Tensor<double> seen;
    const Seeing d{&seen};
    static_cast<void>(penalty(d, PenaltyInput<double>{V::variable(data), V(), V::variable(samples)}, rng));
    return seen;
  };
  const auto rows = [&](const Tensor<double>& t, const auto& f) {
    for (index_t i = 0; i < n; ++i) f(std::vector<double>(t.data() + i * pixels, t.data() + (i + 1) * pixels));
  };
  const auto mean_of = [](const std::vector<double>& v) {
    double s = 0;
    for (const double e : v) s += e / static_cast<double>(v.size());
    return s;
  };

  std::vector<double> epsilons;
  const Shape shape{n, 10, 10, 3};
  rows(x_hat(GradientPenalty{}, Tensor<double>(shape, 1.0), Tensor<double>(shape, 0.0)),
       [&](const std::vector<double>& x) {
         CHECK(std::all_of(x.begin(), x.end(), [&](double v) { return v == x[0]; }));
         epsilons.push_back(x[0]);
       });
  std::sort(epsilons.begin(), epsilons.end());
  CHECK(std::adjacent_find(epsilons.begin(), epsilons.end()) == epsilons.end());
  CHECK((epsilons.front() >= 0 && epsilons.back() < 1 && epsilons.back() - epsilons.front() > 0.2));

  // DRAGAN: alpha k std(x) u. Within a sample u is even, so its mean is half of its maximum; alpha is that maximum.
  Tensor<double> data = rng.normal<double>(shape);
  const double spread = std::sqrt(var(V(data)).item());
  Tensor<double> noise = x_hat(Dragan{.k = 0.5}, data, Tensor<double>(shape, 0.0));
  for (index_t i = 0; i < noise.numel(); ++i)
    noise.mutable_data()[i] = (noise.data()[i] - data.data()[i]) / (0.5 * spread);
  std::vector<double> strengths;
  rows(noise, [&](const std::vector<double>& u) {
    const double most = *std::max_element(u.begin(), u.end());
    CHECK((*std::min_element(u.begin(), u.end()) > -1e-12 && most < 1));
    CHECK(mean_of(u) / most == Approx(0.5).margin(0.06));  // 0.25 where each pixel has an alpha of its own
    strengths.push_back(most);
  });
  std::sort(strengths.begin(), strengths.end());
  CHECK(strengths.back() - strengths.front() > 0.2);
}

TEMPLATE_TEST_CASE("a relativistic generator is judged against data, by the relativistic loss", "",
                   loss::RelativisticPaired, loss::RelativisticAverage) {
  const auto play = [](const auto& chosen) {
    Players p;
    const double lr = 0.05;
    AdversarialTrainer trainer{p.g, p.d, chosen, optim::SGD{.lr = lr}};
    trainer.update_discriminator(p.x, p.g.noise(16, p.rng));
    const auto z = p.g.noise(16, p.rng);
    const V d_x = p.d(V(p.x)).detach(), d_fake = p.d(p.g(V(z)));
    const V expected = relativistic(TestType{}, d_x, d_fake);
    const auto gradients = grad(expected, p.g.parameters());
    const auto before = values(p.g.parameters());
    trainer.update_generator(p.x, z);
    CHECK(trainer.report().loss_g == Approx(expected.item()));
    CHECK(moved_by(before, p.g.parameters(), gradients, lr));
  };
  play(TestType{});
  play(loss::Any(TestType{}));
}

TEST_CASE("softmax is taken once: a head that is sure and right costs next to nothing") {
  const Tensor<double> sure({2, 3}, {40, 0, 0, 0, 0, 40}), mild({2, 3}, {1, 0, -1, 0.5, 2, 0});
  const Labels y{0, 2};
  const auto cost = [&](const Tensor<double>& logits) {
    double c = 0;
    for (index_t i = 0; i < 2; ++i) {
      double of_all = 0;
      for (index_t k = 0; k < 3; ++k) of_all += std::exp(logits(i, k));
      c -= (logits(i, y[static_cast<std::size_t>(i)]) - std::log(of_all)) / 2;
    }
    return c;
  };
  for (const Tensor<double>& logits : {sure, mild}) {
    Round<double> r;
    r.y = r.y_fake = y;
    r.z = Tensor<double>({2, 4}, {0.3, 1, 0, 0, -0.7, 0, 0, 1});  // noise, then the class as a code
    r.real.classes = r.fake.classes = V(logits);
    const AuxiliaryClassifier classifier;
    CHECK(classifier.discriminator_term(r).item() == Approx(2 * cost(logits)).margin(1e-15));
    CHECK(classifier.generator_term(r).item() == Approx(cost(logits)).margin(1e-15));
    const MutualInformation codes{.latent = {.noise = 1, .categories = {3}}};
    CHECK(codes.discriminator_term(r).item() == Approx(cost(logits)).margin(1e-15));
    CHECK(codes.generator_term(r).item() == Approx(cost(logits)).margin(1e-15));
  }
  CHECK(cost(sure) < 1e-15);  // with two, it could not cost less than log(1 + 2 / e) = 0.55

  Random rng{7};
  auto d = models::infogan_discriminator<double>(
      {.image = {8, 8, 1}, .outputs = 3, .channels = 2, .hidden = 4, .code_hidden = 4}, rng);
  d.q.to_logits.weight.set_value(Tensor<double>::zeros(d.q.to_logits.weight.shape()));
  d.q.to_logits.bias.set_value(Tensor<double>({3}, {-5, 0, 20}));
  CHECK(std::as_const(d)(V(rng.normal<double>({1, 8, 8, 1}))).classes.value() == Tensor<double>({1, 3}, {-5, 0, 20}));
}

TEST_CASE("every step of either player draws noise of its own, and G is not judged by D's samples") {
  for (const index_t k : {1, 2}) {
    Players p;
    Shown shown;
    Watching d{p.d.net, &shown};
    AdversarialTrainer trainer{
        p.g, d, loss::NonSaturating{}, optim::SGD{.lr = 0}, NoPenalty{}, {.discriminator_steps = k}, Noises{&shown}};
    for (int i = 0; i < 4; ++i) trainer.step(p.x);
    CHECK(shown.z_of_d.size() == 4);
    CHECK(static_cast<index_t>(shown.z_of_g.size()) == 4 / k);
    std::vector<Tensor<double>> all = shown.z_of_d;
    all.insert(all.end(), shown.z_of_g.begin(), shown.z_of_g.end());
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(all[i] == all[j]);
    // nothing learns at a rate of 0, so equal samples would be samples that were kept
    int samples = 0;
    for (std::size_t i = 0; i < shown.d.size(); ++i) {
      if (shown.d[i] == p.x) continue;
      ++samples;
      for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(shown.d[i] == shown.d[j]);
    }
    CHECK(samples == 4 + 4 / k);
  }
}

TEST_CASE("the players move in turn: G meets the D that has just moved, and D the G of before") {
  Players p;
  Shown shown;
  AdversarialTrainer trainer{
      p.g, p.d, loss::NonSaturating{}, optim::SGD{.lr = 0.5}, NoPenalty{}, TrainerOptions{}, Noises{&shown}};
  for (int i = 0; i < 3; ++i) {
    const auto g = p.g;
    const auto d = p.d;
    trainer.step(p.x);
    const auto& z_d = shown.z_of_d.back();
    const auto& z_g = shown.z_of_g.back();
    CHECK(trainer.report().loss_d == Approx(loss::NonSaturating{}.discriminator(d(V(p.x)), d(g(V(z_d)))).item()));
    const double after = loss::NonSaturating{}.generator(p.d(g(V(z_g)))).item();
    CHECK(trainer.report().loss_g == Approx(after));
    CHECK(after != Approx(loss::NonSaturating{}.generator(d(g(V(z_g)))).item()).epsilon(1e-6));
  }
}

TEST_CASE("one step of D is one step of its optimiser on data and samples together, one of G follows k of them") {
  for (const index_t k : {1, 3}) {
    Players p;
    Shown shown;
    AdversarialTrainer trainer{p.g,
                               p.d,
                               loss::NonSaturating{},
                               optim::Adam{.lr = 1e-3, .beta1 = 0.75},
                               R1{.gamma = 1},
                               {.discriminator_steps = k},
                               Noises{&shown}};
    const auto d = p.d;
    const auto g = p.g;
    trainer.step(p.x);
    const V x = V::variable(p.x), d_x = d(x);
    const V objective = loss::NonSaturating{}.discriminator(d_x, d(g(V(shown.z_of_d[0])))) +
                        mean(sum(square(grad(sum(d_x), {x}, {.create_graph = true})[0]), {1})) * 0.5;
    const auto expected = grad(objective, nn::parameters(d.net));
    const auto memory = trainer.discriminator_optimizer().state();
    for (std::size_t i = 0; i < expected.size(); ++i) {  // m = (1 - beta1) g, the gradient of the whole
      const std::string name = std::to_string(i) + ".exp_avg";
      const auto found = std::find_if(memory.tensors.begin(), memory.tensors.end(),
                                      [&](const auto& entry) { return entry.name == name; });
      REQUIRE(found != memory.tensors.end());
      for (index_t j = 0; j < expected[i].numel(); ++j)
        CHECK(found->value.data()[j] == Approx(0.25 * expected[i].value().data()[j]).margin(1e-14));
    }
    for (int i = 1; i < 6; ++i) trainer.step(p.x);
    CHECK(trainer.discriminator_optimizer().steps() == 6);
    CHECK(trainer.generator_optimizer().steps() == 6 / k);
  }
}

TEST_CASE("data and samples reach D as they are, not as bytes") {
  Players p;
  Shown shown;
  Watching d{p.d.net, &shown};
  AdversarialTrainer trainer{
      p.g, d, loss::NonSaturating{}, optim::SGD{.lr = 0.1}, NoPenalty{}, TrainerOptions{}, Noises{&shown}};
  for (int i = 0; i < 2; ++i) {
    shown = {};
    const auto g = p.g;
    trainer.step(p.x);
    REQUIRE(shown.d.size() == 3);
    CHECK(shown.d[0] == p.x);
    CHECK(shown.d[1] == g(V(shown.z_of_d[0])).value());
    CHECK(shown.d[2] == g(V(shown.z_of_g[0])).value());
  }
}
