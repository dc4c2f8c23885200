#pragma once
// Eigen as a peer: its matrix product, and the convolution that its users build from it. This header and its .cpp know
// nothing of ganvas, for the .cpp is compiled with -march=native, the rest of the benchmarks as users compile them.

#include <string>
#include <vector>

namespace bench::eigen {

/// Eigen's version, its vector instructions in this build, and whether it has threads. It uses as many as OpenMP does.
std::string about();

/// y (m x n) = a (m x k) b (k x n), row-major; a transposed operand lies in memory as its transpose.
void product(bool transpose_a, bool transpose_b, long m, long n, long k, const float* a, const float* b, float* y);

/// x: (batch, in_h, in_w, in_c)   w: (out_c, kernel_h, kernel_w, in_c)   y: (batch, out_h, out_w, out_c)
struct Layer {
  long batch, in_h, in_w, in_c, kernel_h, kernel_w, out_h, out_w, out_c, stride_h, stride_w, padding_h, padding_w;
};

/// The trio by im2col: the pixels under the kernel become the rows of a matrix (images_at_once images of them at a
/// time), and Eigen multiplies.
class Convolution {
 public:
  Convolution(const Layer& layer, long images_at_once);
  void forward(const float* x, const float* w, float* y);
  void data(const float* y, const float* w, float* x);
  void weight(const float* x, const float* y, float* w);

 private:
  [[nodiscard]] long rows(long images) const { return images * l_.out_h * l_.out_w; }
  template <class Visit>
  void for_taps(long image, long row, const Visit& visit) const;
  void gather(const float* x, long images);
  void scatter(float* x, long images) const;

  Layer l_;
  long step_, taps_;
  std::vector<float> columns_;
};

}  // namespace bench::eigen
