#pragma once
// Tensors seen as Eigen maps, and Eigen matrices taken in as tensors. Maps live inside functions only: an Eigen type
// that is stored or passed on would carry compiler flags into the ABI.

#include <Eigen/Core>
#include <memory>
#include <utility>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

template <class T>
using RowMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using ConstMatrixMap = Eigen::Map<const RowMatrix<T>, Eigen::Unaligned>;
template <class T>
using MatrixMap = Eigen::Map<RowMatrix<T>, Eigen::Unaligned>;
template <class T>
using ConstArrayMap = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>, Eigen::Unaligned>;
template <class T>
using ArrayMap = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>, Eigen::Unaligned>;

/// t as a matrix for reading: the last axis are the columns, all others together the rows; a scalar is 1 x 1.
template <class T>
[[nodiscard]] ConstMatrixMap<T> matrix(const Tensor<T>& t) {
  const index_t columns = t.rank() == 0 ? 1 : t.size(-1);
  return {t.data(), columns == 0 ? 0 : t.numel() / columns, columns};
}
/// t as a matrix for writing. Like the pointer of mutable_data(), the map is good until t is next copied: a write
/// through it after that would be seen by the copy.
template <class T>
[[nodiscard]] MatrixMap<T> mutable_matrix(Tensor<T>& t) {
  const index_t columns = t.rank() == 0 ? 1 : t.size(-1);
  return {t.mutable_data(), columns == 0 ? 0 : t.numel() / columns, columns};
}
/// All elements of t in row-major order, for reading.
template <class T>
[[nodiscard]] ConstArrayMap<T> array(const Tensor<T>& t) {
  return {t.data(), t.numel()};
}
/// All elements of t in row-major order, for writing; good until t is next copied, like mutable_matrix(t).
template <class T>
[[nodiscard]] ArrayMap<T> mutable_array(Tensor<T>& t) {
  return {t.mutable_data(), t.numel()};
}

/// Takes a row-major matrix in without a copy; the tensor owns it from now on. Shape (rows, cols).
template <class T>
[[nodiscard]] Tensor<T> tensor(RowMatrix<T>&& m) {
  auto owner = std::make_shared<RowMatrix<T>>(std::move(m));
  return Tensor<T>::wrap(owner->data(), {owner->rows(), owner->cols()}, owner);
}
/// The value of any Eigen expression as a tensor (rows, cols): a copy, in row-major order.
template <class Derived>
[[nodiscard]] Tensor<typename Derived::Scalar> tensor(const Eigen::DenseBase<Derived>& m) {
  Tensor<typename Derived::Scalar> t(Shape{m.rows(), m.cols()});
  mutable_matrix(t) = m.derived().matrix();
  return t;
}

GANVAS_END
