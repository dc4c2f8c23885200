// SNGAN, its residual form, SAGAN and the projection discriminator: three steps by AdversarialTrainer against PyTorch,
// losses, gradients, parameters, and what training passes leave behind: u and v of spectral norm, batch norm's running
// statistics. Networks and steps are at the head of generators/games.py.

#include <string>
#include <utility>

#include "ganvas/gan/losses.hpp"
#include "ganvas/models/resnet.hpp"
#include "ganvas/models/sndcgan.hpp"

#include "golden/game.hpp"

namespace {

using namespace ganvas;

template <class NetG, class NetD>
void check(const std::string& name, NetG g, NetD d) {
  golden::check_game("games", name, std::move(g), std::move(d), loss::Hinge{});
}

constexpr nn::ImageSize image{8, 8, 1};

}  // namespace

TEMPLATE_TEST_CASE("golden: SNGAN's game", "[golden][games]", double, float) {
  using T = TestType;
  Random rng{1};
  check("sngan", models::sndcgan_generator<T>({.latent = 3, .image = image, .channels = 8}, rng),
        models::sndcgan_discriminator<T>({.image = image, .channels = 8}, rng));
}

TEMPLATE_TEST_CASE("golden: the game of SNGAN's residual networks, two steps of D for one of G", "[golden][games]",
                   double, float) {
  using T = TestType;
  Random rng{1};
  check("resnet", models::resnet_generator<T>({.latent = 3, .image = image, .channels = 4}, rng),
        models::resnet_discriminator<T>({.image = image, .channels = 4}, rng));
}

TEMPLATE_TEST_CASE("golden: SAGAN's game, with attention, spectral norm and a rate for each player", "[golden][games]",
                   double, float) {
  using T = TestType;
  Random rng{1};
  check("sagan",
        models::resnet_generator<T>({.latent = 3, .image = image, .channels = 8, .attention = 8, .spectral_norm = true},
                                    rng),
        models::resnet_discriminator<T>({.image = image, .channels = 8, .flat_blocks = 1, .attention = 4}, rng));
}

TEMPLATE_TEST_CASE("golden: the projection discriminator's game, with conditional batch norm", "[golden][games]",
                   double, float) {
  using T = TestType;
  Random rng{1};
  check("projection", models::resnet_generator<T>({.latent = 3, .image = image, .channels = 4, .classes = 3}, rng),
        models::resnet_discriminator<T>({.image = image, .channels = 4, .flat_blocks = 1, .classes = 3}, rng));
}
