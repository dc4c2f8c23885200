#pragma once
// Tensor<T>: a dense row-major array with value semantics. Copies share memory until one of them is written to.

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"

GANVAS_BEGIN

/// A dense row-major array of up to five axes. A copy costs a reference count and shares the memory; mutable_data()
/// gives this tensor memory of its own where it shares it, so what is written then is seen by no other tensor.
template <class T>
class Tensor {
 public:
  using value_type = T;

  /// No elements: shape (0).
  Tensor() = default;

  /// A tensor whose elements are not initialised.
  explicit Tensor(const Shape& shape) : shape_(shape), buffer_(shape.numel()) {}

  /// A tensor filled with one value.
  Tensor(const Shape& shape, T value) : Tensor(shape) { std::fill_n(buffer_.get(), numel(), value); }

  /// A tensor of the given elements in row-major order; their number must be shape.numel().
  Tensor(const Shape& shape, std::span<const T> values) : Tensor(shape) {
    require(static_cast<index_t>(values.size()) == numel(), "tensor", values.size(), " values do not fill shape ",
            shape, ", which holds ", numel(), ".");
    std::copy(values.begin(), values.end(), buffer_.get());
  }
  Tensor(const Shape& shape, std::initializer_list<T> values)
      : Tensor(shape, std::span<const T>(values.begin(), values.size())) {}
  Tensor(const Shape& shape, const std::vector<T>& values) : Tensor(shape, std::span<const T>(values)) {}

  Tensor(const Tensor&) = default;
  Tensor& operator=(const Tensor&) = default;
  /// What is moved from has no elements, like a default-made one.
  Tensor(Tensor&& other) noexcept
      : shape_(std::exchange(other.shape_, nothing)),
        buffer_(std::move(other.buffer_)),
        foreign_(std::exchange(other.foreign_, false)) {}
  Tensor& operator=(Tensor&& other) noexcept {
    shape_ = std::exchange(other.shape_, nothing);
    buffer_ = std::move(other.buffer_);
    foreign_ = std::exchange(other.foreign_, false);
    return *this;
  }
  ~Tensor() = default;

  /// A scalar (rank 0).
  static Tensor scalar(T value) { return Tensor(Shape{}, value); }
  static Tensor zeros(const Shape& shape) { return Tensor(shape, T(0)); }
  static Tensor ones(const Shape& shape) { return Tensor(shape, T(1)); }

  /// Memory of someone else seen as a tensor without a copy; owner keeps it alive. A write through this tensor makes
  /// a copy first, so the memory is only read.
  static Tensor wrap(const T* data, const Shape& shape, std::shared_ptr<void> owner) {
    require<ValueError>(data != nullptr || shape.numel() == 0, "tensor", "a null pointer holds no elements for shape ",
                        shape, ".");
    Tensor t;
    t.shape_ = shape;
    t.buffer_ = Buffer<T>(const_cast<T*>(data), std::move(owner));
    t.foreign_ = true;
    return t;
  }

  [[nodiscard]] const Shape& shape() const& { return shape_; }
  [[nodiscard]] Shape shape() const&& { return shape_; }  // a reference to a temporary's would dangle
  [[nodiscard]] int rank() const { return shape_.rank(); }
  [[nodiscard]] index_t size(int axis) const { return shape_.size(axis); }
  [[nodiscard]] index_t numel() const { return shape_.numel(); }
  [[nodiscard]] bool empty() const { return numel() == 0; }

  [[nodiscard]] const T* data() const { return buffer_.get(); }
  [[nodiscard]] std::span<const T> values() const& { return {data(), static_cast<std::size_t>(numel())}; }
  [[nodiscard]] std::span<const T> values() const&& = delete;  // would dangle in `for (T v : f().values())`

  /// For writing: first gives this tensor memory of its own if it shares it. The pointer is good until the tensor is
  /// next copied: a write through it after that would be seen by the copy. Ask again instead.
  [[nodiscard]] T* mutable_data() {
    if (foreign_ || buffer_.shared()) {
      Buffer<T> own(numel());
      std::copy_n(data(), numel(), own.get());
      buffer_ = std::move(own);
      foreign_ = false;
    }
    return buffer_.get();
  }

