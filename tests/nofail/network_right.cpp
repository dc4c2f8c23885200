// The network of network_wrong.cpp without its mistake: the second convolution takes the 64 channels of the first.
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/reshape.hpp"

namespace nn = ganvas::nn;
using ganvas::Shape;

constexpr auto discriminator =
    nn::plan(nn::conv2d({.in = 1, .out = 64, .kernel = 4, .stride = 2, .padding = 1}), nn::leaky_relu(0.2),
             nn::conv2d({.in = 64, .out = 128, .kernel = 4, .stride = 2, .padding = 1}), nn::batch_norm2d({128}),
             nn::leaky_relu(0.2), nn::flatten(), nn::linear({.in = 7 * 7 * 128, .out = 1}));
static_assert(nn::fits<discriminator, 64, 28, 28, 1>);
static_assert(discriminator.output_shape({64, 28, 28, 1}) == Shape{64, 1});
