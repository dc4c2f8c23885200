// Layouts: the axes go where PyTorch has them, and come back.
#include "ganvas/nn/layout.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("an empty layout changes nothing") {
  const Tensor<float> x({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(nn::to_torch(x, {}) == x);
  CHECK(nn::to_torch(x, {}).shares_memory_with(x));
  CHECK(nn::from_torch(x, {}, Shape{2, 3}) == x);
}

TEST_CASE("one axis of two changes its place") {
  const nn::Layout transposed{{2, 3}, {1, 0}, Shape{3, 2}};
  const Tensor<float> x({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(nn::to_torch(x, transposed) == Tensor<float>({3, 2}, {1, 4, 2, 5, 3, 6}));
}

TEST_CASE("element by element for six axes, and back") {
  // (h,w,c,i,j,k) -> (c,h,w,k,i,j), more axes than a Shape has
  const nn::Layout layout{{2, 3, 4, 2, 2, 3}, {2, 0, 1, 5, 3, 4}, Shape{24, 12}};
  Tensor<double> x(Shape{24, 12});
  for (index_t i = 0; i < x.numel(); ++i) x.mutable_data()[i] = static_cast<double>(i);
  const Tensor<double> y = nn::to_torch(x, layout);
  REQUIRE(y.shape() == Shape{24, 12});
  index_t at = 0;
  for (index_t c = 0; c < 4; ++c)
    for (index_t h = 0; h < 2; ++h)
      for (index_t w = 0; w < 3; ++w)
        for (index_t k = 0; k < 3; ++k)
          for (index_t i = 0; i < 2; ++i)
            for (index_t j = 0; j < 2; ++j)
              REQUIRE(y.data()[at++] == x.data()[((h * 3 + w) * 4 + c) * 12 + (i * 2 + j) * 3 + k]);
  CHECK(nn::from_torch(y, layout, x.shape()) == x);
}