  /// One element by its indices, e.g. t(n, y, x, c). Throws ShapeError outside the tensor.
  template <class... Index>
  [[nodiscard]] T operator()(Index... indices) const {
    return data()[offset({static_cast<index_t>(indices)...})];
  }

  /// Writes one element: t.set({n, y, x, c}, value).
  void set(std::initializer_list<index_t> indices, T value) {
    const index_t at = offset(indices);
    mutable_data()[at] = value;
  }

  /// The only element of a tensor with one element.
  [[nodiscard]] T item() const {
    require(numel() == 1, "item", "a single number was asked for, but the shape is ", shape_,
            "; reduce it first (sum, mean) or use data().");
    return data()[0];
  }

  /// The same elements in another shape, without a copy. One extent may be -1: it becomes what is left.
  [[nodiscard]] Tensor reshape(std::initializer_list<index_t> extents) const {
    return reshape(resolve(extents.begin(), extents.end()));
  }
  [[nodiscard]] Tensor reshape(const Shape& shape) const {
    require(shape.numel() == numel(), "reshape", "shape ", shape_, " has ", numel(), " elements but ", shape, " has ",
            shape.numel(), ".");
    Tensor t = *this;
    t.shape_ = shape;
    return t;
  }

  /// Rows [begin, end) of the first axis as a tensor of its own (a copy).
  [[nodiscard]] Tensor rows(index_t begin, index_t end) const {
    require(rank() >= 1 && 0 <= begin && begin <= end && end <= shape_[0], "rows", "rows ", begin, " to ", end,
            " are outside shape ", shape_, ".");
    const index_t row = shape_[0] == 0 ? 0 : numel() / shape_[0];
    Tensor t(shape_.with(0, end - begin));
    std::copy_n(data() + begin * row, (end - begin) * row, t.buffer_.get());
    return t;
  }

  /// Element by element in another scalar type.
  template <class U>
  [[nodiscard]] Tensor<U> cast() const {
    Tensor<U> t(shape_);
    std::transform(data(), data() + numel(), t.mutable_data(), [](T v) { return static_cast<U>(v); });
    return t;
  }

  /// True if both have one memory (a copy of each other that was not written to).
  [[nodiscard]] bool shares_memory_with(const Tensor& other) const { return data() == other.data(); }

 private:
  [[nodiscard]] index_t offset(std::initializer_list<index_t> indices) const {
    require(static_cast<int>(indices.size()) == rank(), "element", indices.size(), " indices were given for shape ",
            shape_, "; one an axis is needed.");
    const auto strides = row_major_strides(shape_);
    index_t at = 0;
    int axis = 0;
    for (const index_t i : indices) {
      require(0 <= i && i < shape_[axis], "element", "index ", i, " of axis ", axis, " is outside shape ", shape_, ".");
      at += i * strides[static_cast<std::size_t>(axis++)];
    }
    return at;
  }

  template <class Iterator>
  [[nodiscard]] Shape resolve(Iterator first, Iterator last) const {
    Shape given;
    int open = 0;
    for (auto i = first; i != last; ++i) *i == -1 ? static_cast<void>(++open) : given.append(*i);
    require(open <= 1, "reshape", "at most one extent may be -1, but ", open, " are.");
    const index_t known = given.numel();
    require(open == 0 || (known > 0 && numel() % known == 0), "reshape", "shape ", shape_,
            " does not divide into the extents given.");
    Shape s;
    for (auto i = first; i != last; ++i) s.append(*i == -1 ? numel() / known : *i);
    return s;
  }

  static constexpr Shape nothing{0};

  Shape shape_ = nothing;
  Buffer<T> buffer_;
  bool foreign_ = false;
};

/// True if shape and every bit of the values are the same up to -0 == 0; NaN equals nothing.
template <class T>
[[nodiscard]] bool operator==(const Tensor<T>& a, const Tensor<T>& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.numel(), b.data());
}

GANVAS_END
