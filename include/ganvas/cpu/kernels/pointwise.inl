// Bodies compiled once for every instruction set; included inside its namespace by cpu/isa_*.hpp.
// A new function is one name in pointwise_table.hpp and one line in evaluate() below.

template <class T>
using vec = decltype(set1(T(0)));

template <class T>
GANVAS_INLINE vec<T> vector_max(vec<T> a, vec<T> b) {
  return if_nan(b, b, larger(b, a));
}
template <class T>
GANVAS_INLINE vec<T> vector_min(vec<T> a, vec<T> b) {
  return if_nan(b, b, smaller(b, a));
}

/// 1 / (1 + e^-|x|) and, for x < 0, e^-|x| / (1 + e^-|x|): no overflow on either side.
template <class T>
GANVAS_INLINE vec<T> vector_sigmoid(vec<T> x) {
  const auto one = set1(T(1));
  const auto e = exp_below(minus_abs(x));
  return div(less(x, set1(T(0)), e, one), add(one, e));
}

/// max(x, 0) + ln(1 + e^-|x|)
template <class T>
GANVAS_INLINE vec<T> vector_softplus(vec<T> x) {
  return add(larger(set1(T(0)), x), log1p_unit(exp_below(minus_abs(x))));
}

/// x > 0 ? 1 - tail : tail, for a function whose values at x and -x add up to 1
template <class T>
GANVAS_INLINE vec<T> from_tail(vec<T> x, vec<T> tail) {
  return less(x, set1(T(0)), tail, sub(set1(T(1)), tail));
}
/// The distribution function of N(0, 1). In float its absolute error is small, 1.3e-7, not its relative one. In double
/// the left tail keeps its places, to x^2 1e-16.
template <class T>
GANVAS_INLINE vec<T> vector_normal_cdf(vec<T> x) {
  if constexpr (sizeof(T) == 8)
    return mul(set1(T(0.5)), erfc(mul(x, set1(T(-0.70710678118654752440)))));
  else
    return from_tail<T>(x, normal_tail(x));
}
/// Phi(x) + x phi(x), phi the density of N(0, 1). In float its absolute error is small, 3e-7.
template <class T>
GANVAS_INLINE vec<T> vector_gelu_slope(vec<T> x) {
  if constexpr (sizeof(T) == 8) {
    const auto density = mul(set1(T(0.39894228040143267794)), exp(mul(mul(x, x), set1(T(-0.5)))));
    return fma(x, density, vector_normal_cdf<T>(x));
  } else {
    return from_tail<T>(x, gelu_slope_tail(x));
  }
}

template <abi::Unary op, class T>
GANVAS_INLINE vec<T> evaluate(vec<T> x, [[maybe_unused]] vec<T> a, [[maybe_unused]] vec<T> b) {
  using U = abi::Unary;
  [[maybe_unused]] const auto zero = set1(T(0));
  [[maybe_unused]] const auto one = set1(T(1));
  if constexpr (op == U::copy) return x;
  if constexpr (op == U::neg) return mul(x, set1(T(-1)));
  if constexpr (op == U::exp) return exp(x);
  if constexpr (op == U::log) return log(x);
  if constexpr (op == U::sqrt) return sqrt(x);
  if constexpr (op == U::square) return mul(x, x);
  if constexpr (op == U::pow) {
    T t[static_cast<std::size_t>(width<T>)];
    T p[static_cast<std::size_t>(width<T>)];
    store(t, x);
    store(p, a);
    for (index_t i = 0; i < width<T>; ++i) t[i] = std::pow(t[i], p[0]);
    return load(t);
  }
  if constexpr (op == U::abs) return abs(x);
  if constexpr (op == U::sign) return less(x, zero, set1(T(-1)), less(zero, x, one, if_nan(x, x, zero)));
  if constexpr (op == U::clamp) return larger(a, smaller(b, x));
  if constexpr (op == U::in_range) return if_nan(x, zero, less(x, a, zero, less(b, x, zero, one)));
  if constexpr (op == U::erf) return erf(x);
  if constexpr (op == U::relu) return larger(zero, x);
  if constexpr (op == U::leaky_relu) return positive(x, x, mul(a, x));
  if constexpr (op == U::elu) return positive(x, x, mul(a, expm1_below(less(zero, x, zero, x))));
  if constexpr (op == U::gelu) return mul(x, vector_normal_cdf<T>(x));
  if constexpr (op == U::sigmoid) return vector_sigmoid<T>(x);
  if constexpr (op == U::tanh) return tanh(x);
  if constexpr (op == U::softplus) return vector_softplus<T>(x);
}

