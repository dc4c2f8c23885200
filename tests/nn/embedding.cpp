// Embedding: rows of a table by label.
#include "ganvas/nn/embedding.hpp"

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("embedding looks rows up and sums their gradients") {
  Random rng(1);
  nn::Embedding<double> table({.count = 3, .features = 2}, rng);
  table.weight.set_value(Tensor<double>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const Var<double> y = table({2, 0, 2});
  CHECK(y.value() == Tensor<double>({3, 2}, {5, 6, 1, 2, 5, 6}));
  CHECK(grad(sum(y), nn::parameters(table))[0].value() == Tensor<double>({3, 2}, {1, 1, 0, 0, 2, 2}));
  CHECK(nn::state_dict(table)[0].name == "weight");
}

TEST_CASE("labels outside the table and senseless sizes are refused") {
  Random rng(1);
  const nn::Embedding<float> table({.count = 3, .features = 2}, rng);
  CHECK_THAT(sentence<Error>([&] { static_cast<void>(table({0, 3})); }), Contains("3"));
  CHECK_THAT(sentence<ValueError>([&] { nn::Embedding<float>({.count = 0, .features = 2}, rng); }),
             Contains("[embedding] count and features must be positive"));
}

TEST_CASE("embedding is born as N(0, 1)") {
  Random rng(2);
  const nn::Embedding<double> table({.count = 200, .features = 100}, rng);
  double sum = 0, square = 0;
  for (const double v : table.weight.value().values()) sum += v, square += v * v;
  CHECK(std::abs(sum / 20000) < 0.03);
  CHECK(std::abs(square / 20000 - 1) < 0.05);
}
