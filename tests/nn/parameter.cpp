// Parameters are values; Vars taken from them are handles.
#include "ganvas/nn/parameter.hpp"

#include <sstream>
#include <utility>
#include <vector>

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using P = nn::Parameter<float>;

TEST_CASE("a copy is a new variable with the same value") {
  P a(Tensor<float>({2}, {1, 2}), nn::Role::gain);
  P b = a;
  CHECK(b.handle() != a.handle());
  CHECK(b.value().shares_memory_with(a.value()));
  CHECK(b.requires_grad());
  CHECK(b.role() == nn::Role::gain);
  b.set_value(Tensor<float>({2}, {3, 4}));
  CHECK(a.value() == Tensor<float>({2}, {1, 2}));
}

TEST_CASE("a Var taken from a parameter is a handle of it") {
  P a(Tensor<float>({2}, {1, 2}));
  const Var<float> handle = a;
  CHECK(handle.handle() == a.handle());
  a.set_value(Tensor<float>({2}, {5, 6}));
  CHECK(handle.value() == Tensor<float>({2}, {5, 6}));
  std::ostringstream text;
  text << a;
  CHECK(text.str() == to_string(handle.value()));
}

TEST_CASE("assigning keeps the variable that optimisers hold") {
  P a(Tensor<float>({2}, {1, 2}));
  const P b(Tensor<float>({2}, {3, 4}), nn::Role::bias);
  const Var<float> handle = a;
  a = b;
  CHECK(a.handle() == handle.handle());
  CHECK(handle.value() == Tensor<float>({2}, {3, 4}));
  CHECK(a.role() == nn::Role::bias);
  a = P(Tensor<float>({2}, {7, 8}));
  CHECK(a.handle() == handle.handle());
  CHECK(handle.value() == Tensor<float>({2}, {7, 8}));
  a = *&a;
  CHECK(handle.value() == Tensor<float>({2}, {7, 8}));
}

TEST_CASE("assigning another shape or undefined makes another variable") {
  P a(Tensor<float>({2}, {1, 2}));
  const Var<float> handle = a;
  a = P(Tensor<float>({3}, {1, 2, 3}));
  CHECK(a.shape() == Shape{3});
  CHECK(handle.shape() == Shape{2});
  a = P();
  CHECK_FALSE(a.defined());
  a = P(Tensor<float>({1}, {9}));
  CHECK(a.value() == Tensor<float>({1}, {9}));
}

TEST_CASE("moving a parameter moves the variable") {
  std::vector<P> all;
  all.emplace_back(Tensor<float>({1}, {1}));
  const Var<float> handle = all[0];
  for (int i = 0; i < 10; ++i) all.emplace_back(Tensor<float>({1}, {2}));  // grows, so elements move
  CHECK(all[0].handle() == handle.handle());
  std::swap(all[0], all[1]);
  CHECK(all[0].value().item() == 2.0F);
  CHECK(all[1].value().item() == 1.0F);
}
