// Minibatch standard deviation: a statistic of a group as one more channel.
#include "ganvas/nn/minibatch_stddev.hpp"

#include <cmath>

#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/sequential.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("minibatch stddev of a group of two numbers: half their distance, everywhere") {
  const Var<double> x(Tensor<double>({4, 1, 1, 1}, {1, 10, 5, 30}));  // groups {0, 2} and {1, 3}
  const Tensor<double> y = minibatch_stddev(x, 2).value();
  CHECK(y.shape() == Shape{4, 1, 1, 2});
  for (const index_t n : {0, 2}) CHECK(y(n, 0, 0, 1) == Approx(2));
  for (const index_t n : {1, 3}) CHECK(y(n, 0, 0, 1) == Approx(10));
  for (index_t n = 0; n < 4; ++n) CHECK(y(n, 0, 0, 0) == x.value()(n, 0, 0, 0));
}

TEST_CASE("minibatch stddev: features are means over parts of the channels; equal samples have next to none") {
  const auto x = normal({4, 3, 3, 6});
  const auto y = minibatch_stddev(x, 4, 2);
  for (index_t f = 0; f < 2; ++f) {
    const auto part = minibatch_stddev(slice(x, 3, 3 * f, 3 * f + 3), 4);
    CHECK(distance(slice(y, 3, 6 + f, 7 + f).value(), slice(part, 3, 3, 4).value()) < 1e-12);
  }
  const auto same = minibatch_stddev(concat<double>({slice(x, 0, 0, 1), slice(x, 0, 0, 1)}, 0));
  CHECK(same.value()(0, 0, 0, 6) == Approx(1e-4).margin(1e-9));
}

TEST_CASE("minibatch stddev: a smaller batch is one group; one that does not divide is refused") {
  const auto x = normal({3, 2, 2, 2});
  CHECK(minibatch_stddev(x, 4).value() == minibatch_stddev(x, 3).value());
  CHECK_THROWS_WITH(minibatch_stddev(normal({6, 2, 2, 2}), 4), Contains("6 samples") && Contains("groups of 4"));
  CHECK_THROWS_WITH(minibatch_stddev(x, 3, 3), Contains("2 channels") && Contains("3 features"));
  CHECK_THROWS_AS(minibatch_stddev(x, 0), ValueError);
  CHECK_THROWS_AS(minibatch_stddev(normal({3, 2}), 3), ShapeError);
  CHECK_THROWS_AS(nn::minibatch_stddev(4, 0), ValueError);
}

TEST_CASE("minibatch stddev: gradients, first and second, are those of differences", "[gradients]") {
  const auto g = [](const auto& v) { return square(minibatch_stddev(v[0], 2, 2)); };
  const std::vector<Tensor<double>> at{normal({4, 2, 1, 4}).value()};
  for (const auto& report : {check::gradients(g, at), check::second_gradients(g, at)}) {
    INFO(report);
    CHECK(report.ok);
  }
}

TEST_CASE("minibatch stddev stands in a network") {
  Random rng{1};
  auto net = nn::sequential<float>(nn::plan(nn::minibatch_stddev(2)), rng);
  CHECK(net(Var<float>(rng.normal<float>({4, 3, 3, 2}))).shape() == Shape{4, 3, 3, 3});
  CHECK(net.output_shape({4, 3, 3, 2}) == Shape{4, 3, 3, 3});
}
