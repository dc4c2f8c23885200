#pragma once
// Ema: an exponential moving average of a network's weights. Samples of the averaged generator are cleaner than those
// of any single step [Yazici et al. 2019; Karras et al. 2018, app. A.1].

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/adam.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

namespace optim {

struct EmaOptions {
  double decay = 0.999;
  bool warm_up = false;  ///< decay at most (1 + t) / (10 + t) in update t: early weights are forgotten faster
};

/// A copy of a model whose parameters follow: average <- decay average + (1 - decay) parameter at each update. Buffers
/// and counters (running statistics) are copied as they are. An average in float rests where its step is smaller than
/// half a last place: 3e-8 to 6e-8 of the weight, divided by 1 - decay, away from it (3e-5 to 6e-5 for decay 0.999).
template <class Model>
class Ema {
 public:
  Ema(const Model& model, const EmaOptions& options) : model_(model), options_(options) {
    require<ValueError>(options.decay >= 0 && options.decay <= 1, "ema", "decay must be in [0, 1], but is ",
                        options.decay, ".");
  }
  Ema(const Model& model, double decay) : Ema(model, EmaOptions{.decay = decay}) {}

  /// Moves the average towards the model's parameters. The model must be of the same architecture.
  void update(const Model& model) {
    using T = nn::scalar_t<Model>;
    double decay = options_.decay;
    const auto t = static_cast<double>(updates_);
    if (options_.warm_up) decay = std::min(decay, (1 + t) / (10 + t));

    const std::vector<Var<T>> from = nn::parameters(model);
    std::vector<Var<T>> to = nn::parameters(std::as_const(model_));
    require(from.size() == to.size(), "ema", "the model has ", from.size(), " parameters but the average has ",
            to.size(), "; they must be of one architecture.");
    for (std::size_t i = 0; i < to.size(); ++i)
      require(from[i].shape() == to[i].shape(), "ema", "parameter ", i, " has shape ", from[i].shape(),
              " but its average has ", to[i].shape(), ".");
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i].update([&](Tensor<T>& average) {
        kernels::lerp(static_cast<T>(1 - decay), from[i].value().data(), average.mutable_data(), average.numel());
      });
    copy_in_order<Tensor<T>>(model, [](auto& m, const auto& f) { nn::for_each_buffer(m, f); });
    copy_in_order<index_t>(model, [](auto& m, const auto& f) { nn::for_each_counter(m, f); });
    ++updates_;
  }

  /// The averaged model.
  [[nodiscard]] Model& model() { return model_; }
  [[nodiscard]] const Model& model() const { return model_; }

  [[nodiscard]] index_t updates() const { return updates_; }
  /// Goes on after so many updates (warm_up depends on it); the model's state is restored by nn::load_state_dict.
  void set_updates(index_t updates) { updates_ = updates; }

 private:
  /// Copies what for_each visits from one model to the average.
  template <class Leaf, class ForEach>
  void copy_in_order(const Model& model, const ForEach& for_each) {
    std::vector<Leaf> values;
    for_each(model, [&](const std::string&, const Leaf& value) { values.push_back(value); });
    std::size_t next = 0;
    for_each(model_, [&](const std::string&, Leaf& mine) { mine = values.at(next++); });
  }

  Model model_;
  EmaOptions options_;
  index_t updates_ = 0;
};

template <class Model>
Ema(Model, double) -> Ema<Model>;
template <class Model>
Ema(Model, EmaOptions) -> Ema<Model>;

}  // namespace optim

GANVAS_END
