// Clipping by norm and value, and the check for finite gradients.
#include "ganvas/optim/clip.hpp"

#include <cmath>
#include <limits>

#include "nn/close.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

std::vector<Var<double>> three_four() {
  return {Var<double>(Tensor<double>({2}, {3, 0})), Var<double>(Tensor<double>({1, 1}, {-4}))};
}

}  // namespace

TEST_CASE("the norm is taken over all gradients together") {
  CHECK(optim::norm_of(three_four()) == Approx(5.0));
  CHECK(optim::norm_of(std::vector<Var<float>>{}) == 0.0);
}

TEST_CASE("clipping by norm scales all gradients by one factor, as PyTorch does") {
  auto g = three_four();
  const auto original = g[0];
  CHECK(optim::clip_by_norm(g, 1) == Approx(5.0));
  const double f = 1 / (5 + 1e-6);
  CHECK(distance(g[0].value(), Tensor<double>({2}, {3 * f, 0})) < 1e-15);
  CHECK(distance(g[1].value(), Tensor<double>({1, 1}, {-4 * f})) < 1e-15);
  CHECK(original.value() == Tensor<double>({2}, {3, 0}));  // another handle keeps the old value
}

TEST_CASE("gradients within the norm stay bit for bit") {
  auto g = three_four();
  CHECK(optim::clip_by_norm(g, 6) == Approx(5.0));
  CHECK(g[0].value() == Tensor<double>({2}, {3, 0}));
}

TEST_CASE("clipping by value moves each element into the range") {
  std::vector<Var<double>> g{Var<double>(Tensor<double>({4}, {-3, -0.25, 0.5, 2}))};
  optim::clip_by_value(g, 0.5);
  CHECK(g[0].value() == Tensor<double>({4}, {-0.5, -0.25, 0.5, 0.5}));
  g = {Var<double>(Tensor<double>({1}, {std::nan("")}))};
  optim::clip_by_value(g, 0.5);
  CHECK(std::isnan(g[0].item()));
}

TEST_CASE("norm and clipping are the same for any number of threads", "[threads]") {
  CHECK(same_for_any_threads([] {
    std::vector<Var<float>> g{normal<float>({100001}, 1), normal<float>({333}, 2)};
    const double norm = optim::clip_by_norm(g, 0.5);
    return std::pair(norm, std::vector<Tensor<float>>{g[0].value(), g[1].value()});
  }));
  // a long sum in float would lose digits
  const std::vector<Var<float>> ones{Var<float>(Tensor<float>({50000000 / 10}, 0.1F))};
  CHECK(optim::norm_of(ones) == Approx(std::sqrt(5e6) * static_cast<double>(0.1F)).epsilon(1e-12));
}

TEST_CASE("what is not finite is named") {
  std::vector<Var<float>> g{Var<float>(Tensor<float>({2}, 1.0F)),
                            Var<float>(Tensor<float>({2}, std::numeric_limits<float>::infinity()))};
  CHECK_THAT(sentence<NumericError>([&] {
               optim::require_finite(g, {"0.weight", "0.bias"});
             }),
             Contains("the gradient of 0.bias, of shape (2), holds NaN or infinity."));
  CHECK_THAT(sentence<NumericError>([&] { optim::require_finite(g); }), Contains("parameter 1"));
  CHECK_THAT(sentence<NumericError>([&] { optim::clip_by_norm(g, 1); }), Contains("the norm of the gradients is inf"));
  CHECK(g[0].value() == Tensor<float>({2}, 1.0F));
  g.pop_back();
  optim::require_finite(g);
  CHECK_THAT(sentence<ValueError>([&] { optim::clip_by_norm(g, 0); }),
             Contains("max_norm must be positive, but is 0."));
  CHECK_THAT(sentence<ValueError>([&] { optim::clip_by_value(g, -1); }), Contains("limit"));
}
