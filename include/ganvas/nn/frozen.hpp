#pragma once
// A network as a plain function of tensors: what measures or serves with it needs to know nothing of histories.

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace nn {

/// The function x -> net(x) in evaluation, Tensor<T> -> Tensor<T>, without a history. It refers to net, which must
/// outlive it.
template <class Net>
[[nodiscard]] auto frozen(const Net& net) {
  return [&net]<class T>(const Tensor<T>& x) -> Tensor<T> {
    const NoRecord values_only;
    return net(Var<T>(x)).value();
  };
}

template <class Net>
auto frozen(const Net&&) = delete;  // a temporary would be gone

}  // namespace nn

GANVAS_END
