// Small members of the families of models/ against PyTorch: they load its state dicts, and say, learn and remember the
// same. Cases are made by generators/networks.py.

#include <string>

#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/models/began.hpp"
#include "ganvas/models/infogan.hpp"
#include "ganvas/models/resnet.hpp"
#include "ganvas/models/sndcgan.hpp"
#include "ganvas/models/unrolled.hpp"

#include "golden/modules.hpp"

namespace {

using namespace ganvas;
using golden::conditional;
using golden::Json;
using golden::Labels;
using golden::unconditional;

/// Score, classes and features as one matrix.
const auto verdict = []<class T>(auto& net, const Var<T>& x, const Labels&) {
  const Verdict<T> v = nn::pass(net, x);
  return concat<T>({v.score, v.classes, v.features}, 1);
};

const Json& named(const std::string& name) { return golden::case_of_second_order("networks", name); }

}  // namespace

TEMPLATE_TEST_CASE("golden: residual blocks", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("residual_up/nearest"), models::ResidualUp<T>({.in = 3, .out = 2}, rng), unconditional);
  golden::check_case(named("residual_down/spectral"), models::ResidualDown<T>({.in = 3, .out = 4}, rng), unconditional);
}

TEMPLATE_TEST_CASE("golden: residual generators", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("resnet_generator/plain"),
                     models::resnet_generator<T>(
                         {.latent = 3, .image = {12, 12, 2}, .channels = 3, .upsampling = UpsampleMode::bilinear}, rng),
                     unconditional);
  golden::check_case(
      named("resnet_generator/classes"),
      models::resnet_generator<T>({.latent = 2, .image = {8, 8, 1}, .channels = 8, .classes = 3, .attention = 8}, rng),
      conditional);
}

TEMPLATE_TEST_CASE("golden: residual discriminators, one with a projection term", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("resnet_discriminator/projection"),
                     models::resnet_discriminator<T>(
                         {.image = {20, 20, 1}, .channels = 8, .flat_blocks = 1, .classes = 3, .attention = 10}, rng),
                     conditional);
  golden::check_case(named("resnet_discriminator/plain"),
                     models::resnet_discriminator<T>({.image = {8, 8, 1}, .channels = 4, .spectral_norm = false}, rng),
                     unconditional);
}

TEMPLATE_TEST_CASE("golden: SNGAN's convolutional networks", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("sndcgan_generator"),
                     models::sndcgan_generator<T>({.latent = 3, .image = {8, 8, 3}, .channels = 8}, rng),
                     unconditional);
  golden::check_case(named("sndcgan_discriminator/spectral"),
                     models::sndcgan_discriminator<T>({.image = {16, 16, 1}, .channels = 8}, rng), unconditional);
  golden::check_case(named("sndcgan_discriminator/plain"),
                     models::sndcgan_discriminator<T>({.image = {8, 8, 3}, .channels = 8, .spectral_norm = false}, rng),
                     unconditional);
  // sides that divide by 4 alone: a level less
  golden::check_case(named("sndcgan_generator/4x12"),
                     models::sndcgan_generator<T>({.latent = 3, .image = {4, 12, 1}, .channels = 8}, rng),
                     unconditional);
  golden::check_case(named("sndcgan_discriminator/4x12"),
                     models::sndcgan_discriminator<T>({.image = {4, 12, 1}, .channels = 8}, rng), unconditional);
}

TEMPLATE_TEST_CASE("golden: InfoGAN's networks, the discriminator with both heads", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("infogan_generator"),
                     models::infogan_generator<T>({.latent = 5, .image = {8, 8, 1}, .hidden = 6, .channels = 4}, rng),
                     unconditional);
  golden::check_case(named("infogan_discriminator"),
                     models::infogan_discriminator<T>(
                         {.image = {8, 8, 1}, .outputs = 3, .channels = 2, .hidden = 6, .code_hidden = 5}, rng),
                     verdict);
}

TEMPLATE_TEST_CASE("golden: BEGAN's networks", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("began_generator"),
                     models::began_generator<T>({.image = {6, 6, 1}, .channels = 2, .latent = 3, .levels = 2}, rng),
                     unconditional);
  golden::check_case(named("began_discriminator"),
                     models::began_discriminator<T>({.image = {8, 8, 1}, .channels = 2, .latent = 3, .levels = 3}, rng),
                     unconditional);
}

TEMPLATE_TEST_CASE("golden: images that are wider than high", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("infogan_generator/4x8"),
                     models::infogan_generator<T>({.latent = 5, .image = {4, 8, 1}, .hidden = 6, .channels = 4}, rng),
                     unconditional);
  golden::check_case(named("infogan_discriminator/4x8"),
                     models::infogan_discriminator<T>(
                         {.image = {4, 8, 1}, .outputs = 3, .channels = 2, .hidden = 6, .code_hidden = 5}, rng),
                     verdict);
  const models::BeganOptions sizes{.image = {4, 6, 1}, .channels = 2, .latent = 3, .levels = 2};
  golden::check_case(named("began_generator/4x6"), models::began_generator<T>(sizes, rng), unconditional);
  golden::check_case(named("began_discriminator/4x6"), models::began_discriminator<T>(sizes, rng), unconditional);
}

TEMPLATE_TEST_CASE("golden: the small networks of unrolled GANs", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("unrolled_generator"),
                     models::unrolled_generator<T>({.latent = 3, .image = {28, 28, 2}, .width = 8}, rng),
                     unconditional);
  golden::check_case(named("unrolled_discriminator/norm"),
                     models::unrolled_discriminator<T>({.image = {28, 28, 1}, .width = 2}, rng), unconditional);
  golden::check_case(named("unrolled_discriminator/plain"),
                     models::unrolled_discriminator<T>({.image = {28, 28, 1}, .width = 2, .batch_norm = false}, rng),
                     unconditional);
}
