// BatchNorm2d over three batches: outputs, running statistics after each, and evaluation with them.

#include "ganvas/nn/batch_norm.hpp"

#include <string>

#include "ganvas/core/random.hpp"

#include "golden/golden.hpp"

using namespace ganvas;
using golden::Json;

TEMPLATE_TEST_CASE("golden: running statistics of batch norm", "[golden][batch_norm]", double, float) {
  using T = TestType;
  constexpr double allowed = sizeof(T) == 8 ? 1e-11 : 2e-6;
  for (const Json& json : golden::cases("batch_norm")) {
    INFO(json.at("name").get<std::string>());
    const auto weight = golden::tensor<T>(json.at("weight"));
    const Json& options = json.at("options");
    nn::BatchNorm2d<T> layer(
        {.channels = weight.numel(), .eps = options.at("eps"), .momentum = options.at("momentum")});
    layer.weight.set_value(weight);
    layer.bias.set_value(golden::tensor<T>(json.at("bias")));
    index_t batches = 0;
    for (const Json& batch : json.at("batches")) {
      INFO("batch " << ++batches);
      const Var<T> y = layer.training(golden::tensor<T>(batch.at("x")));
      CHECK(golden::distance(y.value(), batch.at("y")) <= allowed);
      CHECK(golden::distance(layer.running_mean, batch.at("running_mean")) <= allowed);
      CHECK(golden::distance(layer.running_var, batch.at("running_var")) <= allowed);
      CHECK(layer.num_batches_tracked == batches);
    }
    CHECK(batches == 3);
    const Json& evaluation = json.at("evaluation");
    const Var<T> y = layer(golden::tensor<T>(evaluation.at("x")));
    CHECK(golden::distance(y.value(), evaluation.at("y")) <= allowed);
  }
}
