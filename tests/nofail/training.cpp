// A network of a user that holds batch norm but has no training pass: evaluation in its place would train nothing.
// expect: write one that calls nn::training on its layers
#include "ganvas/core/random.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/linear.hpp"

#include "support/catch.hpp"

namespace nn = ganvas::nn;
using V = ganvas::Var<float>;

namespace {

struct Net {
  nn::Linear<float> linear;
  nn::BatchNorm2d<float> norm;
  static constexpr auto members = std::tuple{nn::member("linear", &Net::linear), nn::member("norm", &Net::norm)};

  [[nodiscard]] V operator()(const V& x) const { return norm(linear(x)); }
#if !defined(MISTAKE)
  [[nodiscard]] V training(const V& x) { return norm.training(linear(x)); }
#endif
};

}  // namespace

TEST_CASE("a network with batch norm has a training pass, which remembers statistics") {
  ganvas::Random rng(1);
  Net net{nn::Linear<float>({.in = 3, .out = 2}, rng), nn::BatchNorm2d<float>({.channels = 2})};
  CHECK(nn::training(net, V(rng.normal<float>({4, 3}))).shape() == ganvas::Shape{4, 2});
  CHECK(net.norm.num_batches_tracked == 1);
}
