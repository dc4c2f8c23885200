// A member that is no parameter, buffer, counter, random state or module cannot be saved or trained.
// expect: a member in a module's list must be a Parameter, Tensor, index_t, Random or module
#include "ganvas/nn/module.hpp"

namespace nn = ganvas::nn;

struct Options {
  int width;
};
struct Layer {
  nn::Parameter<float> weight;
  Options options;
  static constexpr auto members =
      std::tuple{nn::member("weight", &Layer::weight), nn::member("options", &Layer::options)};
};

ganvas::index_t count(const Layer& layer);
ganvas::index_t count(const Layer& layer) { return nn::count_parameters(layer); }
