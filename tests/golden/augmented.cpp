// Games in which D sees T(x) and T(G(z)) (DiffAugment, ADA, instance noise) and those of top-k training: three steps by
// AdversarialTrainer against PyTorch with given draws, everything compared. Networks and steps are at the head of
// generators/augmented.py.

#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/top_k.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/optim/adam.hpp"

#include "golden/given.hpp"
#include "golden/golden.hpp"
#include "golden/split_game.hpp"
#include "golden/watched.hpp"

namespace {

using namespace ganvas;
using golden::Json;
using golden::Watched;

constexpr index_t latent = 4;

template <class T>
struct SmallG {
  using value_type = T;

  nn::Linear<T> linear;
  nn::BatchNorm2d<T> bn;
  nn::ConvTranspose2d<T> deconv;
  static constexpr auto members = std::tuple{nn::member("linear", &SmallG::linear), nn::member("bn", &SmallG::bn),
                                             nn::member("deconv", &SmallG::deconv)};

  explicit SmallG(Random& rng)
      : linear({.in = latent, .out = 18}, rng),
        bn({.channels = 2}),
        deconv({.in = 2, .out = 3, .kernel = 4, .stride = 2, .padding = 1}, rng) {}

  [[nodiscard]] Var<T> operator()(const Var<T>& z) const { return pass_all(*this, z); }
  [[nodiscard]] Var<T> training(const Var<T>& z) { return pass_all(*this, z); }

 private:
  template <class Self>
  static Var<T> pass_all(Self& self, const Var<T>& z) {
    return tanh(self.deconv(relu(nn::pass(self.bn, reshape(self.linear(z), {-1, 3, 3, 2})))));
  }
};

template <class T>
struct SmallD {
  using value_type = T;

  nn::Conv2d<T> conv;
  nn::Linear<T> linear;
  static constexpr auto members = std::tuple{nn::member("conv", &SmallD::conv), nn::member("linear", &SmallD::linear)};

  explicit SmallD(Random& rng)
      : conv({.in = 3, .out = 2, .kernel = 4, .stride = 2, .padding = 1}, rng), linear({.in = 18, .out = 1}, rng) {}

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return linear(reshape(tanh(conv(x)), {x.size(0), 18})); }
};

/// The game of this name, with the parts that its settings ask for.
template <class T, class Loss, class Regularizer>
void play(const std::string& name, const Loss& loss, const Regularizer& penalty) {
  Random rng{1};
  golden::Game game("augmented", name, SmallG<T>(rng), SmallD<T>(rng), {.noise = latent});
  const Json& s = game.start().at("settings");

  const auto diff_draws = std::make_shared<golden::Draws>(), ada_draws = std::make_shared<golden::Draws>(),
             noise_draws = std::make_shared<golden::Draws>();
  std::optional<golden::GivenDiffAugment> diff;
  if (s.contains("diff")) diff = {DiffAugment{.flip = true}, diff_draws};
  std::optional<golden::GivenAda> ada;
  if (s.contains("p"))
    ada = {Ada({.p = s.at("p"), .target = s.at("target"), .speed = s.at("speed"), .interval = s.at("interval")}),
           ada_draws};
  std::optional<golden::GivenNoise> noise;
  if (s.contains("sigma")) noise = {InstanceNoise{.sigma = s.at("sigma"), .steps = s.at("steps")}, noise_draws};
  std::optional<TopK> top_k;
  if (s.contains("nu")) top_k = TopK{.keep_to = s.at("nu"), .decay = s.at("decay"), .every = 1};

  constexpr optim::Adam adam{.lr = 2e-3, .beta1 = 0.5, .beta2 = 0.9};
  const Watched<optim::Adam> watch_g{adam}, watch_d{adam};
  AdversarialTrainer trainer{game.g, game.d, loss, Optimizers{watch_g, watch_d}, penalty, TrainerOptions{}, diff,
                             ada,    noise,  top_k};
  const auto hand_out = [](golden::Draws& draws, const Json& step, const char* what) {
    draws = {step.value(what, Json::array()), 0};
  };
  game.play(
      trainer, *watch_g.seen, *watch_d.seen,
      [&](const Json& step) {
        if constexpr (requires { penalty.step; }) *penalty.step = step;
        hand_out(*diff_draws, step, "diff");
        hand_out(*ada_draws, step, "ada");
        hand_out(*noise_draws, step, "noise");
      },
      [&](const Json& step) {
        CHECK((diff_draws->used_up() && ada_draws->used_up() && noise_draws->used_up()));
        if (ada) CHECK(std::get<1>(trainer.parts())->ada.probability() == step.at("p").get<double>());
      });
}

template <class T>
void play_with_r1(const std::string& name) {
  const Json& s = golden::find(golden::cases("augmented"), name + "/start").at("settings");
  const index_t every = s.at("every");
  play<T>(name, loss::NonSaturating{}, R1{.gamma = s.value("gamma", 0.0), .every = s.contains("gamma") ? every : 0});
}

}  // namespace

TEMPLATE_TEST_CASE("golden: DiffAugment, R1 and the gradient penalty through it", "[golden][augment]", double, float) {
  using T = TestType;
  play_with_r1<T>("diff_r1");
  play<T>("diff_gradient_penalty", loss::Wasserstein{}, golden::Given<T, GradientPenalty>{});
}

TEMPLATE_TEST_CASE("golden: ADA, lazy R1 through it, and how p moves", "[golden][augment]", double, float) {
  play_with_r1<TestType>("ada");
  play_with_r1<TestType>("ada_interval");
}

TEMPLATE_TEST_CASE("golden: top-k, also behind DiffAugment and instance noise", "[golden][augment]", double, float) {
  play_with_r1<TestType>("top_k");
  play_with_r1<TestType>("all");
}

TEST_CASE("golden: what is given in these games is what the parts draw themselves", "[golden][augment]") {
  Random rng{3}, same{3};
  const Var<double> x(rng.normal<double>({4, 6, 6, 3}));
  same = rng;
  const DiffAugment diff{.flip = true};
  CHECK(diff.augment(x, 1, rng).value() == diff.apply(x, diff.draw(x.shape(), same)).value());
  const Ada ada({.p = 0.75});
  CHECK(ada.augment(x, 1, rng).value() ==
        ada.options.pipeline.apply(x, ada.options.pipeline.draw(x.shape(), 0.75, same)).value());
  const InstanceNoise noise{.sigma = 0.25, .steps = 4};
  const auto e = std::make_shared<golden::Draws>();
  const Tensor<double> drawn = same.normal<double>(x.shape());
  e->calls.push_back({{"shape", {4, 6, 6, 3}}, {"data", drawn.values()}});
  const Tensor<double> real = noise.augment(x, 3, rng).value();
  const Tensor<double> given = golden::GivenNoise{noise, e}.augment(x, 3, rng).value();
  for (index_t i = 0; i < real.numel(); ++i) CHECK(given.data()[i] == Approx(real.data()[i]).epsilon(1e-14));
}
