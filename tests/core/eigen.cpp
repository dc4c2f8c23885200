#include "ganvas/core/eigen.hpp"

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("a tensor is seen as an Eigen matrix or array without a copy") {
  Tensor<double> t(Shape{2, 3, 4}, 1.0);
  CHECK(matrix(t).rows() == 6);
  CHECK(matrix(t).cols() == 4);
  CHECK(matrix(t).data() == t.data());
  mutable_matrix(t)(5, 3) = 7;
  CHECK(t(1, 2, 3) == 7);
  mutable_array(t) *= 2;
  CHECK(array(t).sum() == Approx(2 * (23 + 7)));
  CHECK(matrix(Tensor<double>::scalar(4))(0, 0) == 4);
  CHECK(matrix(Tensor<double>(Shape{3, 0})).size() == 0);
}

TEST_CASE("a write through a map leaves copies alone") {
  Tensor<float> a(Shape{2, 2}, 1.0F);
  const Tensor<float> b = a;
  mutable_array(a) = 5;
  CHECK(b(0, 0) == 1);
  const Tensor<float> c = a;  // each write asks for its map anew: an older one would write to this copy as well
  mutable_matrix(a)(1, 1) = 6;
  CHECK(c(1, 1) == 5);
}

TEST_CASE("a user's matrix comes in without a copy, an expression as its value") {
  RowMatrix<float> m(2, 3);
  m << 1, 2, 3, 4, 5, 6;
  const float* memory = m.data();
  const Tensor<float> t = tensor(std::move(m));
  CHECK(t.data() == memory);
  CHECK(t.shape() == Shape{2, 3});
  const Eigen::MatrixXd column_major = Eigen::MatrixXd::Identity(3, 3) * 2;
  CHECK(tensor(column_major)(1, 1) == 2);
  CHECK(tensor(matrix(t) * matrix(t).transpose()).shape() == Shape{2, 2});
  CHECK(tensor(array(t) + 1.0F)(5, 0) == 7);
}
