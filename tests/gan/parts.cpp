#include "ganvas/gan/parts.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <vector>

#include "ganvas/gan/packing.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/mlp.hpp"

#include "support/catch.hpp"
#include "support/players.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// Counts what the trainer asks of a part.
struct Spy {
  std::vector<std::string>* calls;
  template <class T>
  [[nodiscard]] Var<T> augment(const Var<T>& x, index_t step, Random&) const {
    calls->push_back("augment " + std::to_string(step));
    return x;
  }
  template <class T>
  [[nodiscard]] Var<T> select(const Var<T>& d_fake, index_t) const {
    calls->push_back("select");
    return d_fake;
  }
  template <class T>
  [[nodiscard]] Var<T> discriminator_term(const Round<T>& r) const {
    calls->push_back("d " + std::to_string(r.fake.score.size(0)));
    return {};
  }
  template <class T>
  [[nodiscard]] Var<T> generator_term(const Round<T>&) const {
    calls->emplace_back("g");
    return {};
  }
  template <class T>
  void after_discriminator(const std::vector<Var<T>>&) const {
    calls->emplace_back("after");
  }
  template <class T>
  void observe_real(const Tensor<T>& d_real) const {
    calls->push_back("observe " + std::to_string(d_real.size(0)));
  }
};

}  // namespace

// A part whose numbers are not the game's would do nothing; the trainer refuses to be made with it.
static_assert(detail::is_part<HistoricalAveraging<double>, double, Generator<models::Mlp<double>>>);
static_assert(!detail::is_part<HistoricalAveraging<float>, double, Generator<models::Mlp<double>>>);
static_assert(detail::is_part<std::optional<ClipWeights>, float, Generator<models::Mlp<float>>>);
static_assert(!detail::is_part<int, float, Generator<models::Mlp<float>>>);

TEST_CASE("a way between two z keeps the length of normal noise, and codes stay codes") {
  const Latent normal{.noise = 3, .categories = {2}, .continuous = 1};
  const std::vector<double> a = {3, 0, 0, 1, 0, -1}, b = {0, 3, 0, 0, 1, 1};
  std::vector<double> z(6);
  for (const double t : {0.0, 0.25, 0.5, 1.0}) {
    normal.between(a.data(), b.data(), t, z.data());
    CHECK(std::hypot(z[0], z[1], z[2]) == Approx(3));
    CHECK(std::atan2(z[1], z[0]) == Approx(std::numbers::pi / 2 * t).margin(1e-12));
    CHECK(z[3] == (t < 0.5 ? 1 : 0));
    CHECK(z[4] == 1 - z[3]);
    CHECK(z[5] == Approx(2 * t - 1).margin(1e-12));
  }
  const Latent uniform{.noise = 6, .prior = Latent::Prior::uniform};
  uniform.between(a.data(), b.data(), 0.25, z.data());
  CHECK(z == std::vector<double>{2.25, 0.75, 0, 0.75, 0.25, -0.5});
}

TEST_CASE("a part is asked in the order of the game, data and samples alike") {
  Players p;
  std::vector<std::string> calls;
  AdversarialTrainer trainer{p.g,        p.d, loss::NonSaturating{}, optim::Adam{}, NoPenalty{}, TrainerOptions{},
                             Spy{&calls}};
  trainer.step(p.x);
  CHECK(calls ==
        std::vector<std::string>{"augment 1", "augment 1", "d 16", "after", "observe 16", "augment 1", "select", "g"});
  CHECK(trainer.report().terms_d == 0);
}

TEST_CASE("a part may be left out when the program runs") {
  Players p;
  std::vector<std::string> calls;
  AdversarialTrainer trainer{p.g,
                             p.d,
                             loss::NonSaturating{},
                             optim::Adam{},
                             NoPenalty{},
                             TrainerOptions{},
                             std::optional<Spy>(),
                             std::optional<ClipWeights>(ClipWeights{0.125})};
  trainer.step(p.x);
  CHECK(calls.empty());
  for (const auto& w : p.d.parameters())
    for (const double v : w.value().values()) CHECK(std::abs(v) <= 0.125);
}

