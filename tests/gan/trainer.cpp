#include "ganvas/gan/trainer.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "ganvas/models/dcgan.hpp"
#include "ganvas/models/mlp.hpp"
#include "ganvas/nn/conditional_batch_norm.hpp"
#include "ganvas/optim/sgd.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

struct Players {
  Random rng{4};
  Generator<models::Mlp<double>> g{models::mlp_generator<double>({.latent = 2, .hidden = {8}}, rng)};
  Discriminator<models::Mlp<double>> d{models::mlp_discriminator<double>({.hidden = {8}}, rng)};
  Tensor<double> x = rng.normal<double>({16, 2});
};

std::vector<Tensor<double>> values(const std::vector<Var<double>>& vars) {
  std::vector<Tensor<double>> v;
  for (const auto& p : vars) v.push_back(p.value());
  return v;
}

}  // namespace

TEST_CASE("a step moves each player against the gradient of its own objective and nobody else") {
  Players p;
  const double lr = 0.1;
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::SGD{.lr = lr}};
  const auto z = p.g.noise(16, p.rng);

  const auto d_before = values(p.d.parameters()), g_before = values(p.g.parameters());
  const auto fake = p.g.sample(z);
  const auto l_d = loss::NonSaturating{}.discriminator(p.d(Var<double>(p.x)), p.d(Var<double>(fake)));
  const auto expected_d = grad(l_d, p.d.parameters());
  trainer.update_discriminator(p.x, z);
  CHECK(trainer.report().loss_d == Approx(l_d.item()));
  for (std::size_t i = 0; i < d_before.size(); ++i)
    for (index_t k = 0; k < d_before[i].numel(); ++k)
      CHECK(p.d.parameters()[i].value().data()[k] ==
            Approx(d_before[i].data()[k] - lr * expected_d[i].value().data()[k]).margin(1e-12));
  CHECK(values(p.g.parameters()) == g_before);

  const auto d_between = values(p.d.parameters());
  const auto l_g = loss::NonSaturating{}.generator(p.d(p.g(Var<double>(z))));
  const auto expected_g = grad(l_g, p.g.parameters());
  trainer.update_generator(z);
  CHECK(trainer.report().loss_g == Approx(l_g.item()));
  for (std::size_t i = 0; i < g_before.size(); ++i)
    for (index_t k = 0; k < g_before[i].numel(); ++k)
      CHECK(p.g.parameters()[i].value().data()[k] ==
            Approx(g_before[i].data()[k] - lr * expected_g[i].value().data()[k]).margin(1e-12));
  CHECK(values(p.d.parameters()) == d_between);
}

TEST_CASE("the generator steps after every k-th discriminator step, and the callback sees each") {
  Players p;
  AdversarialTrainer trainer{
      p.g, p.d, loss::Wasserstein{}, optim::Adam{}, GradientPenalty{}, {.discriminator_steps = 3}};
  std::vector<bool> stepped;
  trainer.on_step([&](const StepReport& r) { stepped.push_back(r.generator_stepped); });
  for (int i = 0; i < 7; ++i) trainer.step(p.x);
  CHECK(stepped == std::vector<bool>{false, false, true, false, false, true, false});
  CHECK(trainer.report().step == 7);
  CHECK(trainer.generator_optimizer().steps() == 2);
  CHECK(trainer.discriminator_optimizer().steps() == 7);
}

/// Remembers at which of D's steps it was asked.
struct CountingPenalty {
  index_t every = 1;
  std::vector<bool>* asked = nullptr;
  template <class T, class D>
  Var<T> operator()(D&, const PenaltyInput<T>& in, Random&) const {
    asked->back() = true;
    return sum(in.d_x) * T(0);
  }
};

TEST_CASE("a lazy penalty is computed in every k-th step and in no other") {
  Players p;
  std::vector<bool> asked;
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::SGD{}, CountingPenalty{4, &asked}};
  for (int i = 0; i < 10; ++i) {
    asked.push_back(false);
    trainer.step(p.x);
  }
  CHECK(asked == std::vector<bool>{true, false, false, false, true, false, false, false, true, false});
}

