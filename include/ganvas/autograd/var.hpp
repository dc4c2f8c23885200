#pragma once
// Var<T>: a tensor with its history. Operations on Vars compute a value at once and remember how they got it, so that
// grad() can walk back. A history is a graph without cycles: nodes own their inputs, never their outputs.

#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <utility>
#include <vector>

#include "ganvas/autograd/fwd.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/print.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace detail {

/// The gradient rule of a node: called with the slot of one input, it gives the gradient for that input. It is what
/// std::function would be, which takes three times as long to compile for each operation.
template <class T>
class Rule {
 public:
  Rule() = default;
  template <class F>
  Rule(F rule) : held_(new Held<F>(std::move(rule))) {}

  Var<T> operator()(const Backward<T>& b, std::size_t slot) const { return held_->call(b, slot); }

 private:
  struct Base {
    Base() = default;
    Base(const Base&) = delete;
    Base& operator=(const Base&) = delete;
    virtual ~Base() = default;
    virtual Var<T> call(const Backward<T>& b, std::size_t slot) const = 0;
  };
  template <class F>
  struct Held final : Base {
    explicit Held(F f) : rule(std::move(f)) {}
    Var<T> call(const Backward<T>& b, std::size_t slot) const override { return rule(b, slot); }
    F rule;
  };

  std::unique_ptr<const Base> held_;
};

/// One step of a history.
template <class T>
struct Node {
  Tensor<T> value;
  const char* op = "constant";                ///< name of the operation, a literal
  bool requires_grad = false;                 ///< a variable, or computed from one
  std::uint64_t version = 0;                  ///< how often set_value changed this variable
  std::vector<std::shared_ptr<Node>> inputs;  ///< empty for constants and variables
  std::vector<std::uint64_t> input_versions;  ///< their versions when the value was computed
  Rule<T> rule;

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Frees the history behind it one node at a time: a graph may be a million nodes long, the call stack may not.
  ~Node() {
    std::vector<std::shared_ptr<Node>> pending = std::move(inputs);
    while (!pending.empty()) {
      const std::shared_ptr<Node> node = std::move(pending.back());
      pending.pop_back();
      if (node && node.use_count() == 1) {
        for (auto& input : node->inputs) pending.push_back(std::move(input));
        node->inputs.clear();
      }
    }
  }
};

inline bool& recording_flag() {
  static thread_local bool flag = true;
  return flag;
}

}  // namespace detail

/// True if operations in this thread remember their history.
inline bool recording() { return detail::recording_flag(); }

/// While it lives, operations in this thread compute values only: `NoRecord guard;` around evaluation and sampling.
class NoRecord {
 public:
  NoRecord() : before_(std::exchange(detail::recording_flag(), false)) {}
  ~NoRecord() { detail::recording_flag() = before_; }
  NoRecord(const NoRecord&) = delete;
  NoRecord& operator=(const NoRecord&) = delete;

 private:
  bool before_;
};

/// A handle to a value and its history. Copies are the same node. A default-made Var is undefined: no value at all.
template <class T>
class Var {
 public:
  using value_type = T;

  Var() = default;

  /// A constant: no gradient flows into it.
  Var(Tensor<T> value) : node_(std::make_shared<detail::Node<T>>()) { node_->value = std::move(value); }

  /// A variable: something to differentiate by.
  static Var variable(Tensor<T> value) {
    Var v(std::move(value));
    v.node_->requires_grad = true;
    v.node_->op = "variable";
    return v;
  }

  [[nodiscard]] bool defined() const { return node_ != nullptr; }
  [[nodiscard]] bool requires_grad() const { return node_ && node_->requires_grad; }
  /// True if no operation made it: a constant or a variable.
  [[nodiscard]] bool is_leaf() const { return !node_ || node_->inputs.empty(); }
  /// Name of the operation that made it, or "variable" or "constant".
  [[nodiscard]] const char* op() const { return node().op; }

  /// The value. A temporary Var gives a tensor that shares its memory, so a reference to it does not dangle.
  [[nodiscard]] const Tensor<T>& value() const& { return node().value; }
  [[nodiscard]] Tensor<T> value() const&& { return node().value; }
  [[nodiscard]] const Shape& shape() const& { return node().value.shape(); }
  [[nodiscard]] Shape shape() const&& { return node().value.shape(); }
  [[nodiscard]] int rank() const { return value().rank(); }
  [[nodiscard]] index_t size(int axis) const { return value().size(axis); }
  [[nodiscard]] index_t numel() const { return value().numel(); }
  /// The number in a Var with one element.
  [[nodiscard]] T item() const { return value().item(); }

  /// The same value without history.
  [[nodiscard]] Var detach() const { return Var(value()); }

  /// Gives a leaf a new value of the same shape (the step of an optimiser). A graph that used the old value can no
  /// longer be differentiated; grad() says so.
  void set_value(Tensor<T> value) {
    update([&](Tensor<T>& t) {
      require(value.shape() == t.shape(), "set_value", "the new value has shape ", value.shape(),
              " but the variable has ", t.shape(), ".");
      t = std::move(value);
    });
  }