/// Shifts what D sees: a penalty on x must go through it, and G's gradient too.
struct Double {
  template <class T>
  [[nodiscard]] Var<T> augment(const Var<T>& x, index_t, Random&) const {
    return x * T(2);
  }
};

TEST_CASE("penalties are of the augmented game") {
  Players p, q;
  AdversarialTrainer doubled{p.g, p.d, loss::NonSaturating{}, optim::Adam{}, R1{}, TrainerOptions{}, Double{}};
  // The same D without augmentation on doubled inputs: grad_x D(2 x) = 2 (grad D)(2 x), so R1 is 4 times as large.
  AdversarialTrainer plain{q.g, q.d, loss::NonSaturating{}, optim::Adam{}, R1{}};
  Tensor<double> twice = q.x;
  for (index_t i = 0; i < twice.numel(); ++i) twice.mutable_data()[i] *= 2;
  const auto z = p.g.noise(16, p.rng);
  doubled.update_discriminator(p.x, z);
  plain.update_discriminator(twice, z);
  CHECK(doubled.report().penalty == Approx(4 * plain.report().penalty));
}

TEST_CASE("G learns through the augmentation: its step is down the gradient of -E D(2 G(z))") {
  Players p, same;
  AdversarialTrainer through{p.g,     p.d, loss::Wasserstein{}, optim::SGD{.lr = 1}, NoPenalty{}, TrainerOptions{},
                             Double{}};
  const auto z = p.g.noise(16, p.rng);
  const auto before = same.g.parameters();
  const auto expected = grad(-mean(same.d(same.g.training(z) * 2.0)), before);
  const auto without = grad(-mean(same.d(same.g.training(z))), before);
  through.update_generator(z);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Tensor<double> moved = (before[i] - p.g.parameters()[i]).value();  // lr is 1
    double error = 0, difference = 0;
    for (index_t k = 0; k < moved.numel(); ++k) {
      error = std::max(error, std::abs(moved.data()[k] - expected[i].value().data()[k]));
      difference = std::max(difference, std::abs(moved.data()[k] - without[i].value().data()[k]));
    }
    CHECK(error < 1e-14);
    CHECK(difference > 1e-3);
  }
}

TEST_CASE("packs are the channels of neighbours side by side, and their adjoint brings them back") {
  const Tensor<double> x(Shape{4, 1, 2, 2}, {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33});
  const auto v = Var<double>::variable(x);
  const Var<double> y = pack(v, 2);
  CHECK(y.value() == Tensor<double>(Shape{2, 1, 2, 4}, {0, 1, 10, 11, 2, 3, 12, 13, 20, 21, 30, 31, 22, 23, 32, 33}));
  const auto g = grad(sum(y * y), {v})[0].value();
  for (index_t i = 0; i < 16; ++i) CHECK(g.data()[i] == 2 * x.data()[i]);
  CHECK(pack(Var<double>(Tensor<double>(Shape{4, 2}, 1.0)), 4).shape() == Shape{1, 8});
  CHECK_THROWS_WITH(pack(v, 3), Contains("packs of 3"));
}

/// Remembers what it was asked to change, and multiplies each sample by its own place.
struct Numbered {
  Shape* seen;
  template <class T>
  Var<T> augment(const Var<T>& x, index_t, Random&) {
    *seen = x.shape();
    Tensor<T> places(Shape{x.size(0), 1});
    for (index_t i = 0; i < x.size(0); ++i) places.mutable_data()[i] = static_cast<T>(i + 1);
    return x * Var<T>(places);
  }
};

TEST_CASE("in packs each sample is augmented by itself") {
  const Tensor<double> x(Shape{4, 1, 2, 2}, {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33});
  CHECK(unpack(pack(Var<double>(x), 2), 2).value() == x);
  CHECK_THROWS_WITH(unpack(Var<double>(x), 3), Contains("none of 3"));

  Random rng{3};
  Generator g{models::mlp_generator<double>({.hidden = {8}}, rng)};
  Discriminator d{models::mlp_discriminator<double>({.sample = {4}, .hidden = {8}}, rng)};  // two points at once
  Shape seen;
  AdversarialTrainer trainer{g, d, loss::NonSaturating{}, optim::Adam{}, NoPenalty{}, {.pack = 2}, Numbered{&seen}};
  const auto points = rng.normal<double>({6, 2}), z = g.noise(6, rng);
  const auto numbered = [](Var<double> v) {
    Tensor<double> places(Shape{6, 1}, {1, 2, 3, 4, 5, 6});
    return pack(v * Var<double>(places), 2);
  };
  const double expected =
      loss::NonSaturating{}.discriminator(d(numbered(Var<double>(points))), d(numbered(g(Var<double>(z))))).item();
  trainer.update_discriminator(points, z);
  CHECK(seen == Shape{6, 2});
  CHECK(trainer.report().loss_d == Approx(expected));
}