template <abi::Binary op, class T>
GANVAS_INLINE vec<T> evaluate(vec<T> a, [[maybe_unused]] vec<T> b, [[maybe_unused]] vec<T> alpha) {
  using B = abi::Binary;
  [[maybe_unused]] const auto zero = set1(T(0));
  [[maybe_unused]] const auto one = set1(T(1));
  if constexpr (op == B::left) return a;
  if constexpr (op == B::add) return add(a, b);
  if constexpr (op == B::sub) return sub(a, b);
  if constexpr (op == B::mul) return mul(a, b);
  if constexpr (op == B::div) return div(a, b);
  if constexpr (op == B::scaled_add) return fma(alpha, b, a);
  if constexpr (op == B::maximum) return vector_max<T>(a, b);
  if constexpr (op == B::minimum) return vector_min<T>(a, b);
  if constexpr (op == B::step) return less(b, a, one, less(a, b, zero, set1(T(0.5))));
  if constexpr (op == B::equal)
    return if_nan(a, if_nan(b, one, zero), if_nan(b, zero, less(a, b, zero, less(b, a, zero, one))));
  if constexpr (op == B::relu_gate) return if_nan(a, b, positive(a, b, zero));
  if constexpr (op == B::gate) return positive(a, b, mul(alpha, b));
  if constexpr (op == B::sigmoid_gradient) return mul(b, mul(a, sub(one, a)));
  if constexpr (op == B::tanh_gradient) return mul(b, sub(one, mul(a, a)));
  if constexpr (op == B::softplus_gradient) return mul(b, vector_sigmoid<T>(a));
  if constexpr (op == B::elu_gradient) return positive(a, b, mul(b, add(a, alpha)));
  if constexpr (op == B::gelu_gradient) return mul(b, vector_gelu_slope<T>(a));
  if constexpr (op == B::bce_with_logits)
    return add(less(zero, a, mul(a, sub(one, b)), mul(minus_abs(a), sub(zero, b))),
               log1p_unit(exp_below(minus_abs(a))));
}

template <abi::Reduce op, class T>
GANVAS_INLINE vec<T> evaluate(vec<T> a, vec<T> b) {
  if constexpr (op == abi::Reduce::sum) return add(a, b);
  if constexpr (op == abi::Reduce::max) return vector_max<T>(a, b);
}

template <abi::Unary op, class T>
void unary(const T* x, T* y, index_t n, T a, T b, bool far) {
  constexpr index_t w = width<T>;
  const auto va = set1(a);
  const auto vb = set1(b);
  const bool past = far_and_aligned(y, far);
  index_t i = 0;
  for (; i + w <= n; i += w) store(y + i, evaluate<op, T>(load(x + i), va, vb), past);
  if (past) store_far_end();
  if (i < n) store_n(y + i, evaluate<op, T>(load_n(x + i, n - i), va, vb), n - i);
}

/// One loop serves all kinds of operands: one number for a row is spread over a vector that is read again and again.
template <abi::Binary op, class T>
void binary(abi::Operand<T> a, abi::Operand<T> b, T* y, index_t rows, index_t columns, T alpha, bool far) {
  constexpr index_t w = width<T>;
  const auto k = set1(alpha);
  const bool past = far_and_aligned(y, far) && (rows == 1 || columns % w == 0);
  T spread_a[static_cast<std::size_t>(w)];
  T spread_b[static_cast<std::size_t>(w)];
  for (index_t r = 0; r < rows; ++r) {
    const T* pa = a.data + r * a.row;
    const T* pb = b.data + r * b.row;
    if (a.column == 0) {
      store(spread_a, set1(*pa));
      pa = spread_a;
    }
    if (b.column == 0) {
      store(spread_b, set1(*pb));
      pb = spread_b;
    }
    index_t left = columns;
    for (; left >= w; left -= w, pa += w * a.column, pb += w * b.column, y += w)
      store(y, evaluate<op, T>(load(pa), load(pb), k), past);
    if (left > 0) {
      store_n(y, evaluate<op, T>(load_n(pa, left), load_n(pb, left), k), left);
      y += left;
    }
  }
  if (past) store_far_end();
}

