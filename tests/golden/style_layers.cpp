// StyleGAN2's layers against PyTorch, where the modulated convolution is a grouped one with a weight for every sample:
// values, gradients and second order. What each op is stands at the head of generators/style_layers.py.

#include <map>
#include <string>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/noisy_bias.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/nn/equalized.hpp"
#include "ganvas/nn/minibatch_stddev.hpp"
#include "ganvas/nn/modulated_conv.hpp"

#include "golden/golden.hpp"

namespace {

using namespace ganvas;
using golden::Json;

template <class T>
using Inputs = std::map<std::string, Var<T>>;

/// A layer's parameters become handles of the variables that are checked.
template <class Layer, class T>
Var<T> run(Layer layer, const Inputs<T>& in) {
  static_cast<Var<T>&>(layer.weight) = in.at("w");
  static_cast<Var<T>&>(layer.bias) = in.at("b");
  return layer(in.at("x"));
}

template <class T>
Var<T> compute(const Json& json, const Inputs<T>& in) {
  Random rng{1};
  const std::string op = json.at("op");
  const Json& o = json.at("options");
  const auto flag = [&](const char* name) { return o.value(name, false); };
  if (op == "equalized_linear")
    return run<nn::EqualizedLinear<T>, T>(nn::EqualizedLinear<T>({.in = in.at("w").size(1),
                                                                  .out = in.at("w").size(0),
                                                                  .activate = flag("activate"),
                                                                  .gain = o.value("gain", 1.0),
                                                                  .lr_mul = o.value("lr_mul", 1.0)},
                                                                 rng),
                                          in);
  if (op == "equalized_conv2d")
    return run<nn::EqualizedConv2d<T>, T>(nn::EqualizedConv2d<T>({.in = in.at("w").size(3),
                                                                  .out = in.at("w").size(0),
                                                                  .kernel = o.at("kernel").get<index_t>(),
                                                                  .down = flag("down"),
                                                                  .activate = flag("activate"),
                                                                  .gain = o.value("gain", 1.0),
                                                                  .lr_mul = o.value("lr_mul", 1.0),
                                                                  .pad = o.value("pad", true)},
                                                                 rng),
                                          in);
  if (op == "modulated_conv2d")
    return nn::modulated_conv2d(in.at("x"), in.at("w"), in.at("s"),
                                {.up = flag("up"), .demodulate = o.value("demodulate", true)});
  if (op == "noisy_bias")
    return noisy_bias(in.at("x"), in.at("d"), in.at("noise").value(), in.at("strength"), in.at("b"),
                      static_cast<T>(o.at("slope").get<double>()));
  if (op == "minibatch_stddev")
    return minibatch_stddev(in.at("x"), o.at("group").get<index_t>(), o.at("features").get<index_t>());
  throw ValueError("[golden] there is no op " + op);
}

}  // namespace

TEMPLATE_TEST_CASE("golden: StyleGAN2's layers", "[golden][style]", double, float) {
  using T = TestType;
  constexpr double allowed = sizeof(T) == 8 ? 1e-11 : 1e-5;
  std::size_t count = 0;
  for (const Json& json : golden::cases("style_layers")) {
    INFO(json.at("name").get<std::string>());
    const Json& first = json.at("gradients");
    Inputs<T> in;
    std::vector<std::string> names;
    std::vector<Var<T>> by;
    for (const auto& [name, value] : json.at("inputs").items()) {
      in[name] = first.contains(name) ? golden::variable<T>(value) : Var<T>(golden::tensor<T>(value));
      if (!first.contains(name)) continue;
      names.push_back(name);
      by.push_back(in[name]);
    }
    const Var<T> y = compute<T>(json, in);
    CHECK(golden::distance(y.value(), json.at("y")) <= allowed);

    const auto gy = golden::variable<T>(json.at("gy"));
    const auto gradients = grad(y, by, {.create_graph = true, .output = gy});
    Var<T> s(Tensor<T>::scalar(T(0)));
    for (std::size_t i = 0; i < names.size(); ++i) {
      INFO("gradient by " << names[i]);
      CHECK(golden::distance(gradients[i].value(), first.at(names[i])) <= allowed);
      s = s + sum(square(gradients[i]));
    }
    names.emplace_back("gy");
    by.push_back(gy);
    const auto second = grad(s, by);
    for (std::size_t i = 0; i < names.size(); ++i) {
      INFO("second order by " << names[i]);
      CHECK(golden::distance(second[i].value(), json.at("second").at(names[i]), 1e-2) <= 10 * allowed);
    }
    ++count;
  }
  CHECK(count == 20);
}
