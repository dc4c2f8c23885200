// Ten steps of every optimiser, fed with the gradients that PyTorch's had, against the parameters that PyTorch got.

#include <string>
#include <vector>

#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/optimizer.hpp"
#include "ganvas/optim/rmsprop.hpp"
#include "ganvas/optim/sgd.hpp"

#include "golden/golden.hpp"

namespace {

using namespace ganvas;
using golden::Json;

/// Relative to the largest number of a parameter. A float step rounds to 6e-8 of the parameter.
template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-11 : 2e-6;

template <class T, class Rule>
void run(const Rule& rule, const Json& json) {
  INFO(json.at("name").get<std::string>());
  const std::vector<std::string> names{"m", "x"};
  std::vector<Var<T>> parameters;
  for (const std::string& name : names) parameters.push_back(golden::variable<T>(json.at("parameters").at(name)));
  auto optimizer = optim::make(rule, parameters);
  const double lr_after = json.at("lr_after").get<double>();
  int done = 0;
  for (const Json& step : json.at("steps")) {
    if (done == 5 && lr_after > 0) optimizer.set_lr(lr_after);
    std::vector<Tensor<T>> gradients;
    for (const std::string& name : names) gradients.push_back(golden::tensor<T>(step.at("gradients").at(name)));
    optimizer.step(gradients);
    INFO("step " << ++done);
    for (std::size_t i = 0; i < names.size(); ++i) {
      INFO("parameter " << names[i]);
      CHECK(golden::distance(parameters[i].value(), step.at("parameters").at(names[i])) <= tolerance<T>);
    }
  }
  CHECK(done == 10);
}

template <class Rule>
Rule adam(const Json& o) {
  Rule rule;
  rule.lr = o.at("lr");
  if (o.contains("betas")) {
    rule.beta1 = o.at("betas")[0];
    rule.beta2 = o.at("betas")[1];
  }
  rule.eps = o.value("eps", rule.eps);
  rule.weight_decay = o.value("weight_decay", rule.weight_decay);
  return rule;
}

optim::RMSProp rmsprop(const Json& o) {
  const optim::RMSProp standard;
  return {.lr = o.at("lr"),
          .alpha = o.value("alpha", standard.alpha),
          .eps = standard.eps,
          .weight_decay = o.value("weight_decay", standard.weight_decay),
          .momentum = o.value("momentum", standard.momentum),
          .centered = o.value("centered", standard.centered)};
}

optim::SGD sgd(const Json& o) {
  const optim::SGD standard;
  return {.lr = o.at("lr"),
          .momentum = o.value("momentum", standard.momentum),
          .dampening = o.value("dampening", standard.dampening),
          .weight_decay = o.value("weight_decay", standard.weight_decay),
          .nesterov = o.value("nesterov", standard.nesterov)};
}

}  // namespace

TEMPLATE_TEST_CASE("golden: ten steps of every optimiser", "[golden][optim]", double, float) {
  using T = TestType;
  std::size_t seen = 0;
  for (const Json& json : golden::cases("optim")) {
    const std::string name = json.at("optimizer");
    const Json& options = json.at("options");
    if (name == "Adam") run<T>(adam<optim::Adam>(options), json);
    if (name == "AdamW") run<T>(adam<optim::AdamW>(options), json);
    if (name == "RMSprop") run<T>(rmsprop(options), json);
    if (name == "SGD") run<T>(sgd(options), json);
    ++seen;
  }
  CHECK(seen == 19);
}
