#include "ganvas/kernels/gemm.hpp"

#include <cmath>
#include <type_traits>

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/reference.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;

namespace {

struct Size {
  index_t m, n, k;
};
const Size sizes[] = {{1, 1, 1},   {6, 64, 32},    {7, 65, 33},     {5, 1, 40},    {1, 130, 17},  {64, 128, 100},
                      {13, 16, 1}, {100, 31, 257}, {61, 200, 1030}, {300, 10, 64}, {64, 1, 6272}, {129, 67, 5}};

}  // namespace

TEMPLATE_TEST_CASE("products agree with plain loops, transposed or not, with room between the rows", "", float,
                   double) {
  const double tolerance = std::is_same_v<TestType, float> ? 2e-6 : 1e-14;  // relative L2
  Random rng{1};
  for (const Size& s : sizes)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true})
        for (const bool accumulate : {false, true}) {
          CAPTURE(s.m, s.n, s.k, ta, tb, accumulate);
          const index_t lda = (ta ? s.m : s.k) + 3, ldb = (tb ? s.k : s.n) + 1, ldc = s.n + 2;
          const auto a = rng.normal<TestType>({ta ? s.k : s.m, lda}), b = rng.normal<TestType>({tb ? s.n : s.k, ldb});
          auto c = rng.normal<TestType>({s.m, ldc});
          const auto before = c;
          kernels::gemm(ta, tb, s.m, s.n, s.k, a.data(), lda, b.data(), ldb, c.mutable_data(), ldc, accumulate);
          double difference = 0, size = 0;
          bool outside_kept = true;
          for (index_t i = 0; i < s.m; ++i) {
            for (index_t j = 0; j < s.n; ++j) {
              double sum = accumulate ? static_cast<double>(before(i, j)) : 0;
              for (index_t p = 0; p < s.k; ++p)
                sum += static_cast<double>(ta ? a.data()[p * lda + i] : a.data()[i * lda + p]) *
                       static_cast<double>(tb ? b.data()[j * ldb + p] : b.data()[p * ldb + j]);
              difference += std::pow(static_cast<double>(c(i, j)) - sum, 2);
              size += sum * sum;
            }
            for (index_t j = s.n; j < ldc; ++j) outside_kept = outside_kept && c(i, j) == before(i, j);
          }
          CHECK(std::sqrt(difference / size) < tolerance);
          CHECK(outside_kept);
        }
}

TEST_CASE("products are the same bit for bit with 1, 2, 3 and 8 threads", "[threads]") {
  Random rng{2};
  for (const Size& s : sizes) {
    const auto a = rng.normal<float>({s.m, s.k}), b = rng.normal<float>({s.k, s.n});
    CHECK(same_for_any_threads([&] {
      Tensor<float> c(Shape{s.m, s.n});
      kernels::gemm(false, false, s.m, s.n, s.k, a.data(), s.k, b.data(), s.n, c.mutable_data(), s.n);
      return c;
    }));
  }
}
