// The strided copy against one element at a time, over random views on both sides.
#include "ganvas/kernels/copy.hpp"

#include <numeric>
#include <vector>

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using kernels::View;

namespace {

/// Calls body(place in a, place in b) for every element of two views of equal extents.
template <class Body>
void for_each_pair(const View& a, const View& b, const Body& body) {
  for (index_t i = 0; i < a.extents.numel(); ++i) {
    index_t rest = i, pa = a.offset, pb = b.offset;
    for (int axis = a.extents.rank() - 1; axis >= 0; --axis) {
      const index_t at = rest % a.extents[axis];
      rest /= a.extents[axis];
      pa += at * a.strides[static_cast<std::size_t>(axis)];
      pb += at * b.strides[static_cast<std::size_t>(axis)];
    }
    body(pa, pb);
  }
}

/// A view with the given extents into some larger memory: axes in any order, cut out of more, with steps, flipped.
View random_view(const Shape& extents, Random& random, index_t& memory) {
  const int rank = extents.rank();
  const auto order = random.permutation(rank);  // axis order[k] of the view is axis k of the memory
  std::vector<index_t> begins(static_cast<std::size_t>(rank)), steps(begins);
  std::vector<int> axes(static_cast<std::size_t>(rank));
  Shape whole;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const int axis = static_cast<int>(order[k]);
    axes[static_cast<std::size_t>(axis)] = static_cast<int>(k);
    const auto a = static_cast<std::size_t>(axis);
    begins[a] = random.below(2) == 0 ? 0 : random.below(3);
    steps[a] = random.below(3) == 0 ? 2 : 1;
    whole.append(begins[a] + extents[axis] * steps[a] + random.below(2));
  }
  View v = kernels::dense(whole).permute(axes);
  for (int axis = 0; axis < rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    v = v.slice(axis, begins[a], extents[axis], steps[a]);
    if (random.below(4) == 0) v = v.flip(axis);
  }
  memory = whole.numel();
  return v;
}

template <class T>
void check_random_copies(std::uint64_t seed) {
  Random random(seed);
  for (int trial = 0; trial < 300; ++trial) {
    Shape extents;
    const auto rank = static_cast<int>(random.below(6));
    for (int a = 0; a < rank; ++a)
      extents.append(random.below(5) == 0 ? random.below(3) : 1 + random.below(rank < 3 ? 90 : 9));
    index_t x_size = 0, y_size = 0;
    View vx = random_view(extents, random, x_size);
    const View vy = random_view(extents, random, y_size);
    for (int a = 0; a < rank; ++a)
      if (random.below(8) == 0) vx.strides[static_cast<std::size_t>(a)] = 0;  // repeated
    std::vector<T> x(static_cast<std::size_t>(x_size)), y(static_cast<std::size_t>(y_size), T(-1));
    std::iota(x.begin(), x.end(), T(0));
    std::vector<T> expected = y;
    for_each_pair(vx, vy, [&](index_t from, index_t to) {
      expected[static_cast<std::size_t>(to)] = x[static_cast<std::size_t>(from)];
    });
    kernels::copy(x.data(), vx, y.data(), vy);
    INFO("trial " << trial << ", extents " << extents);
    REQUIRE(y == expected);  // and nothing beside the view was written
  }
}

}  // namespace

TEST_CASE("copies between random views, float") { check_random_copies<float>(1); }
TEST_CASE("copies between random views, double") { check_random_copies<double>(2); }

TEST_CASE("transposition of large matrices and long rows") {
  for (const auto& [rows, columns] :
       std::vector<std::pair<index_t, index_t>>{{1, 50000}, {300, 301}, {33, 1000}, {8, 8}}) {
    Tensor<float> x(Shape{rows, columns});
    std::iota(x.mutable_data(), x.mutable_data() + x.numel(), 0.F);
    Tensor<float> y(Shape{columns, rows});
    const std::vector<int> axes{1, 0};
    kernels::copy(x.data(), kernels::dense(x.shape()).permute(axes), y.mutable_data(), kernels::dense(y.shape()));
    bool right = true;
    for (index_t i = 0; i < rows; ++i)
      for (index_t j = 0; j < columns; ++j) right = right && y.data()[j * rows + i] == x.data()[i * columns + j];
    CHECK(right);
  }
}

TEST_CASE("views are known at compile time") {
  constexpr View v = kernels::dense(Shape{4, 6}).slice(1, 1, 2, 3).flip(0);
  STATIC_REQUIRE(v.extents == Shape{4, 2});
  STATIC_REQUIRE(v.offset == 19);
  STATIC_REQUIRE(v.strides[0] == -6);
  STATIC_REQUIRE(v.strides[1] == 3);
  STATIC_REQUIRE(kernels::dense(Shape{0, 3}).flip(0).offset == 0);
}

TEST_CASE("copies are equal for any number of threads", "[threads]") {
  const Tensor<float> x = Random(3).normal<float>({7, 60, 50, 3});
  CHECK(same_for_any_threads([&] {
    Tensor<float> y(Shape{3, 60, 7, 50});
    const std::vector<int> axes{3, 1, 0, 2};
    kernels::copy(x.data(), kernels::dense(x.shape()).permute(axes), y.mutable_data(), kernels::dense(y.shape()));
    return y;
  }));
}
