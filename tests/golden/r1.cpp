// The R1 penalty and its gradients by all parameters, against PyTorch: second order through convolutions, activations
// and batch norm. The networks are at the head of generators/r1.py.

#include <map>
#include <string>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/batch_norm.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/gan/penalties.hpp"

#include "golden/golden.hpp"

namespace {

using namespace ganvas;
using golden::Json;

template <class T>
Var<T> activate(const std::string& name, const Var<T>& x) {
  if (name == "leaky_relu") return leaky_relu(x, T(0.2));
  if (name == "softplus") return softplus(x);
  if (name == "tanh") return tanh(x);
  if (name == "gelu") return gelu(x);
  throw ValueError("[golden] there is no activation " + name);
}

/// D of a golden case.
template <class T>
struct Critic {
  const Json& json;
  std::map<std::string, Var<T>> p;

  explicit Critic(const Json& j) : json(j) {
    for (const auto& [name, value] : j.at("parameters").items()) p[name] = golden::variable<T>(value);
  }

  Var<T> training(const Var<T>& x) const {
    const std::string activation = json.at("activation");
    Var<T> h = conv2d(x, p.at("conv1.weight"), p.at("conv1.bias"), {.stride = 2, .padding = 1});
    if (json.at("batch_norm").get<bool>()) h = batch_norm(h, p.at("bn.weight"), p.at("bn.bias"), T(1e-5)).y;
    h = conv2d(activate(activation, h), p.at("conv2.weight"), p.at("conv2.bias"), {.stride = 2, .padding = 1});
    h = reshape(activate(activation, h), {x.size(0), -1});
    return linear(h, p.at("linear.weight"), p.at("linear.bias"));
  }
};

template <class T>
void check(const Critic<T>& critic, const Var<T>& x, const Var<T>& penalty) {
  constexpr double allowed_value = sizeof(T) == 8 ? 1e-11 : 2e-6;
  constexpr double allowed_gradient = sizeof(T) == 8 ? 1e-11 : 1e-5;
  const Json& json = critic.json;
  CHECK(golden::relative(static_cast<double>(penalty.item()), json.at("penalty")) <= allowed_value);
  std::vector<std::string> names{"x"};
  std::vector<Var<T>> by{x};
  for (const auto& [name, v] : critic.p) {
    names.push_back(name);
    by.push_back(v);
  }
  const auto gradients = grad(penalty, by);
  // Some gradients are zero up to rounding, that by a bias before batch norm for one: then the penalty is the measure.
  const double floor = 0.1 * json.at("penalty").get<double>();
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO("gradient by " << names[i]);
    CHECK(golden::distance(gradients[i].value(), json.at("gradients").at(names[i]), floor) <= allowed_gradient);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("golden: the R1 penalty, written out", "[golden][r1]", double, float) {
  using T = TestType;
  for (const Json& json : golden::cases("r1")) {
    INFO(json.at("name").get<std::string>());
    const Critic<T> critic(json);
    const auto x = golden::variable<T>(json.at("x"));
    const Var<T> g = grad(sum(critic.training(x)), {x}, {.create_graph = true})[0];
    const T half_gamma = static_cast<T>(json.at("gamma").get<double>() / 2);
    check(critic, x, sum(square(g)) * (half_gamma / static_cast<T>(x.size(0))));
  }
}

TEMPLATE_TEST_CASE("golden: the R1 penalty as a part of the game", "[golden][r1]", double, float) {
  using T = TestType;
  Random rng{1};
  for (const Json& json : golden::cases("r1")) {
    INFO(json.at("name").get<std::string>());
    const Critic<T> critic(json);
    const auto x = golden::variable<T>(json.at("x"));
    const R1 r1{.gamma = json.at("gamma").get<double>()};
    check(critic, x, r1(critic, PenaltyInput<T>{x, critic.training(x), x.value()}, rng));
  }
}
