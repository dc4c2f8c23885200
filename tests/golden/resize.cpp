// Resizing as PyTorch does it (bilinear, bicubic, with antialiasing) and by dense matrices (area, Lanczos).

#include <string>

#include "ganvas/io/resize_image.hpp"

#include "golden/golden.hpp"

using namespace ganvas;

namespace {

ResizeFilter filter_of(const std::string& name) {
  if (name == "area") return ResizeFilter::area;
  if (name == "bilinear") return ResizeFilter::bilinear;
  if (name == "bicubic") return ResizeFilter::bicubic;
  REQUIRE(name == "lanczos");
  return ResizeFilter::lanczos;
}

}  // namespace

TEST_CASE("resized images", "[golden]") {
  REQUIRE(golden::cases("resize").size() == 20);
  for (const auto& c : golden::cases("resize")) {
    CAPTURE(c.at("name").get<std::string>());
    const auto filter = filter_of(c.at("filter"));
    const Shape to = golden::shape(c.at("y").at("shape"));
    const auto exact = io::resize_image(golden::tensor<double>(c.at("x")), to[0], to[1], filter);
    CHECK(golden::distance(exact, c.at("y")) < 1e-12);
    const auto fast = io::resize_image(golden::tensor<float>(c.at("x")), to[0], to[1], filter);
    CHECK(golden::distance(fast, c.at("y")) < 1e-6);
  }
}
