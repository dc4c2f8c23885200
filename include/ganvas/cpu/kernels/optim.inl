// Bodies compiled once for every instruction set; included inside its namespace by cpu/isa_*.hpp.
// Each kernel is a function of one vector of elements (optim_*_at), run over the arrays by a loop; the last elements,
// fewer than a vector, go through small arrays (zeros behind them keep every result finite).

/// One vector width of numbers that are copied in from p and, at the end, out again.
template <class T>
struct OptimTail {
  T lanes[width<T>] = {};
  explicit OptimTail(const T* p, index_t n) {
    if (p != nullptr)
      for (index_t i = 0; i < n; ++i) lanes[i] = p[i];
  }
  void give_back(T* p, index_t n) const {
    if (p != nullptr)
      for (index_t i = 0; i < n; ++i) p[i] = lanes[i];
  }
};

template <class T>
GANVAS_INLINE void optim_adam_at(const abi::AdamStep<T>& s, T* w, const T* g, T* m, T* v) {
  const auto w0 = load(w);
  const auto gl = fma(set1(s.l2), w0, load(g));
  const auto mt = fma(set1(s.rest1), gl, mul(set1(s.beta1), load(m)));
  const auto vt = fma(mul(set1(s.rest2), gl), gl, mul(set1(s.beta2), load(v)));
  const auto denominator = fma(sqrt(vt), set1(s.root), set1(s.eps));
  store(m, mt);
  store(v, vt);
  store(w, sub(w0, fma(set1(s.decay), w0, div(mul(set1(s.step), mt), denominator))));
}

template <class T>
void adam(const abi::AdamStep<T>& s, T* w, const T* g, T* m, T* v, index_t n) {
  const abi::AdamStep<T> step = s;  // a copy of its own: the stores below cannot change it
  index_t i = 0;
  for (; i + width<T> <= n; i += width<T>) optim_adam_at<T>(step, w + i, g + i, m + i, v + i);
  if (i == n) return;
  OptimTail<T> tw(w + i, n - i), tg(g + i, n - i), tm(m + i, n - i), tv(v + i, n - i);
  optim_adam_at<T>(step, tw.lanes, tg.lanes, tm.lanes, tv.lanes);
  tw.give_back(w + i, n - i);
  tm.give_back(m + i, n - i);
  tv.give_back(v + i, n - i);
}

template <class T>
GANVAS_INLINE void optim_rmsprop_at(const abi::RmsPropStep<T>& s, T* w, const T* g, T* square, T* a, T* b) {
  const auto w0 = load(w);
  const auto gl = fma(set1(s.l2), w0, load(g));
  const auto st = fma(mul(set1(s.rest), gl), gl, mul(set1(s.alpha), load(square)));
  store(square, st);
  auto variance = st;
  if (a != nullptr) {
    const auto at = fma(set1(s.rest), gl, mul(set1(s.alpha), load(a)));
    store(a, at);
    variance = sub(st, mul(at, at));
    variance = positive(variance, variance, set1(T(0)));  // rounding may take it below 0
  }
  auto u = div(gl, add(sqrt(variance), set1(s.eps)));
  if (b != nullptr) {
    u = fma(set1(s.momentum), load(b), u);
    store(b, u);
  }
  store(w, sub(w0, mul(set1(s.lr), u)));
}

template <class T>
void rmsprop(const abi::RmsPropStep<T>& s, T* w, const T* g, T* square, T* a, T* b, index_t n) {
  const abi::RmsPropStep<T> step = s;
  const auto at = [](T* p, index_t i) { return p == nullptr ? p : p + i; };
  index_t i = 0;
  for (; i + width<T> <= n; i += width<T>) optim_rmsprop_at<T>(step, w + i, g + i, square + i, at(a, i), at(b, i));
  if (i == n) return;
  OptimTail<T> tw(w + i, n - i), tg(g + i, n - i), ts(square + i, n - i), ta(at(a, i), n - i), tb(at(b, i), n - i);
  optim_rmsprop_at<T>(step, tw.lanes, tg.lanes, ts.lanes, a == nullptr ? a : ta.lanes, b == nullptr ? b : tb.lanes);
  tw.give_back(w + i, n - i);
  ts.give_back(square + i, n - i);
  ta.give_back(at(a, i), n - i);
  tb.give_back(at(b, i), n - i);
}

template <class T>
GANVAS_INLINE void optim_sgd_at(const abi::SgdStep<T>& s, T* w, const T* g, T* b) {
  const auto w0 = load(w);
  const auto gl = fma(set1(s.l2), w0, load(g));
  auto direction = gl;
  if (b != nullptr) {
    const auto bt = fma(set1(s.take), gl, mul(set1(s.momentum), load(b)));
    store(b, bt);
    direction = s.nesterov ? fma(set1(s.momentum), bt, gl) : bt;
  }
  store(w, sub(w0, mul(set1(s.lr), direction)));
}

template <class T>
void sgd(const abi::SgdStep<T>& s, T* w, const T* g, T* b, index_t n) {
  const abi::SgdStep<T> step = s;
  const auto at = [](T* p, index_t i) { return p == nullptr ? p : p + i; };
  index_t i = 0;
  for (; i + width<T> <= n; i += width<T>) optim_sgd_at<T>(step, w + i, g + i, at(b, i));
  if (i == n) return;
  OptimTail<T> tw(w + i, n - i), tg(g + i, n - i), tb(at(b, i), n - i);
  optim_sgd_at<T>(step, tw.lanes, tg.lanes, b == nullptr ? b : tb.lanes);
  tw.give_back(w + i, n - i);
  tb.give_back(at(b, i), n - i);
}

template <class T>
void lerp(T a, const T* x, T* y, index_t n) {
  if (a == T(1)) {  // x - y may round, x does not
    std::copy_n(x, n, y);
    return;
  }
  const auto va = set1(a);
  index_t i = 0;
  for (; i + width<T> <= n; i += width<T>) {
    const auto yi = load(y + i);
    store(y + i, fma(va, sub(load(x + i), yi), yi));
  }
  if (i == n) return;
  const auto yi = load_n(y + i, n - i);
  store_n(y + i, fma(va, sub(load_n(x + i, n - i), yi), yi), n - i);
}
