#pragma once
// A small convolutional network that tells the ten classes of 28x28 grey images apart. Its last hidden layer is what
// the Frechet distance of digits is measured in.

#include <tuple>
#include <utility>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/dropout.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/reshape.hpp"
#include "ganvas/nn/resize.hpp"
#include "ganvas/nn/sequential.hpp"

GANVAS_BEGIN
namespace models {

/// 28x28x1 -> 32@28 -> 32@14 -> 64@14 -> 64@7 -> 128 features.
inline constexpr auto digit_features_plan =
    nn::plan(nn::conv2d({.in = 1, .out = 32, .kernel = 3, .padding = 1}), nn::relu(), nn::max_pool2d({.kernel = 2}),
             nn::conv2d({.in = 32, .out = 64, .kernel = 3, .padding = 1}), nn::relu(), nn::max_pool2d({.kernel = 2}),
             nn::flatten(), nn::linear({.in = 7 * 7 * 64, .out = 128, .in_image = {7, 7, 64}}), nn::relu());
static_assert(digit_features_plan.output_shape({64, 28, 28, 1}) == Shape{64, 128});

/// features, then dropout and a linear layer to the logits of ten classes.
template <class T>
struct DigitClassifier {
  using value_type = T;

  decltype(digit_features_plan.template make<T>(std::declval<Random&>())) features_net;
  nn::Dropout dropout;
  nn::Linear<T> to_logits;

  static constexpr auto members = std::tuple{nn::member("features", &DigitClassifier::features_net),
                                             nn::member("dropout", &DigitClassifier::dropout),
                                             nn::member("to_logits", &DigitClassifier::to_logits)};

  /// Images (N,28,28,1) in [-1,1] -> features (N,128), in evaluation.
  [[nodiscard]] Var<T> features(const Var<T>& x) const { return features_net(x); }
  /// Images -> logits (N,10).
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return to_logits(features(x)); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return to_logits(dropout.training(features_net.training(x))); }
};

template <class T = float>
[[nodiscard]] DigitClassifier<T> digit_classifier(Random& rng) {
  auto features = digit_features_plan.template make<T>(rng);
  nn::Dropout dropout(0.5, rng);
  return {std::move(features), std::move(dropout), nn::Linear<T>({.in = 128, .out = 10}, rng)};
}

}  // namespace models
GANVAS_END