/// All of its functions change it, so none is const.
struct Counting {
  int asked = 0;
  bool needs_real() { return ++asked > 0; }
  bool replaces_generator_loss() { return true; }
  index_t unroll_steps() { return 0 * ++asked; }
  template <class T>
  Var<T> generator_term(const Round<T>& r) {
    return mean(r.fake.score) - mean(r.real.score);  // undefined without needs_real()
  }
};

TEST_CASE("a part's functions need not be const") {
  Players p;
  AdversarialTrainer trainer{p.g, p.d, loss::NonSaturating{}, optim::Adam{}, NoPenalty{}, TrainerOptions{}, Counting{}};
  trainer.step(p.x);
  CHECK(std::get<0>(trainer.parts()).asked == 2);
}

TEST_CASE("what a part needs and does not find is said") {
  Players p;
  const auto z = p.g.noise(16, p.rng);
  AdversarialTrainer classes{
      p.g, p.d, loss::NonSaturating{}, optim::Adam{}, NoPenalty{}, TrainerOptions{}, AuxiliaryClassifier{}};
  CHECK_THROWS_WITH(classes.step(p.x), Contains("auxiliary head"));
  AdversarialTrainer codes{p.g,
                           p.d,
                           loss::NonSaturating{},
                           optim::Adam{},
                           NoPenalty{},
                           TrainerOptions{},
                           MutualInformation{.latent = {.noise = 1, .categories = {}, .continuous = 1}}};
  CHECK_THROWS_WITH(codes.step(p.x), Contains("1 numbers a sample"));
  AdversarialTrainer features{
      p.g, p.d, loss::NonSaturating{}, optim::Adam{}, NoPenalty{}, TrainerOptions{}, FeatureMatching{}};
  CHECK_THROWS_WITH(features.step(p.x), Contains("features"));
  CHECK_THROWS_WITH(features.update_generator(z), Contains("data"));
  AdversarialTrainer paired{p.g, p.d, loss::RelativisticPaired{}, optim::Adam{}};
  CHECK_THROWS_WITH(paired.update_generator(z), Contains("data"));
  CHECK_NOTHROW(paired.step(p.x));
}

TEST_CASE("z: noise, one-hot codes and continuous codes, each where it says") {
  Random rng{2};
  const Latent latent{.noise = 3, .categories = {4, 2}, .continuous = 2};
  CHECK(latent.size() == 11);
  const auto z = latent.draw<float>(1000, rng);
  index_t fours = 0;
  for (index_t i = 0; i < 1000; ++i) {
    const float* row = z.data() + 11 * i;
    for (const auto& [begin, end] : {std::pair{3, 7}, std::pair{7, 9}}) {
      float sum = 0, squares = 0;
      for (int k = begin; k < end; ++k) {
        sum += row[k];
        squares += row[k] * row[k];
      }
      CHECK((sum == 1 && squares == 1));
    }
    fours += row[3] == 1 ? 1 : 0;
    CHECK((std::abs(row[9]) <= 1 && std::abs(row[10]) <= 1));
  }
  CHECK((fours > 200 && fours < 300));
  Random a{5}, b{5};
  CHECK(Latent{.noise = 6}.draw<double>(4, a) == b.normal<double>({4, 6}));
  const auto uniform = Latent{.noise = 50, .prior = Latent::Prior::uniform}.draw<float>(100, rng);
  for (const float v : uniform.values()) CHECK(std::abs(v) <= 1);
  CHECK_THROWS_AS((Latent{.noise = 0}.check()), ValueError);
  CHECK_THROWS_AS((Latent{.noise = 1, .categories = {1}}.check()), ValueError);
}
