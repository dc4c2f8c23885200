#pragma once
// Shape: up to five extents, usable in constant expressions.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <ostream>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

GANVAS_BEGIN

/// The extents of a dense row-major tensor; images are N,H,W,C. A scalar has rank 0 and one element.
/// Extents are at least 0, and the number of elements fits index_t with room for 16-byte elements.
class Shape {
 public:
  static constexpr int max_rank = 5;

  constexpr Shape() = default;
  constexpr Shape(std::initializer_list<index_t> extents) {
    for (const index_t extent : extents) append(extent);
  }

  /// From a range of extents, e.g. read from a file. Extents themselves stand in braces: Shape{28, 28}.
  template <std::input_iterator Iterator>
  constexpr Shape(Iterator first, Iterator last) {
    for (; first != last; ++first) append(static_cast<index_t>(*first));
  }

  [[nodiscard]] constexpr int rank() const { return rank_; }
  /// Extent of an axis. Throws ShapeError outside [0, rank).
  [[nodiscard]] constexpr index_t operator[](int axis) const {
    if (axis < 0 || axis >= rank_) axis_is_outside(axis);
    return extents_[static_cast<std::size_t>(axis)];
  }

  /// Extent of an axis; negative axes count from the last. Throws ShapeError outside [-rank, rank).
  [[nodiscard]] constexpr index_t size(int axis) const { return (*this)[normalize_axis(axis)]; }

  /// The number of elements.
  [[nodiscard]] constexpr index_t numel() const {
    index_t n = 1;
    for (int i = 0; i < rank_; ++i) n *= (*this)[i];
    return n;
  }

  /// Maps an axis in [-rank, rank) to [0, rank).
  [[nodiscard]] constexpr int normalize_axis(int axis) const {
    if (axis < -rank_ || axis >= rank_)
      fail("shape", "axis ", axis, " is outside a tensor of rank ", rank_, " with shape ", str(), "; axes go from ",
           -rank_, " to ", rank_ - 1, ".");
    return axis < 0 ? axis + rank_ : axis;
  }

  /// This shape with one extent replaced.
  [[nodiscard]] constexpr Shape with(int axis, index_t extent) const {
    const int a = normalize_axis(axis);
    Shape s;
    for (int i = 0; i < rank_; ++i) s.append(i == a ? extent : (*this)[i]);
    return s;
  }

  /// Adds one extent at the end.
  constexpr void append(index_t extent) {
    if (rank_ == max_rank) fail("shape", "a tensor has at most ", int{max_rank}, " axes; reshape or split it.");
    if (extent < 0) fail("shape", "extent ", extent, " of axis ", rank_, " is negative; sizes are 0 or more.");
    constexpr index_t limit = std::numeric_limits<index_t>::max() / 16;
    index_t n = extent > 0 ? extent : 1;  // an extent of 0 counts as 1: strides must not overflow either
    for (int i = 0; i < rank_; ++i) {
      const index_t e = (*this)[i] > 0 ? (*this)[i] : 1;
      if (n > limit / e)
        fail("shape", "the number of elements of ", str(), " times ", extent, " overflows; is a size wrong?");
      n *= e;
    }
    if (n > limit) fail("shape", "extent ", extent, " is too large; is a size wrong?");
    extents_[static_cast<std::size_t>(rank_)] = extent;
    ++rank_;
  }

  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

  /// "(64,28,28,1)".
  [[nodiscard]] std::string str() const {
    std::string s = "(";
    for (int i = 0; i < rank_; ++i) s += (i == 0 ? "" : ",") + std::to_string((*this)[i]);
    return s + ")";
  }

  friend std::ostream& operator<<(std::ostream& out, const Shape& s) { return out << s.str(); }

 private:
  [[noreturn]] void axis_is_outside(int axis) const {
    fail("shape", "shape[axis] needs 0 <= axis < rank, but axis is ", axis, " and shape ", *this, " has rank ", rank_,
         "; size(axis) also takes -1 for the last axis.");
  }

  std::array<index_t, max_rank> extents_{};
  int rank_ = 0;
};

/// The shape that a and b broadcast to: extents are aligned at the last axis, and 1 stretches to the other's extent.
/// Throws ShapeError where neither is 1 and they differ.
[[nodiscard]] constexpr Shape broadcast_shapes(const Shape& a, const Shape& b, const char* where = "broadcast") {
  const int rank = a.rank() > b.rank() ? a.rank() : b.rank();
  Shape s;
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - a.rank());
    const int ib = i - (rank - b.rank());
    const index_t ea = ia < 0 ? 1 : a[ia];
    const index_t eb = ib < 0 ? 1 : b[ib];
    if (ea != eb && ea != 1 && eb != 1)
      fail(where, "shapes ", a, " and ", b, " do not broadcast: ", ea, " meets ", eb,
           " (aligned at the last axis, extents must be equal or 1).");
    s.append(ea == 1 ? eb : ea);
  }
  return s;
}

/// Row-major strides in elements.
[[nodiscard]] constexpr std::array<index_t, Shape::max_rank> row_major_strides(const Shape& s) {
  std::array<index_t, Shape::max_rank> strides{};
  index_t step = 1;
  for (int i = s.rank() - 1; i >= 0; --i) {
    strides[static_cast<std::size_t>(i)] = step;
    step *= s[i];
  }
  return strides;
}

GANVAS_END
