// Sampling by affine maps, DiffAugment, the pipeline of ADA and top-k against PyTorch, with given draws: the image and
// the gradient by it, in double and in float.

#include "ganvas/gan/augment.hpp"

#include <string>

#include "ganvas/autograd/affine.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/gan/ada.hpp"
#include "ganvas/gan/top_k.hpp"

#include "golden/given.hpp"
#include "golden/golden.hpp"

namespace {

using namespace ganvas;
using golden::diff_draw;
using golden::draws;
using golden::Json;
using golden::pipeline_draw;

bool has(const Json& policy, const char* name) {
  for (const Json& p : policy)
    if (p == name) return true;
  return false;
}

template <class T>
Var<T> result(const Json& c, const Var<T>& x) {
  const std::string kind = c.at("kind");
  if (kind == "affine_sample") {
    const std::string outside = c.at("outside");
    return affine_sample(x, golden::tensor<double>(c.at("maps")),
                         outside == "zero"      ? PadMode::zero
                         : outside == "reflect" ? PadMode::reflect
                                                : PadMode::edge);
  }
  if (kind == "diff_augment") {
    const Json& policy = c.at("policy");
    const DiffAugment t{.color = has(policy, "color"),
                        .translation = has(policy, "translation"),
                        .cutout = has(policy, "cutout"),
                        .flip = has(policy, "flip"),
                        .hole = c.at("hole")};
    return t.apply(x, draws(c.at("draws"), diff_draw));
  }
  return AugmentPipeline{}.apply(x, draws(c.at("draws"), pipeline_draw));
}

}  // namespace

TEMPLATE_TEST_CASE("golden: augmented images and the gradients by the images", "[golden][augment]", double, float) {
  using T = TestType;
  const double tolerance = sizeof(T) == 8 ? 1e-11 : 2e-5;
  int count = 0;
  for (const Json& c : golden::cases("augment")) {
    if (c.at("kind") == "top_k") continue;
    INFO(c.at("name").get<std::string>());
    const auto x = golden::variable<T>(c.at("x"));
    const Var<T> y = result(c, x);
    CHECK(golden::distance(y.value(), c.at("y")) <= tolerance);
    const auto gx = grad(y, {x}, {.output = golden::tensor<T>(c.at("gy"))})[0];
    CHECK(golden::distance(gx.value(), c.at("gx")) <= tolerance);
    ++count;
  }
  CHECK(count == 19);
}

TEMPLATE_TEST_CASE("golden: the samples that top-k keeps, and their loss", "[golden][augment]", double, float) {
  using T = TestType;
  const double tolerance = sizeof(T) == 8 ? 1e-12 : 1e-6;
  int count = 0;
  for (const Json& c : golden::cases("augment")) {
    if (c.at("kind") != "top_k") continue;
    INFO(c.at("name").get<std::string>());
    const TopK top{.keep_to = c.at("nu"), .decay = c.at("gamma"), .every = 100};
    const auto d = golden::variable<T>(c.at("d"));
    const index_t epoch = c.at("epoch");
    const Var<T> kept = top.select(d, 100 * epoch + 99);  // the last step of that epoch
    REQUIRE(kept.shape() == Shape{c.at("k").get<index_t>(), 1});
    for (index_t i = 0; i < kept.numel(); ++i)
      CHECK(kept.value()(i, 0) == d.value()(c.at("index").at(static_cast<std::size_t>(i)).get<index_t>(), 0));
    const Var<T> loss = mean(softplus(-kept));
    CHECK(golden::relative(static_cast<double>(loss.item()), c.at("loss")) <= tolerance);
    CHECK(golden::distance(grad(loss, {d})[0].value(), c.at("gd")) <= tolerance);
    ++count;
  }
  CHECK(count == 5);
}
