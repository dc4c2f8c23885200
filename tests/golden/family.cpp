// Every GAN of the family: three steps by AdversarialTrainer against PyTorch, losses, gradients and parameters.
// Networks and steps are at the head of generators/family.py.

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/parts.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/gan/unroll.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/embedding.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/rmsprop.hpp"
#include "ganvas/optim/sgd.hpp"

#include "golden/given.hpp"
#include "golden/golden.hpp"
#include "golden/split_game.hpp"
#include "golden/watched.hpp"

namespace {

using namespace ganvas;
using golden::Given;
using golden::Json;
using golden::Watched;

constexpr index_t class_count = 3;

template <class T>
Var<T> one_hot(const Labels& y) {
  Tensor<T> codes = Tensor<T>::zeros({static_cast<index_t>(y.size()), class_count});
  for (std::size_t i = 0; i < y.size(); ++i) codes.mutable_data()[static_cast<index_t>(i) * class_count + y[i]] = T(1);
  return codes;
}

template <class T>
struct SmallG {
  using value_type = T;

  index_t length, class_number;
  nn::Linear<T> linear;
  nn::BatchNorm2d<T> bn;
  nn::ConvTranspose2d<T> deconv;
  static constexpr auto members = std::tuple{nn::member("linear", &SmallG::linear), nn::member("bn", &SmallG::bn),
                                             nn::member("deconv", &SmallG::deconv)};

  SmallG(index_t latent_length, index_t classes_wanted, Random& rng)
      : length(latent_length),
        class_number(classes_wanted),
        linear({.in = latent_length + classes_wanted, .out = 16}, rng),
        bn({.channels = 4}),
        deconv({.in = 4, .out = 1, .kernel = 4, .stride = 2, .padding = 1}, rng) {}

  [[nodiscard]] index_t latent() const { return length; }
  [[nodiscard]] index_t classes() const { return class_number; }
  [[nodiscard]] Var<T> operator()(const Var<T>& z, const Labels& y = {}) const { return pass_all(*this, z, y); }
  [[nodiscard]] Var<T> training(const Var<T>& z, const Labels& y = {}) { return pass_all(*this, z, y); }

 private:
  template <class Self>
  static Var<T> pass_all(Self& self, const Var<T>& z, const Labels& y) {
    const Var<T> all = y.empty() ? z : concat(std::vector{z, one_hot<T>(y)}, 1);
    const Var<T> x = reshape(self.linear(all), {-1, 2, 2, 4});
    return tanh(self.deconv(relu(nn::pass(self.bn, x))));
  }
};

/// Which D of family.py.
struct Kind {
  index_t pack = 1;
  bool planes = false, projection = false, autoencoder = false;
  index_t head = 0;
};

template <class T>
struct SmallD {
  using value_type = T;

  Kind kind;
  nn::Conv2d<T> conv;
  std::optional<nn::Linear<T>> linear, head, code, decode;
  std::optional<nn::Embedding<T>> embedding;
  static constexpr auto members =
      std::tuple{nn::member("conv", &SmallD::conv), nn::member("linear", &SmallD::linear),
                 nn::member("head", &SmallD::head), nn::member("embedding", &SmallD::embedding),
                 nn::member("code", &SmallD::code), nn::member("decode", &SmallD::decode)};

  SmallD(const Kind& k, Random& rng)
      : kind(k),
        conv({.in = k.pack + (k.planes ? class_count : 0), .out = 3, .kernel = 4, .stride = 2, .padding = 1}, rng) {
    if (k.autoencoder) {
      code.emplace(nn::LinearSpec{.in = 12, .out = 4}, rng);
      decode.emplace(nn::LinearSpec{.in = 4, .out = 16}, rng);
    } else {
      linear.emplace(nn::LinearSpec{.in = 12, .out = 1}, rng);
    }
    if (k.head > 0) head.emplace(nn::LinearSpec{.in = 12, .out = k.head}, rng);
    if (k.projection) embedding.emplace(nn::EmbeddingOptions{class_count, 12}, rng);
  }

