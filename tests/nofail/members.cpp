// A member that is no parameter, buffer, counter, random state or module cannot be saved or trained.
// expect: a member in a module's list must be a Parameter, Tensor, index_t, Random or module
#include "ganvas/nn/module.hpp"

#include "support/catch.hpp"

namespace nn = ganvas::nn;

namespace {

struct Options {
  int width;
};
struct Layer {
  nn::Parameter<float> weight;
  Options options;
#if defined(MISTAKE)
  static constexpr auto members =
      std::tuple{nn::member("weight", &Layer::weight), nn::member("options", &Layer::options)};
#else
  static constexpr auto members = std::tuple{nn::member("weight", &Layer::weight)};
#endif
};

}  // namespace

TEST_CASE("what is no parameter, buffer, counter, random state or module stays out of the list") {
  const Layer layer{nn::Parameter<float>(ganvas::Tensor<float>({2, 3})), {7}};
  CHECK(nn::count_parameters(layer) == 6);
}
