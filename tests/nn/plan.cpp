// Plans: shapes at compile time, the same refusals at run time.
#include "ganvas/nn/plan.hpp"

#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/dropout.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/norms.hpp"
#include "ganvas/nn/reshape.hpp"
#include "ganvas/nn/resize.hpp"
#include "ganvas/nn/sequential.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

constexpr auto discriminator = nn::plan(
    nn::conv2d({.in = 1, .out = 64, .kernel = 4, .stride = 2, .padding = 1}), nn::leaky_relu(0.2),
    nn::conv2d({.in = 64, .out = 128, .kernel = 4, .stride = 2, .padding = 1}), nn::batch_norm2d({.channels = 128}),
    nn::leaky_relu(0.2), nn::dropout(0.3), nn::flatten(), nn::linear({.in = 7 * 7 * 128, .out = 1}));
static_assert(discriminator.output_shape({64, 28, 28, 1}) == Shape{64, 1});
static_assert(nn::fits<discriminator, 64, 28, 28, 1>);

constexpr auto generator = nn::plan(
    nn::reshape({1, 1, 100}), nn::conv_transpose2d({.in = 100, .out = 256, .kernel = 7}),
    nn::instance_norm2d({.channels = 256}), nn::relu(), nn::upsample(2),
    nn::conv2d({.in = 256, .out = 16, .kernel = 3, .padding = 1}), nn::group_norm({.groups = 4, .channels = 16}),
    nn::gelu(), nn::pixel_shuffle(2), nn::avg_pool2d({.kernel = 3, .stride = 1, .padding = 1}), nn::tanh());
static_assert(generator.output_shape({5, 100}) == Shape{5, 28, 28, 4});

constexpr auto nested = nn::plan(nn::relu(), nn::plan(nn::linear({.in = 3, .out = 4}), nn::sigmoid()), nn::elu());
static_assert(nested.output_shape({2, 3}) == Shape{2, 4});
static_assert(nn::max_pool2d({.kernel = 2}).output_shape({1, 7, 7, 3}) == Shape{1, 3, 3, 3});
static_assert(nn::global_avg_pool2d().output_shape({2, 7, 7, 3}) == Shape{2, 3});
static_assert(nn::layer_norm({.features = 3}).output_shape({2, 3}) == Shape{2, 3});
static_assert(nn::linear({.in = 3, .out = 4}).output_shape({2, 5, 3}) == Shape{2, 5, 4});

// Every output padding and stride agrees with the operation's own rule, down to the smallest input that is accepted.
constexpr bool transposed_rule_agrees() {
  for (index_t stride = 1; stride <= 3; ++stride)
    for (index_t padding = 0; padding <= 4; ++padding)
      for (index_t kernel = 1; kernel <= 5; ++kernel)
        for (index_t extra = 0; extra < stride; ++extra) {
          const auto spec = nn::conv_transpose2d(
              {.in = 1, .out = 1, .kernel = kernel, .stride = stride, .padding = padding, .output_padding = extra});
          for (index_t rows = 0; rows <= 6; ++rows) {
            const bool fits = rows >= 1 && (rows - 1) * stride + kernel + extra > 2 * padding;
            if (!spec.misfit({1, rows, 7, 1}) != fits) return false;
          }
        }
  return true;
}
static_assert(transposed_rule_agrees());
constexpr bool convolution_rule_agrees() {
  for (index_t dilation = 1; dilation <= 3; ++dilation)
    for (index_t padding = 0; padding <= 2; ++padding)
      for (index_t kernel = 1; kernel <= 5; ++kernel) {
        const auto spec = nn::conv2d({.in = 1, .out = 1, .kernel = kernel, .padding = padding, .dilation = dilation});
        for (index_t rows = 0; rows <= 14; ++rows)
          if (!spec.misfit({1, 14, rows, 1}) != (dilation * (kernel - 1) + 1 <= rows + 2 * padding)) return false;
      }
  return true;
}
static_assert(convolution_rule_agrees());

}  // namespace