TEST_CASE("a penalty that comes every 0 steps never comes, and batch norm may stay") {
  Random rng{1};
  Generator g{models::dcgan_generator({.latent = 2, .image = {4, 4, 1}, .channels = {2}}, rng)};
  Discriminator mixing{models::dcgan_discriminator({.image = {4, 4, 1}, .channels = {2, 2}}, rng)};
  AdversarialTrainer trainer{g, mixing, loss::NonSaturating{}, optim::SGD{}, R1{.every = 0}};
  CHECK(trainer.step(rng.normal<float>({4, 4, 4, 1})).penalty == 0);

  Players p;
  std::vector<bool> asked;
  AdversarialTrainer plain{p.g, p.d, loss::NonSaturating{}, optim::SGD{}, CountingPenalty{0, &asked}};
  for (int i = 0; i < 5; ++i) {
    asked.push_back(false);
    plain.step(p.x);
  }
  CHECK(asked == std::vector<bool>(5, false));
}

/// Returns what it is told to.
struct GivenPenalty {
  std::size_t every = 1;  // any whole number type will do
  Var<double> value;
  static constexpr bool separate_samples = false;
  template <class T, class D>
  Var<T> operator()(D&, const PenaltyInput<T>&, Random&) const {
    return value;
  }
};

TEST_CASE("an undefined penalty is no term, and one that mixes samples may meet batch norm") {
  Random rng{1};
  Generator g{models::dcgan_generator<double>({.latent = 2, .image = {4, 4, 1}, .channels = {2}}, rng)};
  Discriminator mixing{models::dcgan_discriminator<double>({.image = {4, 4, 1}, .channels = {2, 2}}, rng)};
  AdversarialTrainer trainer{g, mixing, loss::NonSaturating{}, optim::SGD{}, GivenPenalty{}};
  const StepReport& report = trainer.step(rng.normal<double>({4, 4, 4, 1}));
  CHECK((report.step == 1 && report.penalty == 0 && std::isfinite(report.loss_d)));
}

TEST_CASE("a step that throws leaves the report of the one before") {
  Players p;
  Tensor<double> value({}, 0.5);
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::SGD{}, GivenPenalty{1, Var<double>(value)}};
  const StepReport before = trainer.step(p.x);
  CHECK((before.step == 1 && before.penalty == 0.5 && before.generator_stepped));
  Tensor<double> broken = p.x;
  broken.mutable_data()[0] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(trainer.step(broken), NumericError);
  const StepReport& after = trainer.report();
  CHECK((after.step == 1 && after.penalty == 0.5 && after.generator_stepped));
  CHECK((after.loss_d == before.loss_d && after.loss_g == before.loss_g));
  CHECK((after.d_real == before.d_real && after.d_fake == before.d_fake));
}

TEST_CASE("a decay of the moving average outside [0, 1) is refused") {
  for (const double ema : {-0.5, 1.0, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    Players p;
    CHECK_THROWS_AS((AdversarialTrainer{p.g, p.d, loss::NonSaturating{}, optim::SGD{}, NoPenalty{}, {.ema = ema}}),
                    ValueError);
  }
}

TEST_CASE("the trainer's noise is not what the caller draws from the same seed") {
  Players p;
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::SGD{}, NoPenalty{}, {.seed = 4}};
  CHECK_FALSE(p.g.noise(8, trainer.random()) == Random(4).normal<double>({8, 2}));
  Random again(4, 2);
  AdversarialTrainer same{p.g, p.d, loss::NonSaturating{}, optim::SGD{}, NoPenalty{}, {.seed = 4}};
  CHECK(p.g.noise(8, same.random()) == p.g.noise(8, again));
}

TEST_CASE("the moving average follows the generator and is what is sampled from") {
  Players p;
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::SGD{.lr = 0.5}, NoPenalty{}, {.ema = 0.75}};
  const auto start = values(p.g.parameters());
  trainer.step(p.x);
  const auto now = values(p.g.parameters());
  const auto average = values(nn::parameters(trainer.best_generator().net));
  for (std::size_t i = 0; i < start.size(); ++i)
    for (index_t k = 0; k < start[i].numel(); ++k)
      CHECK(average[i].data()[k] == Approx(0.75 * start[i].data()[k] + 0.25 * now[i].data()[k]));
  AdversarialTrainer plain{p.g, p.d, loss::NonSaturating{}, optim::SGD{}};
  CHECK(&plain.best_generator() == &p.g);
}

TEST_CASE("each player may have an optimiser of its own") {
  Players p;
  AdversarialTrainer trainer{p.g, p.d, loss::Hinge{}, Optimizers{optim::Adam{.lr = 1e-4}, optim::SGD{.lr = 4e-4}}};
  trainer.step(p.x);
  CHECK(trainer.generator_optimizer().lr() == 1e-4);
  CHECK(trainer.discriminator_optimizer().lr() == 4e-4);
}

