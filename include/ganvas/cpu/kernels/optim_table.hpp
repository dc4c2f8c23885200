#pragma once
// Signatures of the optimisers' kernels that are compiled once for every instruction set.

#include <cstddef>

#include "ganvas/core/config.hpp"

GANVAS_SHARED_BEGIN

/// One step of Adam [Kingma and Ba 2015, Algorithm 1], with everything that is the same for all elements precomputed:
///   g <- g + l2 w;  m <- beta1 m + rest1 g;  v <- beta2 v + rest2 g^2;
///   w <- w - (decay w + step m / (sqrt(v) root + eps))
template <class T>
struct AdamStep {
  T l2;            ///< weight decay as a gradient (Adam)
  T decay;         ///< lr * weight decay (AdamW), else 0; 1 - decay would lose its places
  T beta1, rest1;  ///< beta1 and 1 - beta1
  T beta2, rest2;  ///< beta2 and 1 - beta2
  T step;          ///< lr / (1 - beta1^t): the bias correction of m
  T root;          ///< (1 - beta2^t)^(-1/2): the bias correction of v
  T eps;
};

/// One step of RMSProp: g <- g + l2 w;  s <- alpha s + rest g^2;  a <- alpha a + rest g (if centered);
///   u = g / (sqrt(s - a^2) + eps);  b <- momentum b + u;  w <- w - lr b.  Without momentum b is u.
template <class T>
struct RmsPropStep {
  T l2, alpha, rest, eps, momentum, lr;
};

/// One step of gradient descent: g <- g + l2 w;  b <- momentum b + take g;  w <- w - lr (b, or g + momentum b if
/// nesterov).  Without momentum b is g.
template <class T>
struct SgdStep {
  T l2, momentum, take, lr;
  bool nesterov;
};

/// All arrays have n elements. Null pointers: `a` if not centered, `b` without momentum.
template <class T>
using AdamKernel = void (*)(const AdamStep<T>& s, T* w, const T* g, T* m, T* v, std::ptrdiff_t n);
template <class T>
using RmsPropKernel = void (*)(const RmsPropStep<T>& s, T* w, const T* g, T* square, T* a, T* b, std::ptrdiff_t n);
template <class T>
using SgdKernel = void (*)(const SgdStep<T>& s, T* w, const T* g, T* b, std::ptrdiff_t n);
/// y <- y + a (x - y); a = 1 copies x
template <class T>
using LerpKernel = void (*)(T a, const T* x, T* y, std::ptrdiff_t n);

template <class T>
struct OptimKernels {
  AdamKernel<T> adam;
  RmsPropKernel<T> rmsprop;
  SgdKernel<T> sgd;
  LerpKernel<T> lerp;
};

GANVAS_SHARED_END
