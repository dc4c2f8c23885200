#pragma once
// The matrix products that are measured: square ones, those of linear layers, and small ones where the overhead shows.

#include <string>

#include "ganvas/core/config.hpp"

namespace bench {

using ganvas::index_t;

/// y (m x n) = a (m x k) b (k x n), where a transposed operand lies in memory as its transpose.
struct GemmCase {
  const char* name;
  bool transpose_a, transpose_b;
  index_t m, n, k;
};

inline constexpr GemmCase gemm_cases[] = {
    {"square", false, false, 1024, 1024, 1024},
    {"square_transposed_b", false, true, 1024, 1024, 1024},
    {"square_transposed_a", true, false, 1024, 1024, 1024},
    {"linear_forward", false, true, 64, 512, 784},
    {"linear_gradient_input", false, false, 64, 784, 512},
    {"linear_gradient_weight", true, false, 512, 784, 64},
    {"small", false, true, 64, 128, 128},
    {"one_output", false, true, 64, 1, 128},
    {"one_row", false, true, 1, 1024, 1024},
};

/// "gemm/square/1024x1024x1024"
inline std::string full_name(const GemmCase& c) {
  return std::string("gemm/") + c.name + '/' + std::to_string(c.m) + 'x' + std::to_string(c.n) + 'x' +
         std::to_string(c.k);
}
inline double flops(const GemmCase& c) { return 2.0 * static_cast<double>(c.m * c.n * c.k); }
inline double least_bytes(const GemmCase& c) {
  return sizeof(float) * static_cast<double>(c.m * c.k + c.k * c.n + c.m * c.n);
}

}  // namespace bench
