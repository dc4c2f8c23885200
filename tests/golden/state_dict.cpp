// A state dict written by PyTorch is loaded into our network, which then answers as PyTorch's does; what we write is
// what PyTorch wrote.

#include <filesystem>
#include <string>

#include "ganvas/core/random.hpp"
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/load.hpp"
#include "ganvas/nn/reshape.hpp"
#include "ganvas/nn/resize.hpp"
#include "ganvas/nn/save.hpp"
#include "ganvas/nn/sequential.hpp"

#include "golden/golden.hpp"

namespace {

using namespace ganvas;

/// The network of make_state_dict.py. Its Linear sees an image of 4x4 with 6 channels, which PyTorch flattens C,H,W.
template <class T>
auto network(nn::ImageSize in_image) {
  Random rng{1};
  return nn::sequential<T>(
      rng, nn::conv2d({.in = 3, .out = 8, .kernel = 3, .padding = 1}), nn::batch_norm2d({.channels = 8}), nn::relu(),
      nn::conv_transpose2d({.in = 8, .out = 6, .kernel = 4, .stride = 2, .padding = 1}), nn::leaky_relu(0.2),
      nn::max_pool2d({.kernel = 2}), nn::flatten(), nn::linear({.in = 96, .out = 10, .in_image = in_image}));
}

const std::string file = golden::data_path("state_dict.safetensors");

}  // namespace

TEMPLATE_TEST_CASE("golden: a state dict of PyTorch gives PyTorch's answers", "[golden][state_dict]", double, float) {
  using T = TestType;
  constexpr double allowed = sizeof(T) == 8 ? 1e-11 : 2e-6;
  const golden::Json& json = golden::cases("state_dict").at(0);
  const Var<T> x = golden::tensor<T>(json.at("input"));
  auto net = network<T>({.h = 4, .w = 4, .c = 6});
  CHECK(golden::distance(net(x).value(), json.at("output")) > 0.1);
  nn::load(file, net);
  CHECK(golden::distance(net(x).value(), json.at("output")) <= allowed);
  CHECK(net.template get<1>().num_batches_tracked == 3);

  auto unordered = network<T>({});  // not told that its Linear sees an image, so its columns are in another order
  nn::load(file, unordered);
  CHECK(golden::distance(unordered(x).value(), json.at("output")) > 0.1);
}

TEST_CASE("golden: a state dict goes to a file as PyTorch wrote it", "[golden][state_dict]") {
  auto net = network<float>({.h = 4, .w = 4, .c = 6});
  nn::load(file, net);
  const std::string copy = "golden_state_dict.safetensors";
  nn::save(copy, net);
  const io::Safetensors ours(copy), theirs(file);
  CHECK(ours.metadata() == theirs.metadata());
  REQUIRE(ours.entries().size() == theirs.entries().size());
  for (std::size_t i = 0; i < theirs.entries().size(); ++i) {
    const auto& entry = theirs.entries()[i];
    INFO(entry.name);
    CHECK(ours.entries()[i].name == entry.name);
    CHECK(ours.entries()[i].dtype == entry.dtype);
    CHECK(ours.entries()[i].shape == entry.shape);
    CHECK(ours.get<double>(entry.name) == theirs.get<double>(entry.name));
  }
  std::filesystem::remove(copy);
}