TEST_CASE("a plan refuses at run time with the layer's number, description and both shapes") {
  CHECK_THAT(sentence<ShapeError>([] {
               static_cast<void>(discriminator.output_shape({64, 28, 28, 3}));
             }),
             Contains("[sequential] layer 0 (Conv2d 1->64, kernel 4, stride 2, padding 1)") &&
                 Contains("the input has 3 channels but the layer expects 1") && Contains("input (64,28,28,3)") &&
                 Contains("expected (N,H,W,1)"));
  CHECK_THAT(
      sentence<ShapeError>([] {
        static_cast<void>(discriminator.output_shape({64, 32, 32, 1}));
      }),
      Contains("[sequential] layer 7 (Linear 6272->1): the input has 8192 features but the layer expects 6272") &&
          Contains("input (64,8192), expected (N,6272)"));
  CHECK_THAT(sentence<ShapeError>([] {
               static_cast<void>(discriminator.output_shape({28, 28, 1}));
             }),
             Contains("layer 0") && Contains("the input has 3 axes but the layer expects 4"));
  CHECK_THAT(sentence<ShapeError>([] {
               static_cast<void>(discriminator.output_shape({1, 4, 1, 1}));
             }),
             Contains("layer 0") && Contains("the input has 1 rows or columns but the layer needs at least 2"));
}

TEST_CASE("each reason has its sentence") {
  const auto refuse = [](const auto& spec, const Shape& x) {
    return sentence<ShapeError>([&] { static_cast<void>(spec.output_shape(x)); });
  };
  CHECK_THAT(refuse(nn::reshape({7, 7, 2}), {3, 99}),
             Contains("[layer] Reshape to (7,7,2): the input has 99 elements a sample but the layer arranges 98"));
  CHECK_THAT(refuse(nn::pixel_shuffle(3), {1, 2, 2, 10}),
             Contains("the input has 10 channels, which do not divide by 9: input (1,2,2,10)"));
  CHECK_THAT(refuse(nn::max_pool2d({.kernel = 3}), {1, 2, 2, 1}),
             Contains("2 rows or columns") && Contains("at least 3"));
  CHECK_THAT(refuse(nn::batch_norm2d({.channels = 4}), {1, 2, 2, 3}), Contains("3 channels") && Contains("expects 4"));
  CHECK_THAT(refuse(nn::upsample(2), {1, 2}), Contains("2 axes"));
}

