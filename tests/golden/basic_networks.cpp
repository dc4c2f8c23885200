// Perceptrons and DCGAN's networks, also with classes and with a second head, against PyTorch: they load its state
// dicts, and say, learn and remember the same. Cases are made by generators/basic_networks.py.

#include <string>

#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/models/auxiliary.hpp"
#include "ganvas/models/conditional.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/models/mlp.hpp"

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
  return concat<T>({v.score, v.classes, reshape(v.features, {x.size(0), -1})}, 1);
};

const Json& named(const std::string& name) { return golden::case_of_second_order("basic_networks", name); }

}  // namespace

TEMPLATE_TEST_CASE("golden: perceptrons", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(
      named("mlp_generator"),
      models::mlp_generator<T>({.latent = 3, .hidden = {5, 4}, .sample = {2, 2, 2}, .tanh_output = true}, rng),
      unconditional);
  golden::check_case(named("mlp_generator/classes"),
                     models::mlp_generator<T>({.latent = 2, .hidden = {5}, .sample = {2}, .classes = 3}, rng),
                     conditional);
  golden::check_case(named("mlp_discriminator"),
                     models::mlp_discriminator<T>({.sample = {2, 2, 2}, .hidden = {5, 4}}, rng), unconditional);
  golden::check_case(named("mlp_discriminator/classes"),
                     models::mlp_discriminator<T>({.sample = {2, 2, 2}, .hidden = {5}, .classes = 3}, rng),
                     conditional);
}

TEMPLATE_TEST_CASE("golden: DCGAN's networks", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("dcgan_generator"),
                     models::dcgan_generator<T>({.latent = 3, .image = {8, 8, 2}, .channels = {4, 3}}, rng),
                     unconditional);
  golden::check_case(named("dcgan_discriminator/norm"),
                     models::dcgan_discriminator<T>({.image = {8, 8, 2}, .channels = {3, 4}}, rng), unconditional);
  golden::check_case(
      named("dcgan_discriminator/plain, odd sides"),
      models::dcgan_discriminator<T>({.image = {10, 10, 1}, .channels = {2, 3, 4}, .batch_norm = false}, rng),
      unconditional);
}

TEMPLATE_TEST_CASE("golden: DCGAN's networks with classes", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  const models::DcganGeneratorOptions g{.latent = 3, .image = {6, 6, 1}, .channels = {4}};
  golden::check_case(named("conditional_dcgan_generator/one_hot"),
                     models::conditional_dcgan_generator<T>(g, {.classes = 3}, rng), conditional);
  golden::check_case(
      named("conditional_dcgan_generator/embedding"),
      models::conditional_dcgan_generator<T>(g, {.classes = 3, .input = models::ClassInput::embedding}, rng),
      conditional);
  golden::check_case(named("conditional_dcgan_discriminator"),
                     models::conditional_dcgan_discriminator<T>({.image = {6, 6, 1}, .channels = {2, 3}}, 3, rng),
                     conditional);
}

TEMPLATE_TEST_CASE("golden: DCGAN's discriminator with a second head", "[golden]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("auxiliary_discriminator/one layer"),
                     models::auxiliary_discriminator<T>({.image = {8, 8, 1}, .channels = {2, 3}, .outputs = 3}, rng),
                     verdict);
  golden::check_case(
      named("auxiliary_discriminator/hidden"),
      models::auxiliary_discriminator<T>({.image = {6, 6, 1}, .channels = {2, 3}, .outputs = 3, .hidden = 4}, rng),
      verdict);
  golden::check_case(named("auxiliary_discriminator/hidden, plain"),
                     models::auxiliary_discriminator<T>(
                         {.image = {4, 4, 1}, .channels = {3}, .batch_norm = false, .outputs = 2, .hidden = 5}, rng),
                     verdict);
}
