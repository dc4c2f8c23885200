// A narrow ResNet-50 of a package as PyTorch computes it, unfolded and in double. Weights and fields of a case: head of
// generators/resnet50.py.

#include "ganvas/models/resnet50.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "golden/counter.hpp"
#include "golden/golden.hpp"
#include "support/resnet50_package.hpp"

using namespace ganvas;

namespace {

std::vector<test::Weights> counted(index_t width, index_t classes) {
  auto all = test::resnet50_layers(width, classes);
  std::uint32_t stream = 0;
  for (test::Weights& w : all) {
    const std::string kind = w.name.substr(w.name.rfind('/') + 1);
    const double fan_in = static_cast<double>(w.shape.numel() / w.shape.size(-1));
    const double deviation = kind == "kernel"            ? std::sqrt(2 / fan_in)
                             : kind == "gamma"           ? 0.2
                             : kind == "moving_variance" ? 0.5
                                                         : 0.1;
    const auto t = golden::bell<float>(w.shape, stream++, deviation);
    for (const float v : t.values())
      w.values.push_back(kind == "gamma" ? v + 1.0F : kind == "moving_variance" ? std::abs(v) + 0.5F : v);
  }
  return all;
}

}  // namespace

TEST_CASE("ResNet-50 of a package", "[golden]") {
  REQUIRE(golden::cases("resnet50").size() == 2);
  for (const auto& c : golden::cases("resnet50")) {
    CAPTURE(c.at("name").get<std::string>());
    const test::Folder folder;
    test::put_package(folder.path(), counted(c.at("width"), c.at("classes")), 100'000);
    const auto check = [&]<class T>(T) {
      const auto net = models::read_resnet50<T>(folder.path());
      const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-12;
      const auto x = golden::tensor<T>(c.at("x"));
      const index_t side = c.at("side");
      CHECK(golden::distances(models::prepare_pictures(x, side), c.at("prepared")).worst() < tolerance);
      const auto found = models::features_and_logits(net, x, {.side = side});
      CHECK(golden::distance(found.features, c.at("features")) < tolerance);
      CHECK(golden::distance(found.logits, c.at("logits")) < tolerance);
    };
    check(0.0F);
    check(0.0);
  }
}
