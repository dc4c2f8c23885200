// Games with the networks of models/: three steps by AdversarialTrainer against PyTorch, losses, gradients, parameters,
// batch norm's running statistics, and the averaged generator. Networks and steps are at the head of
// generators/shipped.py.

#include <string>

#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/parts.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/models/auxiliary.hpp"
#include "ganvas/models/began.hpp"
#include "ganvas/models/conditional.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/models/infogan.hpp"
#include "ganvas/models/mlp.hpp"

#include "golden/game.hpp"

namespace {

using namespace ganvas;

constexpr index_t latent = 4, classes = 3;
constexpr nn::ImageSize image{8, 8, 1};

double setting(const std::string& game, const char* name) {
  return golden::find(golden::cases("shipped"), game + "/start").at("settings").at(name).get<double>();
}
index_t every(const std::string& game) { return static_cast<index_t>(setting(game, "every")); }

/// DCGAN's networks, no batch norm in D.
template <class Loss, class T, class Regularizer>
void check_dcgan(const std::string& name, const Loss& loss, T, const Regularizer& penalty) {
  Random rng{1};
  golden::check_game(
      "shipped", name, models::dcgan_generator<T>({.latent = latent, .image = image, .channels = {3, 2}}, rng),
      models::dcgan_discriminator<T>({.image = image, .channels = {2, 3}, .batch_norm = false}, rng), loss, penalty);
}

}  // namespace

TEMPLATE_TEST_CASE("golden: the game of perceptrons", "[golden][games]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_game(
      "shipped", "gan",
      models::mlp_generator<T>({.latent = latent, .hidden = {6, 7}, .sample = {4, 4, 1}, .tanh_output = true}, rng),
      models::mlp_discriminator<T>({.sample = {4, 4, 1}, .hidden = {7, 6}}, rng), loss::NonSaturating{});
}

TEMPLATE_TEST_CASE("golden: the games of networks with classes", "[golden][games]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_game("shipped", "cgan",
                     models::conditional_dcgan_generator<T>({.latent = latent, .image = image, .channels = {3, 2}},
                                                            {.classes = classes}, rng),
                     models::conditional_dcgan_discriminator<T>({.image = image, .channels = {2, 3}}, classes, rng),
                     loss::NonSaturating{});
  golden::check_game(
      "shipped", "cgan_embedding",
      models::conditional_dcgan_generator<T>({.latent = latent, .image = {6, 6, 2}, .channels = {3}},
                                             {.classes = classes, .input = models::ClassInput::embedding}, rng),
      models::conditional_dcgan_discriminator<T>({.image = {6, 6, 2}, .channels = {2, 3}}, classes, rng),
      loss::NonSaturating{});
  golden::check_game(
      "shipped", "cgan_mlp",
      models::mlp_generator<T>({.latent = latent, .hidden = {6}, .sample = {2}, .classes = classes}, rng),
      models::mlp_discriminator<T>({.sample = {2}, .hidden = {6}, .classes = classes}, rng), loss::NonSaturating{});
}

TEMPLATE_TEST_CASE("golden: ACGAN's game, cross entropies of logits on data and samples", "[golden][games]", double,
                   float) {
  using T = TestType;
  Random rng{1};
  golden::check_game("shipped", "acgan",
                     models::conditional_dcgan_generator<T>({.latent = latent, .image = image, .channels = {3, 2}},
                                                            {.classes = classes}, rng),
                     models::auxiliary_discriminator<T>({.image = image, .channels = {2, 3}, .outputs = classes}, rng),
                     loss::NonSaturating{}, NoPenalty{}, AuxiliaryClassifier{});
}

TEMPLATE_TEST_CASE("golden: InfoGAN's game", "[golden][games]", double, float) {
  using T = TestType;
  Random rng{1};
  const Latent z{.noise = latent, .categories = {3}, .continuous = 2};
  golden::check_game(
      "shipped", "infogan",
      models::infogan_generator<T>({.latent = z.size(), .image = image, .hidden = 6, .channels = 4}, rng),
      models::infogan_discriminator<T>({.image = image, .outputs = 5, .channels = 2, .hidden = 6, .code_hidden = 5},
                                       rng),
      loss::NonSaturating{}, NoPenalty{}, MutualInformation{.latent = z});
}

TEMPLATE_TEST_CASE("golden: BEGAN's game, with its balance k", "[golden][games]", double, float) {
  using T = TestType;
  Random rng{1};
  const models::BeganOptions sizes{.image = {4, 4, 1}, .channels = 2, .latent = latent, .levels = 2};
  golden::check_game("shipped", "began", models::began_generator<T>(sizes, rng),
                     models::began_discriminator<T>(sizes, rng),
                     loss::Began{.gamma = setting("began", "gamma"), .lambda = setting("began", "lambda")});
}

TEMPLATE_TEST_CASE("golden: penalties in each second step, and averaged generators", "[golden][games]", double, float) {
  check_dcgan("r1", loss::NonSaturating{}, TestType{}, R1{.gamma = setting("r1", "gamma"), .every = every("r1")});
  check_dcgan("r2", loss::NonSaturating{}, TestType{}, R2{.gamma = setting("r2", "gamma"), .every = every("r2")});
  check_dcgan("r1r2", loss::RelativisticPaired{}, TestType{},
              R1R2{.gamma = setting("r1r2", "gamma"), .every = every("r1r2")});
}
