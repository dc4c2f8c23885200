// Compiled several times with different flags into one program; UNIT is the name of its one function.
#include "unit.hpp"

#include "ganvas/autograd/grad.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/cpu/dispatch.hpp"

using namespace ganvas;

Outcome UNIT();
Outcome UNIT() {
  Outcome outcome;
  outcome.isa = cpu::kernels<float>().name;
  // Eigen in double, on sizes that no vector register divides
  Tensor<double> a(Shape{37, 23}), b(Shape{23, 19});
  for (index_t i = 0; i < a.numel(); ++i) a.mutable_data()[i] = static_cast<double>(i % 7) - 3.0;
  for (index_t i = 0; i < b.numel(); ++i) b.mutable_data()[i] = static_cast<double>(i % 5) - 2.0;
  const Tensor<double> c = tensor(matrix(a) * matrix(b));
  outcome.product = array(c).abs().sum();
  // many chunks on however many threads there are
  Tensor<double> squares(Shape{1000});
  double* s = squares.mutable_data();
  parallel_chunks(1000, 7, [s](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) s[i] = static_cast<double>(i * i);
  });
  outcome.squares = array(squares).sum();
  return outcome;
}
