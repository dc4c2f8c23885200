// Initial weights have PyTorch's bounds and standard deviations: layers as they are born, and the initialisers.

#include "ganvas/nn/init.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "ganvas/core/random.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"

#include "golden/golden.hpp"

namespace {

using namespace ganvas;
using golden::Json;

struct Moments {
  double count = 0, mean = 0, deviation = 0, largest = 0;
};

Moments moments(const Tensor<double>& t) {
  Moments m{.count = static_cast<double>(t.numel())};
  for (const double v : t.values()) {
    m.mean += v / m.count;
    m.largest = std::max(m.largest, std::abs(v));
  }
  for (const double v : t.values()) m.deviation += (v - m.mean) * (v - m.mean) / m.count;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

/// The statistics of n draws scatter by 1/sqrt(n); five deviations of that are allowed.
void check(const Moments& m, double deviation, double bound) {
  const double scatter = 5 / std::sqrt(m.count);
  CHECK(std::abs(m.mean) <= scatter * deviation);
  CHECK(std::abs(m.deviation / deviation - 1) <= scatter);
  if (bound > 0) {
    CHECK(m.largest <= bound);
    CHECK(m.largest >= bound * (1 - 20 / m.count));  // n uniform draws come within 20/n of the bound: all but e^-20
  } else {
    CHECK(m.largest >= 2 * deviation);  // a normal distribution has tails; a uniform one ends at 1.73
  }
}

Tensor<double> drawn(const std::string& init, const Shape& shape, Random& rng) {
  if (init == "xavier_uniform") return nn::init::xavier_uniform<double>(shape, rng);
  if (init == "xavier_normal") return nn::init::xavier_normal<double>(shape, rng);
  if (init == "kaiming_uniform") return nn::init::kaiming_uniform<double>(shape, rng);
  if (init == "kaiming_normal") return nn::init::kaiming_normal<double>(shape, rng);
  const nn::Parameter<double> p(Tensor<double>::zeros(shape), nn::Role::weight);
  if (init == "dcgan") return nn::init::dcgan("weight", p, rng);
  throw ValueError("[golden] there is no initialiser " + init);
}

/// A layer as it is born.
template <class Layer>
void check_layer(const Layer& layer, const Json& json) {
  check(moments(layer.weight.value()), json.at("std"), json.at("bound"));
  const double bound = json.at("bias_bound");
  CHECK(moments(layer.bias.value()).largest <= bound);
  if (layer.bias.numel() >= 64) CHECK(moments(layer.bias.value()).largest >= 0.7 * bound);
}

}  // namespace

TEST_CASE("golden: moments of initial weights", "[golden][init]") {
  Random rng{2024};
  for (const Json& json : golden::cases("init")) {
    const std::string name = json.at("name"), kind = json.at("kind"), init = json.at("init");
    INFO(name);
    const Json& sizes = json.at("sizes");
    const index_t in = sizes.at("in"), out = sizes.at("out"), kernel = sizes.at("kernel");
    const nn::LinearSpec linear{.in = in, .out = out};
    const nn::Conv2dSpec conv{.in = in, .out = out, .kernel = kernel};
    const nn::ConvTranspose2dSpec deconv{.in = in, .out = out, .kernel = kernel};
    if (init != "default") {
      const Shape shape = kind == "linear"   ? Shape{out, in}
                          : kind == "conv2d" ? conv.weight_shape()
                                             : deconv.weight_shape();
      check(moments(drawn(init, shape, rng)), json.at("std"), json.value("bound", 0.0));
    } else if (kind == "linear") {
      check_layer(nn::Linear<double>(linear, rng), json);
    } else if (kind == "conv2d") {
      check_layer(nn::Conv2d<double>(conv, rng), json);
    } else {
      check_layer(nn::ConvTranspose2d<double>(deconv, rng), json);
    }
  }
}
