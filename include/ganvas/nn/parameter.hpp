#pragma once
// Parameter<T>: a variable that a network owns. Copying a network copies its parameters; a Var taken from one is a
// handle to it.

#include <utility>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/layout.hpp"

GANVAS_BEGIN

namespace nn {

/// What a parameter does in its layer; initialisers and weight decay ask for it.
enum class Role {
  weight,  ///< multiplies the input: (out, ...)
  bias,    ///< is added to a weighted sum
  gain,    ///< gamma of a normalisation
  shift    ///< beta of a normalisation
};

/// A variable with value semantics. It is a Var, so it goes where one is taken, and that Var is a handle to it. A copy
/// is a new variable with the same value (tensors share memory until one is written, so it is cheap). Assigning gives
/// this variable the other's value: optimisers that hold a handle keep it. A default-made one is undefined: a layer
/// without bias has such a bias.
template <class T>
class Parameter : public Var<T> {
 public:
  Parameter() = default;
  explicit Parameter(Tensor<T> value, Role role = Role::weight, Layout layout = {})
      : Var<T>(Var<T>::variable(std::move(value))), role_(role), layout_(std::move(layout)) {}

  Parameter(const Parameter& other) : Var<T>(fresh(other)), role_(other.role_), layout_(other.layout_) {}
  Parameter(Parameter&&) noexcept = default;

  Parameter& operator=(const Parameter& other) {
    if (this == &other) return *this;
    if (this->defined() && other.defined() && this->shape() == other.shape())
      this->set_value(other.value());
    else
      Var<T>::operator=(fresh(other));
    role_ = other.role_;
    layout_ = other.layout_;
    return *this;
  }
  Parameter& operator=(Parameter&& other) {
    if (this->defined()) {
      *this = std::as_const(other);
    } else {
      role_ = other.role_;
      layout_ = std::move(other.layout_);
      Var<T>::operator=(std::move(other));
    }
    return *this;
  }
  ~Parameter() = default;

  [[nodiscard]] Role role() const { return role_; }
  /// How PyTorch stores it.
  [[nodiscard]] const Layout& layout() const { return layout_; }

 private:
  static Var<T> fresh(const Parameter& other) { return other.defined() ? Var<T>::variable(other.value()) : Var<T>(); }

  Role role_ = Role::weight;
  Layout layout_;
};

}  // namespace nn

GANVAS_END
