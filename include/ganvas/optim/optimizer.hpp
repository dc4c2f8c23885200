#pragma once
// Optimizer: what all update rules share. A rule (Adam, SGD, ...) is an aggregate of options that says what it
// remembers for each parameter and how one step changes a parameter.

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/state_dict.hpp"

GANVAS_BEGIN

namespace optim {

/// What an update rule must offer, shown by its simplest form, gradient descent:
///   struct Descent {
///     double lr = 0.1;
///     static constexpr const char* name = "descent";
///     static constexpr std::array<const char*, 0> slots{};        // PyTorch's names of what it remembers, if anything
///     void check() const {}                                       // throws ValueError for senseless options
///     template <class T>                                          // n elements of one parameter, step t = 1, 2, ...
///     void update(T* w, const T* g, const std::array<T*, 0>&, index_t n, index_t) const {
///       for (index_t i = 0; i < n; ++i) w[i] -= static_cast<T>(lr) * g[i];
///     }
///   };
/// An optional `bool uses(std::size_t slot) const` says that a slot is not needed with these options: its pointer is
/// null and no memory is spent on it.
template <class R>
concept Rule = requires(R rule, const R fixed) {
  { rule.lr } -> std::convertible_to<double>;
  { R::name } -> std::convertible_to<const char*>;
  R::slots.size();
  fixed.check();
};

/// Everything that an optimiser needs to go on as if it had never stopped.
template <class T>
struct OptimizerState {
  index_t step = 0;          ///< steps so far
  double lr = 0;             ///< the rate of the last set_lr
  nn::StateDict<T> tensors;  ///< "0.exp_avg", "0.exp_avg_sq", "1.exp_avg", ... by the parameter's place
};

/// The stateful optimiser of a rule and its parameters, which stay where they are: it holds handles.
template <class Rule_, class T>
class Optimizer {
 public:
  static constexpr std::size_t slot_count = Rule_::slots.size();

  Optimizer(const Rule_& rule, std::vector<Var<T>> parameters) : rule_(rule), parameters_(std::move(parameters)) {
    rule_.check();
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      require<ValueError>(parameters_[i].requires_grad() && parameters_[i].is_leaf(), Rule_::name, "parameter ", i,
                          " is no variable; optimisers change variables, e.g. those of nn::parameters(net).");
      for (std::size_t j = 0; j < i; ++j)
        require<ValueError>(parameters_[j].handle() != parameters_[i].handle(), Rule_::name, "parameters ", j, " and ",
                            i, " are the same variable, which would be changed twice a step; give each once.");
      Memory& memory = memory_.emplace_back();
      for (std::size_t slot = 0; slot < slot_count; ++slot)
        if (used(slot)) memory[slot] = Tensor<T>::zeros(parameters_[i].shape());
    }
  }

  /// One step against the gradients, which are in the order of the parameters. Throws ShapeError or ValueError if they
  /// do not fit; then nothing has changed.
  void step(const std::vector<Var<T>>& gradients) {
    for (std::size_t i = 0; i < gradients.size(); ++i)
      require<ValueError>(gradients[i].defined(), Rule_::name, "gradient ", i, " is undefined.");
    step_with(gradients.size(), [&](std::size_t i) -> const Tensor<T>& { return gradients[i].value(); });
  }
  void step(const std::vector<Tensor<T>>& gradients) {
    step_with(gradients.size(), [&](std::size_t i) -> const Tensor<T>& { return gradients[i]; });
  }

  [[nodiscard]] double lr() const { return rule_.lr; }
  /// For schedules: opt.set_lr(schedule(step)).
  void set_lr(double lr) {
    Rule_ changed = rule_;
    changed.lr = lr;
    changed.check();
    rule_ = changed;
  }

  [[nodiscard]] const Rule_& options() const { return rule_; }
  [[nodiscard]] index_t steps() const { return steps_; }
  [[nodiscard]] const std::vector<Var<T>>& parameters() const { return parameters_; }

  /// A copy of the state; tensors share memory until the next step.
  [[nodiscard]] OptimizerState<T> state() const {
    OptimizerState<T> s{steps_, rule_.lr, {}};
    for (std::size_t i = 0; i < memory_.size(); ++i)
      for (std::size_t slot = 0; slot < slot_count; ++slot)
        if (used(slot)) s.tensors.push_back({std::to_string(i) + "." + Rule_::slots[slot], memory_[i][slot]});
    return s;
  }