  [[nodiscard]] index_t classes() const { return kind.planes || kind.projection ? class_count : 0; }
  [[nodiscard]] Verdict<T> operator()(const Var<T>& x, const Labels& y = {}) const {
    Var<T> in = x;
    const index_t n = x.size(0);
    if (kind.planes)
      in = concat(std::vector{x, broadcast_to(reshape(one_hot<T>(y), {n, 1, 1, class_count}), {n, 4, 4, class_count})},
                  3);
    const Var<T> f = reshape(leaky_relu(conv(in), T(0.2)), {n, 12});
    if (kind.autoencoder) {
      const Var<T> error = abs(x - reshape((*decode)((*code)(f)), x.shape()));
      return {mean(reshape(error, {n, 16}), {1}, true), {}, f};
    }
    Verdict<T> v{(*linear)(f), {}, f};
    if (head) v.classes = (*head)(f);
    if (embedding) v.score = v.score + sum((*embedding)(y)*f, {1}, true);
    return v;
  }
};

template <class T>
struct Game : golden::Game<SmallG<T>, SmallD<T>> {
  Game(const std::string& recipe, const Kind& kind, bool classes, const Latent& latent, Random rng = Random{1})
      : golden::Game<SmallG<T>, SmallD<T>>("family", recipe, SmallG<T>(latent.size(), classes ? class_count : 0, rng),
                                           SmallD<T>(kind, rng), latent) {}
};

constexpr optim::Adam adam{.lr = 2e-3, .beta1 = 0.5, .beta2 = 0.9};

/// A game of a recipe that needs nothing but a loss, a penalty and parts.
template <class T, class Loss, class Regularizer = NoPenalty, class... Parts>
void play(const std::string& recipe, const Loss& loss, Regularizer penalty = {}, const Kind& kind = {},
          const TrainerOptions& options = {}, const Parts&... parts) {
  Game<T> game(recipe, kind, recipe == "cgan" || recipe == "projection" || recipe == "acgan",
               recipe == "infogan" ? Latent{.noise = 3, .categories = {3}, .continuous = 2} : Latent{.noise = 5});
  const Watched<optim::Adam> watch_g{adam}, watch_d{adam};
  AdversarialTrainer trainer{game.g, game.d, loss, Optimizers{watch_g, watch_d}, penalty, options, parts...};
  game.play(
      trainer, *watch_g.seen, *watch_d.seen,
      [&](const Json& step) {
        if constexpr (requires { penalty.step; }) *penalty.step = step;
      },
      [](const Json&) {});
}

}  // namespace

TEMPLATE_TEST_CASE("golden: the losses of the family", "[golden][family]", double, float) {
  using T = TestType;
  play<T>("gan", loss::Minimax{});
  play<T>("smoothed", loss::NonSaturating{.real_label = 0.9});
  play<T>("lsgan", loss::LeastSquares{});
  play<T>("ragan", loss::RelativisticAverage{});
}

TEMPLATE_TEST_CASE("golden: hinge with two time scales", "[golden][family]", double, float) {
  using T = TestType;
  Game<T> game("hinge_ttur", {}, false, {.noise = 5});
  const Watched<optim::Adam> g{adam}, d{{.lr = 4e-3, .beta1 = 0.5, .beta2 = 0.9}};
  AdversarialTrainer trainer{game.g, game.d, loss::Hinge{}, Optimizers{g, d}};
  game.play(trainer, *g.seen, *d.seen);
}

TEMPLATE_TEST_CASE("golden: WGAN with clipped weights", "[golden][family]", double, float) {
  using T = TestType;
  Game<T> game("wgan", {}, false, {.noise = 5});
  const Watched<optim::RMSProp> g{{.lr = 1e-3}}, d{{.lr = 1e-3}};
  AdversarialTrainer trainer{game.g,      game.d,           loss::Wasserstein{},   Optimizers{g, d},
                             NoPenalty{}, TrainerOptions{}, ClipWeights{.c = 0.25}};
  game.play(trainer, *g.seen, *d.seen);
}

