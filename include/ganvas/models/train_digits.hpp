#pragma once
// The recipe by which models/digit_classifier.hpp learns MNIST, Fashion-MNIST or anything of their form: fixed and
// seeded, so that a score in its features can be had again.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/losses.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/data/batches.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/models/digit_classifier.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/schedule.hpp"

GANVAS_BEGIN
namespace models {

/// Adam under half a cosine, cross entropy, dropout. The defaults reach 99 % on MNIST in a few minutes.
struct DigitTraining {
  index_t epochs = 5;
  index_t batch = 128;
  std::uint64_t seed = 1;  ///< of the first weights, the order of the images and dropout
  double lr_from = 2e-3;   ///< learning rate of the first step
  double lr_to = 2e-5;     ///< and after the last
};

/// Where a training is.
struct DigitTrainingStep {
  index_t step = 0;   ///< steps that were made, this one included
  index_t steps = 0;  ///< of the whole training
  index_t epoch = 0;  ///< counted from 1
  double loss = 0;    ///< cross entropy of this step's batch, in nats
};
/// Is called after each step; false ends the training.
using DigitProgress = std::function<bool(const DigitTrainingStep&)>;

template <class T>
struct TrainedDigits {
  DigitClassifier<T> net;
  index_t steps = 0;      ///< that were made
  bool finished = false;  ///< false if progress ended it early
};

/// Trains a fresh classifier on images (N,28,28,1) in [-1,1] with labels of 10 classes. Same data, options and
/// instruction set: the same weights, bit for bit, on any number of threads. Throws ShapeError or ValueError for data
/// or options that do not fit, NumericError if the loss is no number any more.
template <class T>
[[nodiscard]] TrainedDigits<T> train_digit_features(const data::Dataset<T>& train, const DigitTraining& o = {},
                                                    const DigitProgress& progress = nullptr) {
  require(train.images.rank() == 4 && train.images.shape().with(0, 1) == Shape{1, 28, 28, 1}, "digit_features",
          "the training images must have shape (N,28,28,1), but have ", train.images.shape(), ".");
  require<ValueError>(train.classes == 10 && !train.labels.empty(), "digit_features",
                      "the training images need labels of 10 classes, but have ", train.labels.size(), " labels of ",
                      train.classes, " classes.");
  require<ValueError>(o.epochs >= 1, "digit_features", "epochs must be at least 1, but are ", o.epochs, ".");
  Random rng{o.seed};
  TrainedDigits<T> result{digit_classifier<T>(rng)};
  auto& net = result.net;
  const auto parameters = nn::parameters(net);
  auto optimizer = optim::make(optim::Adam{}, parameters);
  data::BatchStream<T> batches(train, o.batch, rng.split());
  const index_t steps = o.epochs * batches.batches_per_epoch();
  const optim::schedule::Cosine rate{.from = o.lr_from, .to = o.lr_to, .steps = steps};
  while (result.steps < steps) {
    const auto batch = batches.next();
    const auto loss = cross_entropy(net.training(Var<T>(batch.images)), batch.labels);
    const auto value = static_cast<double>(loss.item());
    require<NumericError>(std::isfinite(value), "digit_features", "the loss is ", value, " in step ", result.steps + 1,
                          "; use a smaller rate, or look for NaN in the images.");
    optimizer.set_lr(rate(result.steps));
    optimizer.step(grad(loss, parameters));
    ++result.steps;
    if (progress && !progress({result.steps, steps, batches.state().epoch + 1, value}) && result.steps < steps)
      return result;
  }
  result.finished = true;
  return result;
}

/// Share of images whose largest logit is the label's; of equal logits the first counts. `net` gives logits (n,K).
/// Throws NumericError where one of them is NaN.
template <class Net, class T>
[[nodiscard]] double classification_accuracy(const Net& net, const data::Dataset<T>& test, index_t portion = 250) {
  require<ValueError>(test.size() >= 1 && !test.labels.empty(), "accuracy", "the test set has ", test.size(),
                      " images and ", test.labels.size(), " labels; it needs some.");
  require<ValueError>(portion >= 1, "accuracy", "portion must be at least 1, but is ", portion, ".");
  const NoRecord values_only;
  index_t right = 0;
  for (index_t first = 0; first < test.size(); first += portion) {
    const index_t last = std::min(test.size(), first + portion);
    const Tensor<T> logits = net(Var<T>(test.images.rows(first, last))).value();
    const index_t classes = logits.size(-1);
    for (index_t i = first; i < last; ++i) {
      const T* const row = logits.data() + (i - first) * classes;
      require<NumericError>(std::none_of(row, row + classes, [](T v) { return std::isnan(v); }), "accuracy",
                            "a logit of image ", i, " is NaN; the network has broken down.");
      right += std::max_element(row, row + classes) - row == test.labels[static_cast<std::size_t>(i)] ? 1 : 0;
    }
  }
  return static_cast<double>(right) / static_cast<double>(test.size());
}

}  // namespace models
GANVAS_END
