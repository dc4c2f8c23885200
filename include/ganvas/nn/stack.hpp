#pragma once
// Stack: layers of one type in a row, as many as is decided at run time (the stages of a generator, residual blocks).

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/sequential.hpp"

GANVAS_BEGIN

namespace nn {

/// layers[0], then layers[1], ...; names are "0.weight", "1.weight", ... as in a Sequential.
template <Module Layer>
struct Stack {
  using value_type = scalar_t<Layer>;
  using T = value_type;
  static constexpr bool container = true;

  std::vector<Layer> layers;

  static constexpr auto members = std::tuple{member("", &Stack::layers)};

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return pass_all(*this, x); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return pass_all(*this, x); }

  [[nodiscard]] Shape output_shape(const Shape& x) const {
    Shape y = x;
    for (std::size_t i = 0; i < layers.size(); ++i)
      y = detail::shape_after(detail::rule_of(layers[i]), y, static_cast<int>(i));
    return y;
  }
  [[nodiscard]] std::string describe() const {
    return "Stack of " + std::to_string(layers.size()) + (layers.size() == 1 ? " layer" : " layers");
  }

 private:
  template <class Self>
  static Var<T> pass_all(Self& self, const Var<T>& x) {
    Var<T> y = x;
    std::size_t number = 0;
    for (auto& layer : self.layers) y = detail::pass_layer(layer, y, number++);
    return y;
  }
};

}  // namespace nn

GANVAS_END
