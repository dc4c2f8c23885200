// The layer of members_wrong.cpp with its options left out of the list.
#include "ganvas/nn/module.hpp"

namespace nn = ganvas::nn;

struct Options {
  int width;
};
struct Layer {
  nn::Parameter<float> weight;
  Options options;
  static constexpr auto members = std::tuple{nn::member("weight", &Layer::weight)};
};

static_assert(nn::Module<Layer>);

ganvas::index_t count(const Layer& layer);
ganvas::index_t count(const Layer& layer) { return nn::count_parameters(layer); }
