// Every GAN of the family: three steps by AdversarialTrainer against PyTorch, losses, gradients and parameters.
// Networks and steps are at the head of generators/family.py.

#include <algorithm>
#include <cmath>
#include <memory>
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

#include "golden/golden.hpp"
#include "golden/watched.hpp"

namespace {

using namespace ganvas;
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

/// A penalty with the numbers of the file in place of draws.
template <class T, class P>
struct Given {
  P penalty;
  std::shared_ptr<Json> step = std::make_shared<Json>();
  index_t every = 1;

  template <class D>
  [[nodiscard]] Var<T> operator()(D& d, const PenaltyInput<T>& in, Random&) const {
    if constexpr (std::is_same_v<P, Dragan>)
      return penalty.at(d, in, golden::tensor<T>(step->at("alpha")), golden::tensor<T>(step->at("u")));
    else
      return penalty.at(d, in, golden::tensor<T>(step->at("epsilon")));
  }
};

template <class T>
struct Tolerance {
  static constexpr double number = sizeof(T) == 8 ? 1e-10 : 2e-5, gradient = sizeof(T) == 8 ? 1e-9 : 1e-4,
                          parameter = sizeof(T) == 8 ? 1e-9 : 1e-4;
};

template <class T>
Labels labels(const Json& step, const char* name) {
  return step.contains(name) ? step.at(name).get<Labels>() : Labels{};
}

/// The players of a recipe, with the parameters of the file.
template <class T>
struct Game {
  Random rng{1};
  std::string name;
  const Json& cases = golden::cases("family");
  const Json& start;
  Generator<SmallG<T>> g;
  Discriminator<SmallD<T>> d;
  std::vector<std::string> names_g, names_d;

  Game(const std::string& recipe, const Kind& kind, bool classes, const Latent& latent)
      : name(recipe),
        start(golden::find(cases, recipe + "/start").at("parameters")),
        g(SmallG<T>(latent.size(), classes ? class_count : 0, rng), latent),
        d(SmallD<T>(kind, rng)) {
    const auto give = [&](auto& player, const std::string& prefix, std::vector<std::string>& names) {
      nn::for_each_parameter(player, [&](const std::string& parameter, auto& p) {
        names.push_back(prefix + parameter);
        p.set_value(golden::tensor<T>(start.at(names.back())));
      });
    };
    give(g, "G.", names_g);
    give(d, "D.", names_d);
    REQUIRE(names_g.size() + names_d.size() == start.size());
  }

  void check_parameters(const Json& step) const {
    const auto check = [&](const std::vector<std::string>& names, const std::vector<Var<T>>& parameters) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        INFO("parameter " << names[i]);
        double largest = 0;  // of the gradient
        for (const Json& v : step.at("gradients").at(names[i]).at("data"))
          largest = std::max(largest, std::abs(v.get<double>()));
        if (largest < 1e-12) continue;  // 0 but for rounding, of which Adam makes steps: D's bias in relativistic games
        CHECK(golden::distance(parameters[i].value(), step.at("parameters").at(names[i])) <= Tolerance<T>::parameter);
      }
    };
    check(names_g, nn::parameters(g));
    check(names_d, nn::parameters(d));
    CHECK(golden::distance(g.net.bn.running_mean, step.at("running").at(0)) <= Tolerance<T>::parameter);
    CHECK(golden::distance(g.net.bn.running_var, step.at("running").at(1)) <= Tolerance<T>::parameter);
  }

  void check_gradients(const Json& step, const std::vector<std::string>& names,
                       std::vector<std::vector<double>>& seen) const {
    REQUIRE(seen.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      INFO("gradient by " << names[i]);
      const Json& expected = step.at("gradients").at(names[i]);
      CHECK(golden::distance(Tensor<double>(golden::shape(expected.at("shape")), seen[i]), expected, 1e-3) <=
            Tolerance<T>::gradient);
    }
    seen.clear();
  }

  /// Steps 1 to 3. watch_g and watch_d see gradients, if they are there; `given` is where a penalty reads its numbers.
  template <class Trainer>
  void play(Trainer& trainer, std::vector<std::vector<double>>* watch_g, std::vector<std::vector<double>>* watch_d,
            Json* given = nullptr) {
    const auto check_number = [](double found, const Json& step, const char* what) {
      INFO(what);
      if (step.contains(what))
        CHECK(golden::relative(found, step.at(what)) <= Tolerance<T>::number);
      else
        CHECK(found == 0);
    };
    int steps = 0;
    for (const Json& step : cases) {
      const std::string case_name = step.at("name");
      if (!case_name.starts_with(name + "/") || case_name.ends_with("/start")) continue;
      INFO(case_name);
      if (given != nullptr) *given = step;
      const Labelled<T> x{golden::tensor<T>(step.at("x")), labels<T>(step, "y")};
      trainer.update_discriminator(x, {golden::tensor<T>(step.at("z_d")), labels<T>(step, "y_d")});
      const StepReport& report = trainer.report();
      check_number(report.loss_d, step, "loss_d");
      if (step.contains("penalty")) check_number(report.penalty, step, "penalty");
      check_number(report.terms_d, step, "terms_d");
      if (watch_d != nullptr) check_gradients(step, names_d, *watch_d);
      trainer.update_generator({golden::tensor<T>(step.at("z_g")), labels<T>(step, "y_g")}, x);
      check_number(report.loss_g, step, "loss_g");
      check_number(report.terms_g, step, "terms_g");
      if (watch_g != nullptr) check_gradients(step, names_g, *watch_g);
      check_parameters(step);
      ++steps;
    }
    CHECK(steps == 3);
  }
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
  Json* given = nullptr;
  if constexpr (requires { penalty.step; }) given = penalty.step.get();
  game.play(trainer, watch_g.seen.get(), watch_d.seen.get(), given);
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
  game.play(trainer, g.seen.get(), d.seen.get());
}

