// The network of training_wrong.cpp with the pass that it lacked.
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/linear.hpp"

namespace nn = ganvas::nn;

struct Net {
  nn::Linear<float> linear;
  nn::BatchNorm2d<float> norm;
  static constexpr auto members = std::tuple{nn::member("linear", &Net::linear), nn::member("norm", &Net::norm)};

  ganvas::Var<float> operator()(const ganvas::Var<float>& x) const { return norm(linear(x)); }
  ganvas::Var<float> training(const ganvas::Var<float>& x) { return norm.training(linear(x)); }
};

static_assert(nn::Module<Net>);

ganvas::Var<float> train(Net& net, const ganvas::Var<float>& x);
ganvas::Var<float> train(Net& net, const ganvas::Var<float>& x) { return nn::training(net, x); }