TEST_CASE("options outside their domain are refused when the specification is made") {
  const auto refuse = [](const auto& f) { return sentence<ValueError>([&] { static_cast<void>(f()); }); };
  CHECK_THAT(refuse([] { return nn::conv2d({.out = 64, .kernel = 4}); }), Contains("[conv2d] in, out and kernel"));
  CHECK_THAT(refuse([] { return nn::conv2d({.in = 1, .out = 64, .kernel = 4, .stride = 0}); }), Contains("stride"));
  CHECK_THAT(refuse([] { return nn::conv_transpose2d({.in = 1, .out = 1, .kernel = 4, .output_padding = 1}); }),
             Contains("output_padding"));
  constexpr index_t huge = index_t{1} << 40;
  CHECK_THAT(refuse([] { return nn::conv2d({.in = 1, .out = 1, .kernel = huge, .dilation = 1 << 30}); }),
             Contains("[conv2d]") && Contains("kernel at most 2^30"));
  CHECK_THAT(refuse([] { return nn::conv_transpose2d({.in = 1, .out = 1, .kernel = huge}); }),
             Contains("[conv_transpose2d]") && Contains("kernel at most 2^30"));
  CHECK_THAT(refuse([] { return nn::conv2d({.in = 1, .out = 1, .kernel = 1, .stride = huge}); }),
             Contains("stride") && Contains("at most 2^30"));
  CHECK_THAT(refuse([] { return nn::linear({.in = -1, .out = 2}); }), Contains("[linear] in and out"));
  CHECK_THAT(refuse([] {
               return nn::linear({.in = 5, .out = 2, .in_image = {2, 2, 1}});
             }),
             Contains("in_image has 4 elements but in is 5"));
  CHECK_THAT(refuse([] { return nn::batch_norm2d({}); }), Contains("channels must be positive"));
  CHECK_THAT(refuse([] { return nn::batch_norm2d({.channels = 1, .eps = 0}); }), Contains("eps must be positive"));
  CHECK_THAT(refuse([] { return nn::group_norm({.groups = 3, .channels = 4}); }), Contains("groups must divide"));
  CHECK_THAT(refuse([] { return nn::layer_norm({}); }), Contains("features and eps"));
  CHECK_THAT(refuse([] { return nn::instance_norm2d({}); }), Contains("channels and eps"));
  CHECK_THAT(refuse([] { return nn::dropout(1.0); }), Contains("[dropout]") && Contains("[0, 1)"));
  CHECK_THAT(refuse([] { return nn::upsample(0); }), Contains("factor"));
  CHECK_THAT(refuse([] { return nn::pixel_shuffle(-2); }), Contains("factor"));
  CHECK_THAT(refuse([] { return nn::avg_pool2d({.kernel = 2, .padding = 2}); }), Contains("padding < kernel"));
  CHECK_THAT(refuse([] { return nn::reshape({1, 2, 3, 4, 5}); }), Contains("at most 4 axes"));
}

TEST_CASE("a plan makes the same network for the same seed, and its shape rule is the network's") {
  Random a(5), b(5);
  const auto first = nn::sequential<float>(discriminator, a);
  const auto second = discriminator.make<float>(b);
  const auto p = nn::parameters(first), q = nn::parameters(second);
  REQUIRE(p.size() == q.size());
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(p[i].value() == q[i].value());
  CHECK(first.output_shape({64, 28, 28, 1}) == Shape{64, 1});
  CHECK(first(normal<float>({2, 28, 28, 1})).shape() == Shape{2, 1});
  Random c(6);
  CHECK(nn::sequential<float>(generator, c)(normal<float>({2, 100})).shape() == Shape{2, 28, 28, 4});
}

TEST_CASE("nested and named layers have PyTorch's dotted names") {
  Random rng(1);
  const auto net =
      nn::sequential<float>(rng, nested, nn::named("head", nn::linear({.in = 4, .out = 1, .bias = false})), nn::relu());
  CHECK(nn::parameter_names(net) == std::vector<std::string>{"0.1.0.weight", "0.1.0.bias", "head.weight"});
  CHECK(net.output_shape({2, 3}) == Shape{2, 1});
}

TEST_CASE("two layers of one name are refused: a file could not tell them apart") {
  Random rng(1);
  const auto before = rng.state();
  const auto spec = nn::linear({.in = 2, .out = 2});
  const auto refuse = [&](const auto&... specs) {
    return sentence<ValueError>([&] { static_cast<void>(nn::sequential<float>(rng, specs...)); });
  };
  CHECK_THAT(refuse(nn::named("a", spec), nn::relu(), nn::named("a", spec)),
             Contains("[sequential] layers 0 and 2 are both named \"a\"") && Contains("different names"));
  CHECK_THAT(refuse(nn::named("1", spec), spec), Contains("layers 0 and 1 are both named \"1\""));
  CHECK_THAT(refuse(nn::plan(nn::named("a", spec), nn::named("a", spec))), Contains("both named \"a\""));
  CHECK(rng.state() == before);  // nothing was drawn
  const auto net = nn::sequential<float>(rng, nn::named("a", spec), nn::plan(nn::named("a", spec)));
  CHECK(nn::parameter_names(net) == std::vector<std::string>{"a.weight", "a.bias", "1.a.weight", "1.a.bias"});
}