TEST_CASE("a loss that is no number stops with a sentence that says where it began") {
  Players p;
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::Adam{}};
  Tensor<double> broken = p.x;
  broken.set({3, 1}, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_AS(trainer.step(broken), NumericError);
  CHECK_THROWS_WITH(trainer.step(broken),
                    Contains("discriminator's loss is") && Contains("the data") && Contains("(16,2)"));
  auto weight = p.g.parameters()[0];
  weight.update([](Tensor<double>& t) { t.mutable_data()[0] = std::numeric_limits<double>::infinity(); });
  CHECK_THROWS_WITH(trainer.update_generator(p.g.noise(4, p.rng)),
                    Contains("generator's loss") && Contains("parameter"));
}

TEST_CASE("a step that throws does not count") {
  Players p;
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::Adam{}, NoPenalty{}, {.discriminator_steps = 2}};
  trainer.step(p.x);
  CHECK_THROWS_AS(trainer.step(p.rng.normal<double>({16, 3})), ShapeError);
  CHECK(trainer.report().step == 1);
  CHECK(trainer.step(p.x).generator_stepped);
}

/// Logits from points, by a layer with batch norm that knows classes (which are all 0 here).
struct NormByClass {
  using value_type = float;
  nn::ConditionalBatchNorm2d<float> norm;
  static constexpr auto members = std::tuple{nn::member("norm", &NormByClass::norm)};
  static Labels zeros(const Var<float>& x) { return Labels(static_cast<std::size_t>(x.size(0))); }
  Var<float> operator()(const Var<float>& x) const { return norm(x, zeros(x)); }
  Var<float> training(const Var<float>& x) { return norm.training(x, zeros(x)); }
};

TEST_CASE("penalties on the gradient of D(x_i) refuse a discriminator that mixes samples") {
  Random rng;
  auto g = Generator{models::dcgan_generator({.latent = 4, .image = {8, 8, 1}, .channels = {4}}, rng)};
  auto mixing = Discriminator{models::dcgan_discriminator({.image = {8, 8, 1}, .channels = {4, 8}}, rng)};
  auto separate =
      Discriminator{models::dcgan_discriminator({.image = {8, 8, 1}, .channels = {4, 8}, .batch_norm = false}, rng)};
  CHECK_THROWS_WITH((AdversarialTrainer{g, mixing, loss::Wasserstein{}, optim::Adam{}, GradientPenalty{}}),
                    Contains("levels.1.norm") && Contains("mixes the samples"));
  CHECK_THROWS_AS((AdversarialTrainer{g, mixing, loss::NonSaturating{}, optim::Adam{}, R1{}}), ValueError);
  auto by_class = Discriminator{NormByClass{nn::ConditionalBatchNorm2d<float>({.channels = 1, .classes = 2})}};
  CHECK_THROWS_WITH((AdversarialTrainer{g, by_class, loss::NonSaturating{}, optim::Adam{}, R1{}}),
                    Contains("(norm) mixes the samples"));
  CHECK_NOTHROW(AdversarialTrainer{g, mixing, loss::NonSaturating{}, optim::Adam{}});
  CHECK_NOTHROW(AdversarialTrainer{g, separate, loss::NonSaturating{}, optim::Adam{}, R1{}});
}

TEST_CASE("senseless settings are refused") {
  Players p;
  using Plain = AdversarialTrainer<decltype(p.g), decltype(p.d), loss::Hinge, optim::Adam>;
  CHECK_THROWS_AS(Plain(p.g, p.d, loss::Hinge{}, optim::Adam{}, NoPenalty{}, {.discriminator_steps = 0}), ValueError);
  CHECK_THROWS_AS(Plain(p.g, p.d, loss::Hinge{}, optim::Adam{.lr = -1}), ValueError);
  using Penalized = AdversarialTrainer<decltype(p.g), decltype(p.d), loss::Hinge, optim::Adam, optim::Adam, R1>;
  CHECK_THROWS_AS(Penalized(p.g, p.d, loss::Hinge{}, optim::Adam{}, R1{.every = -1}), ValueError);
}

TEST_CASE("training is the same bit for bit with 1, 2, 3 and 8 threads", "[threads]") {
  const auto run = [] {
    Random rng{9};
    auto g = Generator{models::dcgan_generator({.latent = 8, .channels = {24, 16}}, rng)};
    auto d = Discriminator{models::dcgan_discriminator({.channels = {8, 20}}, rng)};
    AdversarialTrainer trainer{g, d, loss::NonSaturating{}, optim::Adam{.lr = 2e-3, .beta1 = 0.5}};
    const auto x = rng.uniform<float>({10, 28, 28, 1}, -1.0F, 1.0F);
    for (int i = 0; i < 3; ++i) trainer.step(x);
    return g.sample(rng.normal<float>({3, 8}));
  };
  set_threads(1);
  const auto one = run();
  for (const int n : {2, 3, 8}) {
    set_threads(n);
    CHECK(run() == one);
  }
  set_threads(0);
}

