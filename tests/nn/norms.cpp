// LayerNorm, InstanceNorm2d, GroupNorm: each normalises its own set of numbers.
#include "ganvas/nn/norms.hpp"

#include <cmath>

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;

namespace {

/// (x - mean) / sqrt(var + eps) where group(i) says which numbers belong together.
template <class Group>
Tensor<double> normalised(const Tensor<double>& x, const Group& group, double eps = 1e-5) {
  Tensor<double> y(x.shape());
  for (index_t i = 0; i < x.numel(); ++i) {
    double n = 0, mean = 0, var = 0;
    for (index_t j = 0; j < x.numel(); ++j)
      if (group(j) == group(i)) mean += x.data()[j], n += 1;
    mean /= n;
    for (index_t j = 0; j < x.numel(); ++j)
      if (group(j) == group(i)) var += std::pow(x.data()[j] - mean, 2) / n;
    y.mutable_data()[i] = (x.data()[i] - mean) / std::sqrt(var + eps);
  }
  return y;
}

}  // namespace

TEST_CASE("layer norm is over the last axis") {
  nn::LayerNorm<double> norm({.features = 4});
  const Tensor<double> x = normal({3, 4}).value();
  CHECK(distance(norm(Var<double>(x)).value(), normalised(x, [](index_t i) { return i / 4; })) < 1e-10);
  norm.weight.set_value(Tensor<double>({4}, {2, 2, 2, 2}));
  norm.bias.set_value(Tensor<double>({4}, {1, 1, 1, 1}));
  Tensor<double> expected = normalised(x, [](index_t i) { return i / 4; });
  for (index_t i = 0; i < 12; ++i) expected.mutable_data()[i] = 2 * expected.data()[i] + 1;
  CHECK(distance(norm(Var<double>(x)).value(), expected) < 1e-10);
}

TEST_CASE("instance norm is over the pixels of one channel of one image") {
  const Tensor<double> x = normal({2, 3, 2, 2}).value();
  const Tensor<double> expected = normalised(x, [](index_t i) { return i / 12 * 2 + i % 2; });
  const nn::InstanceNorm2d<double> plain({.channels = 2});
  CHECK(nn::count_parameters(plain) == 0);
  CHECK(distance(plain(Var<double>(x)).value(), expected) < 1e-10);
  const nn::InstanceNorm2d<double> affine({.channels = 2, .affine = true});
  CHECK(nn::count_parameters(affine) == 4);
  CHECK(distance(affine(Var<double>(x)).value(), expected) < 1e-10);
}

TEST_CASE("group norm is over the pixels of neighbouring channels of one image") {
  const Tensor<double> x = normal({2, 2, 2, 6}).value();
  const nn::GroupNorm<double> norm({.groups = 3, .channels = 6});
  CHECK(distance(norm(Var<double>(x)).value(), normalised(x, [](index_t i) { return i / 24 * 3 + i % 6 / 2; })) <
        1e-10);
}

TEST_CASE("their gradients match differences, in training as in evaluation") {
  const auto x = normal({2, 2, 2, 4}).value();
  for (const auto& report : {check_evaluation(nn::LayerNorm<double>({.features = 4}), x),
                             check_evaluation(nn::InstanceNorm2d<double>({.channels = 4, .affine = true}), x),
                             check_evaluation(nn::GroupNorm<double>({.groups = 2, .channels = 4}), x),
                             check_training(nn::GroupNorm<double>({.groups = 2, .channels = 4}), x)}) {
    INFO(report.text);
    CHECK(report.ok);
  }
}
