// A network of a user that holds batch norm but has no training pass: evaluation in its place would train nothing.
// expect: write one that calls nn::training on its layers
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/linear.hpp"

namespace nn = ganvas::nn;

struct Net {
  nn::Linear<float> linear;
  nn::BatchNorm2d<float> norm;
  static constexpr auto members = std::tuple{nn::member("linear", &Net::linear), nn::member("norm", &Net::norm)};

  ganvas::Var<float> operator()(const ganvas::Var<float>& x) const { return norm(linear(x)); }
};

ganvas::Var<float> train(Net& net, const ganvas::Var<float>& x);
ganvas::Var<float> train(Net& net, const ganvas::Var<float>& x) { return nn::training(net, x); }
