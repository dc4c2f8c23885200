// The summary table, to the letter.
#include "ganvas/nn/summary.hpp"

#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/embedding.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/norms.hpp"
#include "ganvas/nn/reshape.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/nn/stack.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// A network whose wiring is code.
struct Residual {
  nn::Conv2d<float> first;
  nn::GroupNorm<float> norm;
  nn::Stack<nn::Conv2d<float>> more;
  std::optional<nn::Linear<float>> unused;
  static constexpr auto members =
      std::tuple{nn::member("first", &Residual::first), nn::member("norm", &Residual::norm),
                 nn::member("more", &Residual::more), nn::member("unused", &Residual::unused)};

  Var<float> operator()(const Var<float>& x) const { return more(relu(norm(first(x)))); }
};

}  // namespace

TEST_CASE("a sequential network") {
  Random rng(1);
  const auto net = nn::sequential<float>(
      rng, nn::conv2d({.in = 1, .out = 64, .kernel = 4, .stride = 2, .padding = 1}), nn::leaky_relu(0.2),
      nn::plan(nn::conv2d({.in = 64, .out = 128, .kernel = 4, .stride = 2, .padding = 1, .bias = false}),
               nn::batch_norm2d({.channels = 128})),
      nn::flatten(), nn::named("head", nn::linear({.in = 6272, .out = 1})));
  CHECK(nn::summary(net, {64, 28, 28, 1}) ==
        "      layer                                                   output shape   parameters\n"
        "      input                                                   (64,28,28,1)\n"
        "0     Conv2d 1->64, kernel 4, stride 2, padding 1             (64,14,14,64)        1088\n"
        "1     LeakyReLU 0.2                                           (64,14,14,64)           0\n"
        "2.0   Conv2d 64->128, kernel 4, stride 2, padding 1, no bias  (64,7,7,128)       131072\n"
        "2.1   BatchNorm2d 128                                         (64,7,7,128)          256\n"
        "3     Flatten                                                 (64,6272)               0\n"
        "head  Linear 6272->1                                          (64,1)               6273\n"
        "      total                                                                      138689\n");
}

TEST_CASE("shapes of a user's network are found in the history of an evaluation") {
  Random rng(2);
  const nn::Conv2dSpec conv{.in = 4, .out = 4, .kernel = 3};
  Residual net{nn::Conv2d<float>({.in = 3, .out = 4, .kernel = 3, .stride = 2, .padding = 1}, rng),
               nn::GroupNorm<float>({.groups = 2, .channels = 4}),
               {{conv.make<float>(rng), conv.make<float>(rng)}},
               nn::Linear<float>({.in = 2, .out = 3}, rng)};
  const NoRecord values_only;  // the summary records all the same
  CHECK(nn::summary(net, {2, 16, 16, 3}) ==
        "        layer                                       output shape  parameters\n"
        "        input                                       (2,16,16,3)\n"
        "first   Conv2d 3->4, kernel 3, stride 2, padding 1  (2,8,8,4)            112\n"
        "norm    GroupNorm 4 in 2 groups                     (2,8,8,4)              8\n"
        "more.0  Conv2d 4->4, kernel 3                       (2,6,6,4)            148\n"
        "more.1  Conv2d 4->4, kernel 3                       (2,4,4,4)            148\n"
        "unused  Linear 2->3                                 -                      9\n"
        "        total                                                            425\n");
  CHECK_FALSE(recording());
}

TEST_CASE("a single layer, and one without an image to look at") {
  Random rng(3);
  CHECK_THAT(nn::summary(nn::Linear<float>({.in = 2, .out = 3}, rng), {5, 2}),
             Contains("Linear 2->3  (5,3)") && Contains("total"));
  CHECK_THAT(nn::summary(nn::Embedding<float>({.count = 10, .features = 3}, rng), {5}),
             Contains("Embedding 10->3  -") && Contains("30"));
}

TEST_CASE("an input that does not fit is refused as by the network") {
  Random rng(4);
  const auto net = nn::sequential<float>(rng, nn::relu(), nn::linear({.in = 3, .out = 2}));
  CHECK_THAT(sentence<ShapeError>([&] {
               static_cast<void>(nn::summary(net, {2, 4}));
             }),
             Contains("Linear 3->2") && Contains("(2,4)"));
}
