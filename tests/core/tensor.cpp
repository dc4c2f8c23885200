#include "ganvas/core/tensor.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/core/print.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("a tensor holds its elements in row-major order") {
  const Tensor<float> t(Shape{2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(t(0, 2) == 3);
  CHECK(t(1, 0) == 4);
  CHECK(t.size(-1) == 3);
  CHECK(t.numel() == 6);
  CHECK(reinterpret_cast<std::uintptr_t>(t.data()) % 64 == 0);
  CHECK(Tensor<double>::scalar(3).item() == 3);
  CHECK(Tensor<float>().numel() == 0);
  CHECK(t.cast<double>()(1, 2) == 6.0);
  CHECK(t.rows(1, 2) == Tensor<float>(Shape{1, 3}, {4, 5, 6}));
  CHECK(t.rows(2, 2).numel() == 0);
}

TEST_CASE("copies share memory until one is written to") {
  const Tensor<float> a(Shape{4}, {1, 2, 3, 4});
  Tensor<float> b = a;
  CHECK(b.shares_memory_with(a));
  b.set({0}, 9);
  CHECK_FALSE(b.shares_memory_with(a));
  CHECK(a(0) == 1);
  CHECK(b(0) == 9);
  const float* before = b.data();
  b.set({1}, 8);  // alone now: no further copy
  CHECK(b.data() == before);
}

TEST_CASE("reshape shares memory and works out one extent") {
  const Tensor<float> t(Shape{2, 6}, 1.0F);
  CHECK(t.reshape({3, -1}).shape() == Shape{3, 4});
  CHECK(t.reshape({3, 4}).shares_memory_with(t));
  CHECK(t.reshape(Shape{12}).shape() == Shape{12});
  CHECK_THROWS_WITH((void)t.reshape({5, -1}), Contains("(2,6)"));
  CHECK_THROWS_WITH((void)t.reshape({-1, -1}), Contains("at most one"));
  CHECK_THROWS_WITH((void)t.reshape(Shape{5, 2}), Contains("(2,6)") && Contains("(5,2)"));
  CHECK_THROWS_AS((void)t.reshape({0, -1}), ShapeError);
  constexpr index_t huge = index_t{1} << 40;
  CHECK_THROWS_WITH((void)t.reshape({-1, huge, huge}), Contains("overflows"));
  CHECK_THROWS_WITH((void)t.reshape({-1, std::numeric_limits<index_t>::min(), -3}), Contains("is negative"));
  CHECK_THROWS_WITH((void)t.reshape({-1, -2, -3}), Contains("is negative"));
}

TEST_CASE("elements outside, wrong counts and wrong ranks get a sentence") {
  Tensor<float> t(Shape{2, 3}, 0.0F);
  CHECK_THROWS_WITH((void)t(2, 0), Contains("index 2 of axis 0") && Contains("(2,3)"));
  CHECK_THROWS_WITH((void)t(0, -1), Contains("index -1 of axis 1"));
  CHECK_THROWS_WITH((void)t(0), Contains("1 indices"));
  CHECK_THROWS_WITH(t.set({0, 3}, 1), Contains("index 3 of axis 1"));
  CHECK_THROWS_WITH((void)t.item(), Contains("(2,3)"));
  CHECK_THROWS_WITH((Tensor<float>(Shape{2, 2}, {1, 2, 3})), Contains("3 values") && Contains("(2,2)"));
  CHECK_THROWS_AS((void)t.rows(1, 3), ShapeError);
  CHECK_THROWS_AS((void)t.rows(-1, 1), ShapeError);
}

TEST_CASE("memory of the user is seen without a copy and never written to") {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3, 4});
  Tensor<float> t = Tensor<float>::wrap(owner->data(), {2, 2}, owner);
  CHECK(t.data() == owner->data());
  CHECK(owner.use_count() == 2);
  t.set({0, 0}, 7);
  CHECK((*owner)[0] == 1);
  CHECK(t(0, 0) == 7);
  CHECK(owner.use_count() == 1);  // let go of with the first write
  CHECK_THROWS_WITH((Tensor<float>::wrap(nullptr, {2}, nullptr)), Contains("null pointer") && Contains("(2)"));
  CHECK(Tensor<float>::wrap(nullptr, {0, 2}, nullptr).empty());
}

TEST_CASE("a moved-from tensor is empty and can be given a value again") {
  static_assert(std::is_nothrow_move_constructible_v<Tensor<float>> &&
                std::is_nothrow_move_assignable_v<Tensor<float>>);
  Tensor<float> a(Shape{2, 1}, {1, 2});
  Tensor<float> b = std::move(a);
  CHECK(a.shape() == Shape{0});
  CHECK(a.empty());
  CHECK(a.values().empty());
  CHECK_THROWS_AS((void)a(0, 0), ShapeError);
  Tensor<float> c;
  c = std::move(b);
  CHECK(b == Tensor<float>());
  CHECK_THROWS_AS((void)b.item(), ShapeError);
  CHECK(c(1, 0) == 2);
  Tensor<float>& same = c;
  c = std::move(same);
  CHECK(c == Tensor<float>(Shape{2, 1}, {1, 2}));
  a = Tensor<float>(Shape{1}, {5});
  CHECK(a(0) == 5);
}

TEST_CASE("a moved-from view of somebody's memory may be written again without a copy") {
  const auto owner = std::make_shared<std::vector<float>>(2, 1.0F);
  Tensor<float> view = Tensor<float>::wrap(owner->data(), {2}, owner);
  const Tensor<float> taken = std::move(view);
  CHECK(taken.data() == owner->data());
  view = Tensor<float>({2}, 3.0F);
  const float* memory = view.data();
  CHECK(view.mutable_data() == memory);
}

TEST_CASE("the shape of a temporary tensor outlives it") {
  const Shape& s = Tensor<float>({2, 3}, 1.0F).shape();
  static_assert(!std::is_reference_v<decltype(Tensor<float>().shape())>);
  CHECK(s == Shape{2, 3});
}

TEST_CASE("tensors print with their shape, long axes shortened") {
  CHECK(to_string(Tensor<float>(Shape{2, 2}, {1, 2, 3, 4}), {.precision = 1}) ==
        "[[  1.0,   2.0],\n [  3.0,   4.0]] (2,2)");
  CHECK(to_string(Tensor<float>::scalar(2), {.precision = 0}) == "   2 ()");
  CHECK_THAT(to_string(Tensor<float>::zeros({100})), Contains("...") && Contains("(100)"));
  CHECK(to_string(Tensor<float>()) == "[] (0)");
}
