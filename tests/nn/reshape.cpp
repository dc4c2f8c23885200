// Flatten and Reshape keep the order of the numbers.
#include "ganvas/nn/reshape.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("flatten joins all axes but the batch") {
  const Var<double> x = normal({2, 3, 4, 5});
  CHECK(nn::flatten()(x).value() == x.value().reshape(Shape{2, 60}));
  CHECK(nn::flatten()(normal({2})).shape() == Shape{2, 1});
  CHECK(nn::flatten().output_shape({0, 3, 4}) == Shape{0, 12});
  CHECK_THAT(sentence<ShapeError>([] { static_cast<void>(nn::flatten()(normal({}))); }), Contains("0 axes"));
}

TEST_CASE("reshape gives every sample a shape") {
  const Var<double> x = normal({2, 12});
  CHECK(nn::reshape({2, 2, 3})(x).value() == x.value().reshape(Shape{2, 2, 2, 3}));
  CHECK(nn::reshape({})(normal({4, 1})).shape() == Shape{4});
  CHECK_THAT(sentence<ShapeError>([&] {
               static_cast<void>(nn::reshape({2, 7})(x));
             }),
             Contains("12 elements a sample but the layer arranges 14") && Contains("(2,12)"));
}

TEST_CASE("gradients go back in the input's shape") {
  const auto report = check_evaluation(nn::reshape({3, 2}), normal({2, 6}).value());
  INFO(report.text);
  CHECK(report.ok);
}
