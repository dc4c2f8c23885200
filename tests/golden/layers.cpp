// Spectral norm, conditional batch norm and self-attention against PyTorch: values, first and second order, and what
// several training passes leave in the buffers. Cases are made by generators/layers.py.

#include <string>

#include "ganvas/nn/conditional_batch_norm.hpp"
#include "ganvas/nn/self_attention.hpp"
#include "ganvas/nn/spectral_norm.hpp"

#include "golden/modules.hpp"

namespace {

using namespace ganvas;
using golden::Json;
using golden::Labels;

const auto unconditional = [](auto& net, const auto& x, const Labels&) { return nn::pass(net, x); };
const auto conditional = [](auto& net, const auto& x, const Labels& y) { return nn::pass(net, x, y); };
const auto by_label = [](auto& net, const auto&, const Labels& y) { return nn::pass(net, y); };

const Json& named(const std::string& name) { return golden::find(golden::cases("layers"), name); }

template <class Layer>
nn::SpectralNorm<Layer> spectral(Layer layer) {
  Random rng{5};
  return {std::move(layer), rng};
}

}  // namespace

TEMPLATE_TEST_CASE("golden: spectral norm of every layer", "[golden][spectral_norm]", double, float) {
  using T = TestType;
  Random rng{1};
  golden::check_case(named("spectral_norm/conv2d"),
                     spectral(nn::Conv2d<T>({.in = 2, .out = 4, .kernel = 3, .stride = 2, .padding = 1}, rng)),
                     unconditional);
  golden::check_case(named("spectral_norm/conv_transpose2d"),
                     spectral(nn::ConvTranspose2d<T>({.in = 3, .out = 2, .kernel = 4, .stride = 2, .padding = 1}, rng)),
                     unconditional);
  golden::check_case(named("spectral_norm/linear"), spectral(nn::Linear<T>({.in = 5, .out = 3}, rng)), unconditional);
  golden::check_case(named("spectral_norm/linear_images"),
                     spectral(nn::Linear<T>({.in = 12, .out = 12, .in_image = {2, 3, 2}, .out_image = {3, 2, 2}}, rng)),
                     unconditional);
  golden::check_case(named("spectral_norm/embedding"), spectral(nn::Embedding<T>({.count = 4, .features = 3}, rng)),
                     by_label);
}

TEMPLATE_TEST_CASE("golden: conditional batch norm", "[golden]", double, float) {
  using T = TestType;
  golden::check_case(named("conditional_batch_norm/images"),
                     nn::ConditionalBatchNorm2d<T>({.channels = 3, .classes = 4}), conditional);
  golden::check_case(named("conditional_batch_norm/rows"), nn::ConditionalBatchNorm2d<T>({.channels = 2, .classes = 2}),
                     conditional);
}

TEMPLATE_TEST_CASE("golden: self-attention", "[golden]", double, float) {
  using T = TestType;
  int seen = 0;
  for (const Json& c : golden::cases("layers")) {
    if (!c.at("name").get<std::string>().starts_with("self_attention/")) continue;
    Random rng{1};
    const bool spectral_norm = c.at("options").at("spectral"), pool = c.at("options").at("pool");
    golden::check_case(c, nn::SelfAttention<T>({.channels = 16, .spectral_norm = spectral_norm, .pool = pool}, rng),
                       unconditional);
    ++seen;
  }
  CHECK(seen == 3);
}
