// Compiled several times with different flags into one program; UNIT is the name of its one function. It checks that
// its object gives the same bits with one thread as with many; mixed_flags.cpp compares what the objects give.
#include "unit.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/batch_norm.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/cpu/dispatch.hpp"

using namespace ganvas;

namespace {

/// Loss, and the sum of the absolute gradient by the weight, of a convolution, a batch norm and a linear layer. Sizes
/// are odd, so no vector register divides them.
template <class T>
std::array<double, 2> network() {
  Random rng(5);
  const auto draw = [&](const Shape& shape) { return Var<T>::variable(rng.normal<double>(shape).template cast<T>()); };
  const auto x = draw({3, 9, 7, 5}), w = draw({11, 3, 3, 5}), gamma = draw({11}), beta = draw({11}),
             v = draw({13, 220});
  const auto h = tanh(batch_norm(conv2d(x, w, {}, {.stride = 2, .padding = 1}), gamma, beta).y);
  const auto loss = mean(square(linear(reshape(h, {3, 220}), v)));
  return {static_cast<double>(loss.item()), static_cast<double>(sum(abs(grad(loss, {w})[0])).item())};
}

}  // namespace

Outcome UNIT();
Outcome UNIT() {
  Outcome outcome;
  outcome.isa = cpu::kernels<float>().name;
  // Eigen in double
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
  // our kernels and the engine
  const auto exact = network<double>();
  const auto fast = network<float>();
  set_threads(1);
  const bool same = network<double>() == exact && network<float>() == fast;
  set_threads(0);
  if (!same) {
    std::fprintf(stderr, "%s: one thread gives other bits than many\n", outcome.isa.c_str());
    std::exit(1);
  }
  outcome.loss = exact[0];
  outcome.gradient = exact[1];
  outcome.float_error = std::max(std::abs(fast[0] / exact[0] - 1), std::abs(fast[1] / exact[1] - 1));
  return outcome;
}