/// Long chains of additions lose places: every `run` steps start at nothing and join the total once.
template <abi::Reduce op, class T>
T reduce_row(const T* x, index_t n) {
  constexpr index_t w = width<T>;
  constexpr index_t run = 16;
  const auto neutral = set1(op == abi::Reduce::sum ? T(0) : -std::numeric_limits<T>::infinity());
  auto total = neutral;
  index_t i = 0;
  while (i + 4 * w <= n) {
    auto s0 = neutral, s1 = neutral, s2 = neutral, s3 = neutral;  // four chains hide the latency of the adder
    const index_t end = std::min(n, i + run * 4 * w);
    for (; i + 4 * w <= end; i += 4 * w) {
      s0 = evaluate<op, T>(s0, load(x + i));
      s1 = evaluate<op, T>(s1, load(x + i + w));
      s2 = evaluate<op, T>(s2, load(x + i + 2 * w));
      s3 = evaluate<op, T>(s3, load(x + i + 3 * w));
    }
    total = evaluate<op, T>(total, evaluate<op, T>(evaluate<op, T>(s0, s1), evaluate<op, T>(s2, s3)));
  }
  for (; i + w <= n; i += w) total = evaluate<op, T>(total, load(x + i));
  T t[static_cast<std::size_t>(2 * w)];  // the lanes, then what is left of x
  store(t, total);
  index_t count = w;
  for (; i < n; ++i) t[count++] = x[i];
  while (count > 1) {  // a tree over at most 2 w numbers
    const index_t half = count / 2;
    for (index_t j = 0; j < half; ++j) {
      const T u = t[j];
      const T v = t[count - 1 - j];
      if constexpr (op == abi::Reduce::sum)
        t[j] = u + v;
      else
        t[j] = v > u || std::isnan(v) ? v : u;
    }
    count -= half;
  }
  return t[0];
}

template <abi::Reduce op, class T>
void reduce_columns(const T* x, T* y, index_t rows, index_t columns) {
  constexpr index_t w = width<T>;
  constexpr index_t run = 16;
  const auto neutral = set1(op == abi::Reduce::sum ? T(0) : -std::numeric_limits<T>::infinity());
  // Eight vectors of a row side by side: memory is read in longer runs. What a run of rows gives joins y at once.
  index_t c = 0;
  for (; c + 8 * w <= columns; c += 8 * w) {
    for (index_t k = c; k < c + 8 * w; k += w) store(y + k, neutral);
    for (index_t r = 0; r < rows;) {
      auto s0 = neutral, s1 = neutral, s2 = neutral, s3 = neutral;
      auto s4 = neutral, s5 = neutral, s6 = neutral, s7 = neutral;
      for (const index_t end = std::min(rows, r + run); r < end; ++r) {
        const T* p = x + r * columns + c;
        s0 = evaluate<op, T>(s0, load(p));
        s1 = evaluate<op, T>(s1, load(p + w));
        s2 = evaluate<op, T>(s2, load(p + 2 * w));
        s3 = evaluate<op, T>(s3, load(p + 3 * w));
        s4 = evaluate<op, T>(s4, load(p + 4 * w));
        s5 = evaluate<op, T>(s5, load(p + 5 * w));
        s6 = evaluate<op, T>(s6, load(p + 6 * w));
        s7 = evaluate<op, T>(s7, load(p + 7 * w));
      }
      T* q = y + c;
      for (const auto s : {s0, s1, s2, s3, s4, s5, s6, s7}) {
        store(q, evaluate<op, T>(load(q), s));
        q += w;
      }
    }
  }
  for (; c < columns; c += w) {
    const index_t n = std::min(w, columns - c);
    auto t = neutral;
    for (index_t r = 0; r < rows;) {
      auto s = neutral;
      for (const index_t end = std::min(rows, r + run); r < end; ++r)
        s = evaluate<op, T>(s, n == w ? load(x + r * columns + c) : load_n(x + r * columns + c, n));
      t = evaluate<op, T>(t, s);
    }
    store_n(y + c, t, n);
  }
}

template <class T, int... U, int... B, int... R>
constexpr abi::PointwiseKernels<T> list_pointwise(std::integer_sequence<int, U...>, std::integer_sequence<int, B...>,
                                                  std::integer_sequence<int, R...>) {
  return {{&unary<abi::Unary{U}, T>...},
          {&binary<abi::Binary{B}, T>...},
          {{&reduce_row<abi::Reduce{R}, T>, &reduce_columns<abi::Reduce{R}, T>}...}};
}

/// All kernels of this file, in the order of their names.
template <class T>
constexpr abi::PointwiseKernels<T> pointwise_kernels() {
  return list_pointwise<T>(std::make_integer_sequence<int, static_cast<int>(abi::Unary::last) + 1>{},
                           std::make_integer_sequence<int, static_cast<int>(abi::Binary::last) + 1>{},
                           std::make_integer_sequence<int, static_cast<int>(abi::Reduce::last) + 1>{});
}
