// A network that does not fit is refused by the compiler, which names the layer (they count from 0), its type, the
// reason and both numbers. Twice: by nn::fits, and wherever a plan's shape is asked for in a constant expression.
// expect: this network does not fit its input
// expect: LayerNumber<2>
// expect: Conv2dSpec
// expect: Misfit::channels
// expect: Expected<32>
// expect: Given<64>
// expect: the_input_has_another_number_of_channels_than_the_layer_expects
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/reshape.hpp"

#include "support/catch.hpp"

namespace nn = ganvas::nn;
using ganvas::Shape;

#if defined(MISTAKE)
constexpr ganvas::index_t channels = 32;
#else
constexpr ganvas::index_t channels = 64;  // as many as the convolution before gives
#endif
constexpr auto discriminator =
    nn::plan(nn::conv2d({.in = 1, .out = 64, .kernel = 4, .stride = 2, .padding = 1}), nn::leaky_relu(0.2),
             nn::conv2d({.in = channels, .out = 128, .kernel = 4, .stride = 2, .padding = 1}), nn::batch_norm2d({128}),
             nn::leaky_relu(0.2), nn::flatten(), nn::linear({.in = 7 * 7 * 128, .out = 1}));
static_assert(nn::fits<discriminator, 64, 28, 28, 1>);
static_assert(discriminator.output_shape({64, 28, 28, 1}) == Shape{64, 1});

TEST_CASE("a network that fits its input has an output shape") {
  CHECK(discriminator.output_shape({64, 28, 28, 1}) == Shape{64, 1});
}
