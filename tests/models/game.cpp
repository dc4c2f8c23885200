// The networks play the game: each takes part in a few steps of AdversarialTrainer.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/resnet.hpp"
#include "ganvas/models/sndcgan.hpp"
#include "ganvas/nn/state_dict.hpp"
#include "ganvas/optim/adam.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// Plays two steps and checks that every parameter and buffer moved and every number is finite.
template <class NetG, class NetD, class Loss, class Penalty = NoPenalty>
auto play(NetG net_g, NetD net_d, const Loss& loss, const Shape& images, const Penalty& penalty = {}) {
  using T = typename NetG::value_type;
  Generator g{std::move(net_g)};
  Discriminator d{std::move(net_d)};
  const auto before = std::pair{nn::state_dict(g), nn::state_dict(d)};
  AdversarialTrainer trainer{g, d, loss, optim::Adam{.lr = 1e-3}, penalty, {.seed = 3}};
  Random rng{5};
  for (int step = 0; step < 2; ++step) trainer.step(rng.uniform<T>(images, T(-1), T(1)));
  CHECK(trainer.report().generator_stepped);
  const auto check = [](const auto& then, const auto& now) {
    for (std::size_t i = 0; i < now.size(); ++i) {
      INFO(now[i].name);
      // single numbers may have no gradient (the last bias under Wasserstein's loss) or no freedom (u of one row)
      if (now[i].value.numel() > 1) CHECK_FALSE(then[i].value == now[i].value);
      const auto values = now[i].value.values();
      CHECK(std::all_of(values.begin(), values.end(), [](T v) { return std::isfinite(v); }));
    }
  };
  check(before.first, nn::state_dict(g));
  check(before.second, nn::state_dict(d));  // spectral norm's u and v, too
  return trainer.report();
}

}  // namespace

TEST_CASE("SNGAN: hinge loss and spectral norm") {
  Random rng{1};
  play(models::sndcgan_generator({.latent = 4, .image = {8, 8, 1}, .channels = 16}, rng),
       models::sndcgan_discriminator({.image = {8, 8, 1}, .channels = 16}, rng), loss::Hinge{}, {6, 8, 8, 1});
  play(models::resnet_generator({.latent = 4, .image = {8, 8, 1}, .channels = 8, .spectral_norm = true}, rng),
       models::resnet_discriminator({.image = {8, 8, 1}, .channels = 8}, rng), loss::Hinge{}, {6, 8, 8, 1});
}

TEST_CASE("residual networks without norms in D: penalties that differentiate twice") {
  Random rng{1};
  const auto g = models::resnet_generator({.latent = 4, .image = {8, 8, 1}, .channels = 8, .attention = 8}, rng);
  const auto d =
      models::resnet_discriminator({.image = {8, 8, 1}, .channels = 8, .attention = 4, .spectral_norm = false}, rng);
  CHECK(d.attention->gamma.item() == 0.0F);
  // f, g, h, v of self-attention learn from the second step on, when gamma has left 0
  const auto gp = play(g, d, loss::Wasserstein{}, {6, 8, 8, 1}, GradientPenalty{});
  CHECK(gp.penalty > 0);
  const auto r1 = play(g, d, loss::NonSaturating{}, {6, 8, 8, 1}, R1{});
  CHECK(r1.penalty > 0);
}

TEST_CASE("a spectrally normalised D can be penalised as well") {
  Random rng{1};
  const auto report = play(models::sndcgan_generator<double>({.latent = 4, .image = {8, 8, 1}, .channels = 8}, rng),
                           models::sndcgan_discriminator<double>({.image = {8, 8, 1}, .channels = 8}, rng),
                           loss::NonSaturating{}, {6, 8, 8, 1}, R1{});
  CHECK(report.penalty > 0);
}