namespace {

/// D(x) = a sqrt(sum x^2) (N,1): its slope at 0 is 0 / 0 in the backward pass, though D(0) = 0.
struct Length {
  using value_type = double;
  nn::Parameter<double> a{Tensor<double>({1}, 1.0)};
  static constexpr auto members = std::tuple{nn::member("a", &Length::a)};
  [[nodiscard]] Var<double> operator()(const Var<double>& x) const { return a * sqrt(sum(square(x), {1}, true)); }
};

/// G(z) = log(w z): NaN where w z is negative.
struct Logarithm {
  using value_type = double;
  nn::Parameter<double> w{Tensor<double>({1}, 1.0)};
  static constexpr auto members = std::tuple{nn::member("w", &Logarithm::w)};
  [[nodiscard]] index_t latent() const { return 2; }
  [[nodiscard]] Var<double> operator()(const Var<double>& z) const { return log(w * z); }
};

/// G(z) = w z.
struct Scale {
  using value_type = double;
  nn::Parameter<double> w{Tensor<double>({1}, 1.0)};
  static constexpr auto members = std::tuple{nn::member("w", &Scale::w)};
  [[nodiscard]] index_t latent() const { return 2; }
  [[nodiscard]] Var<double> operator()(const Var<double>& z) const { return w * z; }
};

/// A penalty that divides by zero.
struct Infinite {
  double every = 1;
  template <class D>
  [[nodiscard]] Var<double> operator()(D&, const PenaltyInput<double>& in, Random&) const {
    return mean(log(in.d_x * 0.0));
  }
};

}  // namespace

TEST_CASE("NaN and infinity are found at the operation where they began, forward or backward, and nothing moves") {
  Random rng{2};
  const Tensor<double> x = rng.normal<double>({4, 2}), z(Shape{4, 2}, 1.0);
  const auto sentence = [](auto f) {
    try {
      f();
    } catch (const NumericError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  SECTION("in G's forward pass, though D alone was asked") {
    Generator g{Logarithm{}};
    Discriminator d{Length{}};
    AdversarialTrainer trainer{g, d, loss::Wasserstein{}, optim::SGD{.lr = 0.1}};
    const std::string text = sentence([&] { trainer.update_discriminator(x, Tensor<double>(Shape{4, 2}, -1.0)); });
    CHECK_THAT(text, Contains("the discriminator's loss is") && Contains("in the result of log of shape (4,2)"));
    CHECK(trainer.report().step == 0);
  }
  SECTION("in D's backward pass: the loss is finite") {
    Generator g{Scale{}};
    Discriminator d{Length{}};
    AdversarialTrainer trainer{g, d, loss::Wasserstein{}, optim::SGD{.lr = 0.1}};
    trainer.update_discriminator(x, z);
    const double before = g.net.w.value().data()[0];
    const std::string text = sentence([&] { trainer.update_generator(Tensor<double>(Shape{4, 2}, 0.0)); });
    CHECK_THAT(text, Contains("the generator's gradient is not finite, though its loss is") && Contains("in step 1."));
    CHECK_THAT(text, Contains("in the result of div") || Contains("in the result of reciprocal") ||
                         Contains("in the result of power"));
    CHECK(g.net.w.value().data()[0] == before);
  }
  SECTION("in a penalty") {
    Generator g{Scale{}};
    Discriminator d{Length{}};
    AdversarialTrainer trainer{g, d, loss::Wasserstein{}, optim::SGD{.lr = 0.1}, Infinite{}};
    CHECK_THAT(sentence([&] { trainer.update_discriminator(x, z); }), Contains("in the result of log of shape (4,1)"));
    CHECK(d.net.a.value().data()[0] == 1);
  }
  SECTION("in an update: the parameter is named") {
    Generator g{Scale{}};
    Discriminator d{Length{}};
    AdversarialTrainer trainer{g, d, loss::Wasserstein{}, optim::SGD{.lr = 1e308}};
    const Tensor<double> far(Shape{4, 2}, 100.0);
    trainer.update_discriminator(far, z);
    CHECK_THAT(sentence([&] { trainer.update_discriminator(x, z); }),
               Contains("The discriminator's parameter a is not finite: its update was."));
  }
}
