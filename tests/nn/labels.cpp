#include "ganvas/nn/labels.hpp"

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("labels become rows and planes") {
  CHECK(nn::one_hot<float>({2, 0}, 3) == Tensor<float>({2, 3}, {0, 0, 1, 1, 0, 0}));
  const auto rows = nn::with_one_hot<float>("net", Tensor<float>({2, 1}, {5, 6}), {1, 0}, 2).value();
  CHECK(rows == Tensor<float>({2, 3}, {5, 0, 1, 6, 1, 0}));

  const auto x = Var<double>::variable(normal({2, 2, 3, 1}).value());
  const auto planes = nn::with_one_hot("net", x, {1, 0}, 2);
  REQUIRE(planes.shape() == Shape{2, 2, 3, 3});
  for (index_t n = 0; n < 2; ++n)
    for (index_t h = 0; h < 2; ++h)
      for (index_t w = 0; w < 3; ++w) {
        CHECK(planes.value()(n, h, w, 0) == x.value()(n, h, w, 0));
        CHECK(planes.value()(n, h, w, 1) == (n == 1 ? 1.0 : 0.0));
        CHECK(planes.value()(n, h, w, 2) == (n == 0 ? 1.0 : 0.0));
      }
  CHECK(grad(sum(planes), {x})[0].value() == Tensor<double>::ones({2, 2, 3, 1}));
}

TEST_CASE("labels that do not fit get a sentence") {
  const auto check = [](const std::vector<index_t>& y, index_t n, index_t classes) {
    return sentence<ValueError>([&] { nn::check_labels("net", y, n, classes); });
  };
  CHECK_THAT(check({0, 1}, 3, 2), Contains("[net] 2 labels were given for 3 samples"));
  CHECK_THAT(check({0, 2}, 2, 2), Contains("a label 2") && Contains("from 0 to 1"));
  CHECK_THAT(check({0, -1}, 2, 2), Contains("a label -1"));
  CHECK_THAT(check({0}, 1, 0), Contains("without classes"));
  CHECK_THAT(sentence<ValueError>([] { nn::check_unconditional("net", 10); }),
             Contains("10 classes") && Contains("(x, y)"));
  CHECK_THROWS_AS(nn::one_hot<float>({3}, 3), ValueError);
  CHECK_THROWS_AS(nn::with_one_hot<double>("net", normal({2, 2, 2}), {0, 1}, 2), ShapeError);
}