  /// Goes on where another optimiser of the same rule and parameters was. If it does not fit, nothing has changed.
  void load_state(const OptimizerState<T>& s) {
    const OptimizerState<T> mine = state();
    require<ValueError>(s.tensors.size() == mine.tensors.size(), Rule_::name, "the saved state has ", s.tensors.size(),
                        " tensors, but this optimiser remembers ", mine.tensors.size(), ".");
    require<ValueError>(s.step >= 0, Rule_::name, "the saved state has ", s.step, " steps; it must be 0 or more.");
    std::vector<const Tensor<T>*> found;
    for (const auto& [name, value, counter] : mine.tensors) {
      const Tensor<T>* match = nullptr;
      for (const auto& entry : s.tensors)
        if (entry.name == name) match = &entry.value;
      require<ValueError>(match != nullptr, Rule_::name, "the saved state has no \"", name, "\".");
      require(match->shape() == value.shape(), Rule_::name, "the saved state's \"", name, "\" has shape ",
              match->shape(), " but the parameter has ", value.shape(), ".");
      found.push_back(match);
    }
    set_lr(s.lr);
    steps_ = s.step;
    auto next = found.begin();
    for (Memory& memory : memory_)
      for (std::size_t slot = 0; slot < slot_count; ++slot)
        if (used(slot)) memory[slot] = **next++;
  }

 private:
  using Memory = std::array<Tensor<T>, slot_count>;

  [[nodiscard]] bool used(std::size_t slot) const {
    if constexpr (requires { rule_.uses(slot); })
      return rule_.uses(slot);
    else
      return slot < slot_count;
  }
  template <class GradientOf>
  void step_with(std::size_t count, const GradientOf& gradient) {
    require(count == parameters_.size(), Rule_::name, "step got ", count, " gradients for ", parameters_.size(),
            " parameters; give one each, in the order of the parameters.");
    for (std::size_t i = 0; i < count; ++i)
      require(gradient(i).shape() == parameters_[i].shape(), Rule_::name, "gradient ", i, " has shape ",
              gradient(i).shape(), " but its parameter has ", parameters_[i].shape(), ".");
    ++steps_;
    for (std::size_t i = 0; i < count; ++i) {
      std::array<T*, slot_count> memory{};
      for (std::size_t slot = 0; slot < slot_count; ++slot)
        if (used(slot)) memory[slot] = memory_[i][slot].mutable_data();
      const Tensor<T> g = gradient(i);  // a handle of its own: safe even if it is the parameter's memory
      parameters_[i].update([&](Tensor<T>& w) { rule_.update(w.mutable_data(), g.data(), memory, w.numel(), steps_); });
    }
  }

  Rule_ rule_;
  std::vector<Var<T>> parameters_;
  std::vector<Memory> memory_;  ///< of each parameter; slots that are not used are empty
  index_t steps_ = 0;
};

/// auto opt = optim::make(optim::Adam{.lr = 2e-4, .beta1 = 0.5}, nn::parameters(net));
template <Rule R, class T>
[[nodiscard]] Optimizer<R, T> make(const R& rule, std::vector<Var<T>> parameters) {
  return Optimizer<R, T>(rule, std::move(parameters));
}
/// optim::make(optim::SGD{}, {w, b})
template <Rule R, class T>
[[nodiscard]] Optimizer<R, T> make(const R& rule, std::initializer_list<Var<T>> parameters) {
  return Optimizer<R, T>(rule, parameters);
}
/// optim::make(optim::SGD{}, net)
template <Rule R, nn::Module M>
[[nodiscard]] auto make(const R& rule, const M& module) {
  return make(rule, nn::parameters(module));
}

namespace detail {

/// "[adam] lr must be 0 or more, but is -1."
inline void check_option(const char* rule, const char* option, double value, bool good, const char* domain) {
  require<ValueError>(good, rule, option, " must be ", domain, ", but is ", value, ".");
}
inline void check_not_negative(const char* rule, const char* option, double value) {
  check_option(rule, option, value, value >= 0, "0 or more");
  check_option(rule, option, value, std::isfinite(value), "finite");
}
inline void check_decay(const char* rule, const char* option, double value) {
  check_option(rule, option, value, value >= 0 && value < 1, "in [0, 1)");
}

}  // namespace detail

}  // namespace optim

GANVAS_END