  /// Changes a leaf's value in place: change(Tensor<T>&). The same as set_value, without a second tensor. Throws
  /// ShapeError if the shape is not what it was.
  template <class Change>
  void update(const Change& change) {
    require<ValueError>(is_leaf(), "set_value", "only variables and constants can be given a value, but this is the ",
                        "result of ", op(), "; detach() it first.");
    const Shape before = shape();
    change(node().value);
    ++node_->version;
    require(shape() == before, "set_value", "the change gave a variable of shape ", before, " the shape ", shape(),
            "; it may change elements alone.");
  }

  /// The node itself, for the engine.
  [[nodiscard]] const std::shared_ptr<detail::Node<T>>& handle() const { return node_; }
  explicit Var(std::shared_ptr<detail::Node<T>> node) : node_(std::move(node)) {}

 private:
  [[nodiscard]] detail::Node<T>& node() const {
    if (!node_) fail<ValueError>("var", "an undefined Var was used; give it a value first.");
    return *node_;
  }

  std::shared_ptr<detail::Node<T>> node_;
};

/// The value as text, without the history.
template <class T>
std::ostream& operator<<(std::ostream& out, const Var<T>& x) {
  return x.defined() ? out << x.value() : out << "undefined";
}

/// What a gradient rule sees: the inputs x[0], x[1]..., the value y and the incoming gradient gy = dL/dy, all Vars, so
/// that what the rule computes from them can be differentiated again.
template <class T>
class Backward {
 public:
  Backward(std::shared_ptr<detail::Node<T>> node, Var<T> incoming, std::vector<bool> needed)
      : gy(std::move(incoming)), y(node), node_(std::move(node)), needed_(std::move(needed)) {}

  const Var<T> gy;  ///< gradient of the result
  const Var<T> y;   ///< the result

  /// Input number slot.
  [[nodiscard]] Var<T> operator[](std::size_t slot) const { return Var<T>(node_->inputs[slot]); }
  [[nodiscard]] std::size_t size() const { return node_->inputs.size(); }
  /// True if somebody asked for the gradient of that input.
  [[nodiscard]] bool needs(std::size_t slot) const { return needed_[slot]; }

  /// For operations whose gradients are computed together: compute() is called once and gives one Var a slot.
  template <class Compute>
  Var<T> joint(std::size_t slot, const Compute& compute) const {
    if (joint_.empty()) joint_ = compute();
    return joint_[slot];
  }

 private:
  std::shared_ptr<detail::Node<T>> node_;
  std::vector<bool> needed_;
  mutable std::vector<Var<T>> joint_;
};

namespace detail {

template <class T>
void require_defined(const char* op, std::span<const Var<T>> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    require<ValueError>(inputs[i].defined(), op, "input ", i, " is undefined; give it a value or leave it out.");
}

}  // namespace detail

/// Makes the result of an operation: `value` computed from `inputs`, with one rule for all slots, rule(backward, slot).
/// Nothing is remembered inside NoRecord or when no input requires a gradient.
/// Throws ValueError for an undefined input.
template <class T>
[[nodiscard]] Var<T> record_all(const char* op, Tensor<T> value, const std::vector<Var<T>>& inputs,
                                detail::Rule<T> rule) {
  detail::require_defined<T>(op, inputs);
  Var<T> y(std::move(value));
  bool wanted = false;
  for (const Var<T>& x : inputs) wanted = wanted || x.requires_grad();
  if (!recording() || !wanted) return y;
  detail::Node<T>& node = *y.handle();
  node.op = op;
  node.requires_grad = true;
  node.rule = std::move(rule);
  for (const Var<T>& x : inputs) {
    node.inputs.push_back(x.handle());
    node.input_versions.push_back(x.handle()->version);
  }
  return y;
}

/// Makes the result of an operation with one rule for each input, `Var<T> rule(const Backward<T>& b)`:
///   return record("mul", value, {a, b}, [](auto& g) { return g.gy * g[1]; }, [](auto& g) { return g.gy * g[0]; });
/// A rule is called only when its input's gradient was asked for. It may return an undefined Var for zero.
template <class T, std::size_t N, class... Rules>
[[nodiscard]] Var<T> record(const char* op, Tensor<T> value, const Var<T> (&inputs)[N], Rules... rules) {
  static_assert(sizeof...(Rules) == N, "record: give one gradient rule for each input");
  detail::require_defined<T>(op, inputs);
  if (!recording()) return Var<T>(std::move(value));
  return record_all<T>(op, std::move(value), std::vector<Var<T>>(inputs, inputs + N),
                       [... rule = std::move(rules)](const Backward<T>& b, std::size_t slot) {
                         Var<T> g;
                         std::size_t i = 0;
                         ((slot == i++ ? static_cast<void>(g = rule(b)) : void()), ...);
                         return g;
                       });
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> record_all(const char*, Tensor<float>, const std::vector<Var<float>>&, detail::Rule<float>))

GANVAS_END