TEMPLATE_TEST_CASE("golden: WGAN with clipped weights", "[golden][family]", double, float) {
  using T = TestType;
  Game<T> game("wgan", {}, false, {.noise = 5});
  const Watched<optim::RMSProp> g{{.lr = 1e-3}}, d{{.lr = 1e-3}};
  AdversarialTrainer trainer{game.g,      game.d,           loss::Wasserstein{},   Optimizers{g, d},
                             NoPenalty{}, TrainerOptions{}, ClipWeights{.c = 0.25}};
  game.play(trainer, g.seen.get(), d.seen.get());
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
  game.play(trainer, g.seen.get(), d.seen.get());
  const double k = trainer.loss().k.item();
  CHECK(golden::relative(k, golden::find(game.cases, "began/3").at("k")) <= Tolerance<T>::number * 10);
  CHECK(k > 0);
}

TEMPLATE_TEST_CASE("golden: PacGAN", "[golden][family]", double, float) {
  using T = TestType;
  play<T>("pacgan", loss::NonSaturating{}, NoPenalty{}, {.pack = 2}, {.pack = 2});
  play<T>("pacgan_gp", loss::Wasserstein{}, Given<T, GradientPenalty>{}, {.pack = 2}, {.pack = 2});
}

TEMPLATE_TEST_CASE("golden: unrolled GAN", "[golden][family]", double, float) {
  using T = TestType;
  {
    Game<T> game("unrolled_sgd", {}, false, {.noise = 5});
    const Watched<optim::Adam> g{adam};
    AdversarialTrainer trainer{
        game.g,      game.d,           loss::NonSaturating{}, Optimizers{g, optim::SGD{.lr = 0.1}},
        NoPenalty{}, TrainerOptions{}, Unrolled{.steps = 3}};
    game.play(trainer, g.seen.get(), nullptr);
  }
  {
    Game<T> game("unrolled_adam", {}, false, {.noise = 5});
    const Watched<optim::Adam> g{adam};
    AdversarialTrainer trainer{game.g,      game.d,           loss::NonSaturating{}, Optimizers{g, adam},
                               NoPenalty{}, TrainerOptions{}, Unrolled{.steps = 2}};
    game.play(trainer, g.seen.get(), nullptr);
  }
}

TEMPLATE_TEST_CASE("golden: feature matching and historical averaging", "[golden][family]", double, float) {
  using T = TestType;
  play<T>("feature_matching", loss::NonSaturating{}, NoPenalty{}, {}, {}, FeatureMatching{});
  play<T>("historical", loss::NonSaturating{}, NoPenalty{}, {}, {}, HistoricalAveraging<T>{.weight = 0.25});
}
