#include "ganvas/core/shape.hpp"

#include <limits>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

static_assert(Shape{2, 3, 4}.numel() == 24);
static_assert(Shape{}.numel() == 1 && Shape{}.rank() == 0);
static_assert(Shape{2, 3, 4}.size(-1) == 4 && Shape{2, 3, 4}.with(1, 7) == Shape{2, 7, 4});
static_assert(broadcast_shapes({4, 1, 3}, {5, 1}) == Shape{4, 5, 3});
static_assert(row_major_strides({2, 3, 4})[0] == 12 && row_major_strides({2, 3, 4})[2] == 1);
static_assert(Shape{2, 3, 4}[2] == 4);
static_assert(!std::is_constructible_v<Shape, int, int>);  // Shape{28, 28}; parentheses are for iterators
static_assert(std::is_constructible_v<Shape, const index_t*, const index_t*>);

TEST_CASE("a shape prints, compares and counts") {
  CHECK(Shape{64, 28, 28, 1}.str() == "(64,28,28,1)");
  CHECK(Shape{}.str() == "()");
  CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 1});
  CHECK(Shape{3, 0, 2}.numel() == 0);
  const std::vector<int> extents{1, 2, 3};
  CHECK(Shape(extents.begin(), extents.end()) == Shape{1, 2, 3});
}

TEST_CASE("impossible shapes get a sentence") {
  constexpr index_t huge = std::numeric_limits<index_t>::max() / 4;
  CHECK_THROWS_WITH((Shape{2, -1}), Contains("extent -1 of axis 1 is negative"));
  CHECK_THROWS_WITH((Shape{1, 2, 3, 4, 5, 6}), Contains("at most 5 axes"));
  CHECK_THROWS_WITH((Shape{huge}), Contains("too large"));
  CHECK_THROWS_WITH((Shape{1LL << 40, 1LL << 40}), Contains("overflows"));
  CHECK_THROWS_WITH((Shape{1LL << 30, 1LL << 30, 0}), Contains("overflows"));  // no way around by a later zero
  CHECK_THROWS_WITH((Shape{0, 1LL << 40, 1LL << 40}), Contains("overflows"));  // nor by an earlier one: strides
  CHECK_NOTHROW(Shape{0, 1LL << 30, 1LL << 25});
  CHECK_THROWS_AS((Shape{2, -1}), ShapeError);
}

TEST_CASE("axes count from both ends and are checked") {
  const Shape s{2, 3, 4};
  CHECK(s.normalize_axis(-3) == 0);
  CHECK(s.normalize_axis(2) == 2);
  CHECK_THROWS_WITH(s.normalize_axis(3), Contains("axis 3 is outside") && Contains("(2,3,4)"));
  CHECK_THROWS_WITH(s.size(-4), Contains("axis -4"));
  CHECK_THROWS_AS(Shape{}.size(0), ShapeError);
  CHECK(s[2] == 4);
  CHECK_THROWS_WITH(s[-1], Contains("axis is -1") && Contains("(2,3,4)") && Contains("size(axis)"));
  CHECK_THROWS_WITH(s[3], Contains("axis is 3 and shape (2,3,4) has rank 3"));
  CHECK_THROWS_AS(s[7], ShapeError);
  CHECK_THROWS_AS(Shape{}[0], ShapeError);
}

TEST_CASE("broadcasting aligns at the last axis and names both shapes when it cannot") {
  CHECK(broadcast_shapes({}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast_shapes({2, 3}, {3}) == Shape{2, 3});
  CHECK(broadcast_shapes({1}, {0}) == Shape{0});
  CHECK_THROWS_WITH(broadcast_shapes({2, 3}, {4}, "add"), Contains("[add]") && Contains("(2,3)") && Contains("(4)"));
  CHECK_THROWS_AS(broadcast_shapes({2}, {0}), ShapeError);
}
