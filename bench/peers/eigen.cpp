#include "eigen.hpp"

#include <Eigen/Core>
#include <algorithm>

namespace bench::eigen {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix>;
using ConstMap = Eigen::Map<const Matrix>;

}  // namespace

std::string about() {
  return "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + '.' + std::to_string(EIGEN_MAJOR_VERSION) + '.' +
         std::to_string(EIGEN_MINOR_VERSION) + ", " + Eigen::SimdInstructionSetsInUse() +
#if defined(EIGEN_HAS_OPENMP)
         ", OpenMP";
#else
         ", no threads";
#endif
}

void product(bool transpose_a, bool transpose_b, long m, long n, long k, const float* a, const float* b, float* y) {
  Map result(y, m, n);
  const ConstMap left(a, transpose_a ? k : m, transpose_a ? m : k), right(b, transpose_b ? n : k, transpose_b ? k : n);
  if (transpose_a && transpose_b)
    result.noalias() = left.transpose() * right.transpose();
  else if (transpose_a)
    result.noalias() = left.transpose() * right;
  else if (transpose_b)
    result.noalias() = left * right.transpose();
  else
    result.noalias() = left * right;
}

Convolution::Convolution(const Layer& layer, long images_at_once)
    : l_(layer),
      step_(images_at_once),
      taps_(layer.kernel_h * layer.kernel_w * layer.in_c),
      columns_(static_cast<std::size_t>(rows(step_) * taps_)) {}

/// Calls visit(place in the row of columns_, place in the image or -1 outside) for every tap of a row of results.
template <class Visit>
void Convolution::for_taps(long image, long row, const Visit& visit) const {
  for (long o = 0; o < l_.out_w; ++o) {
    long at = ((image * l_.out_h + row) * l_.out_w + o) * taps_;
    for (long kh = 0; kh < l_.kernel_h; ++kh)
      for (long kw = 0; kw < l_.kernel_w; ++kw, at += l_.in_c) {
        const long h = row * l_.stride_h + kh - l_.padding_h, w = o * l_.stride_w + kw - l_.padding_w;
        const bool inside = h >= 0 && h < l_.in_h && w >= 0 && w < l_.in_w;
        visit(at, inside ? ((image * l_.in_h + h) * l_.in_w + w) * l_.in_c : -1);
      }
  }
}

void Convolution::gather(const float* x, long images) {
#pragma omp parallel for collapse(2)
  for (long image = 0; image < images; ++image)
    for (long row = 0; row < l_.out_h; ++row)
      for_taps(image, row, [&](long at, long pixel) {
        float* to = columns_.data() + at;
        if (pixel >= 0)
          std::copy_n(x + pixel, l_.in_c, to);
        else
          std::fill_n(to, l_.in_c, 0.0F);
      });
}

void Convolution::scatter(float* x, long images) const {
#pragma omp parallel for
  for (long image = 0; image < images; ++image) {
    const long size = l_.in_h * l_.in_w * l_.in_c;
    std::fill_n(x + image * size, size, 0.0F);
    for (long row = 0; row < l_.out_h; ++row)
      for_taps(image, row, [&](long at, long pixel) {
        if (pixel < 0) return;
        for (long c = 0; c < l_.in_c; ++c) x[pixel + c] += columns_[static_cast<std::size_t>(at + c)];
      });
  }
}

void Convolution::forward(const float* x, const float* w, float* y) {
  for (long i = 0; i < l_.batch; i += step_) {
    const long images = std::min(step_, l_.batch - i);
    gather(x + i * l_.in_h * l_.in_w * l_.in_c, images);
    Map(y + rows(i) * l_.out_c, rows(images), l_.out_c).noalias() =
        ConstMap(columns_.data(), rows(images), taps_) * ConstMap(w, l_.out_c, taps_).transpose();
  }
}

void Convolution::data(const float* y, const float* w, float* x) {
  for (long i = 0; i < l_.batch; i += step_) {
    const long images = std::min(step_, l_.batch - i);
    Map(columns_.data(), rows(images), taps_).noalias() =
        ConstMap(y + rows(i) * l_.out_c, rows(images), l_.out_c) * ConstMap(w, l_.out_c, taps_);
    scatter(x + i * l_.in_h * l_.in_w * l_.in_c, images);
  }
}

void Convolution::weight(const float* x, const float* y, float* w) {
  Map result(w, l_.out_c, taps_);
  result.setZero();
  for (long i = 0; i < l_.batch; i += step_) {
    const long images = std::min(step_, l_.batch - i);
    gather(x + i * l_.in_h * l_.in_w * l_.in_c, images);
    result.noalias() += ConstMap(y + rows(i) * l_.out_c, rows(images), l_.out_c).transpose() *
                        ConstMap(columns_.data(), rows(images), taps_);
  }
}

}  // namespace bench::eigen