TEMPLATE_TEST_CASE("golden: penalties", "[golden][family]", double, float) {
  using T = TestType;
  play<T>("wgan_gp", loss::Wasserstein{}, Given<T, GradientPenalty>{});
  play<T>("dragan", loss::NonSaturating{}, Given<T, Dragan>{});
  play<T>("r1_lazy", loss::NonSaturating{}, R1{.gamma = 2, .every = 2});
  play<T>("r2", loss::NonSaturating{}, R2{.gamma = 2});
  play<T>("r3gan", loss::RelativisticPaired{}, R1R2{.gamma = 0.5});
}

TEMPLATE_TEST_CASE("golden: classes", "[golden][family]", double, float) {
  using T = TestType;
  play<T>("cgan", loss::NonSaturating{}, NoPenalty{}, {.planes = true});
  play<T>("projection", loss::Hinge{}, NoPenalty{}, {.projection = true});
  play<T>("acgan", loss::NonSaturating{}, NoPenalty{}, {.head = class_count}, {}, AuxiliaryClassifier{});
}

TEMPLATE_TEST_CASE("golden: InfoGAN", "[golden][family]", double, float) {
  play<TestType>("infogan", loss::NonSaturating{}, NoPenalty{}, {.head = 5}, {},
                 MutualInformation{.latent = {.noise = 3, .categories = {3}, .continuous = 2}});
}

TEMPLATE_TEST_CASE("golden: BEGAN, and its balance k", "[golden][family]", double, float) {
  using T = TestType;
  Game<T> game("began", {.autoencoder = true}, false, {.noise = 5});
  const Watched<optim::Adam> g{adam}, d{adam};
  AdversarialTrainer trainer{game.g, game.d, loss::Began{.gamma = 1.5, .lambda = 0.05}, Optimizers{g, d}};
  game.play(trainer, *g.seen, *d.seen);
  const double k = trainer.loss().k.item();
  CHECK(golden::relative(k, golden::find(game.cases, "began/3").at("k")) <= golden::Tolerance<T>::number * 10);
  CHECK(k > 0);
}

TEMPLATE_TEST_CASE("golden: PacGAN", "[golden][family]", double, float) {
  using T = TestType;
  play<T>("pacgan", loss::NonSaturating{}, NoPenalty{}, {.pack = 2}, {.pack = 2});
  play<T>("pacgan_gp", loss::Wasserstein{}, Given<T, GradientPenalty>{}, {.pack = 2}, {.pack = 2});
}

TEMPLATE_TEST_CASE("golden: unrolled GAN", "[golden][family]", double, float) {
  using T = TestType;
  const auto play_unrolled = [](const std::string& recipe, index_t steps, const auto& rule_d) {
    Game<T> game(recipe, {}, false, {.noise = 5});
    const Watched<optim::Adam> g{adam};
    AdversarialTrainer trainer{game.g,      game.d,           loss::NonSaturating{},   Optimizers{g, rule_d},
                               NoPenalty{}, TrainerOptions{}, Unrolled{.steps = steps}};
    game.play(trainer, *g.seen, *rule_d.seen);
  };
  play_unrolled("unrolled_sgd", 3, Watched<optim::SGD>{{.lr = 0.1}});
  play_unrolled("unrolled_adam", 2, Watched<optim::Adam>{adam});
  play_unrolled("unrolled_five", 5, Watched<optim::Adam>{adam});
}

TEMPLATE_TEST_CASE("golden: feature matching and historical averaging", "[golden][family]", double, float) {
  using T = TestType;
  play<T>("feature_matching", loss::NonSaturating{}, NoPenalty{}, {}, {}, FeatureMatching{});
  play<T>("historical", loss::NonSaturating{}, NoPenalty{}, {}, {}, HistoricalAveraging<T>{.weight = 0.25});
}
