// Batch norm kernels, compiled once for every instruction set; included inside its namespace by cpu/isa_*.hpp.
// Four rows at a time: four streams in reading order, and what belongs to a channel is loaded once for the four.

template <class T>
GANVAS_INLINE auto norm_load(const T* p, index_t n) {
  return n == width<T> ? load(p) : load_n(p, n);
}
template <class T, class V>
GANVAS_INLINE void norm_store(T* p, V v, index_t n) {
  if (n == width<T>)
    store(p, v);
  else
    store_n(p, v, n);
}

/// How far ahead the caches are asked for numbers: four rows at a time are no pattern that a processor foresees.
template <class T>
inline constexpr index_t norm_ahead = 2048 / static_cast<index_t>(sizeof(T));
/// Four vectors from p on.
template <class T>
GANVAS_INLINE void norm_prefetch(const T* p) {
  for (index_t k = 0; k < 4; ++k) __builtin_prefetch(p + k * width<T>);
}

/// body.four(at, i, n) for the channels [i, i + n) of four rows, the first at element `at`; body.one for the last rows;
/// body.ahead(at) for what comes later. n is the width, less in the last channels. (A struct and no lambda: g++
/// compiles a lambda in a template for the instruction set of the whole file.)
template <class T, class Body>
GANVAS_INLINE void norm_sweep(index_t rows, index_t c, const Body& body) {
  constexpr index_t w = width<T>;
  index_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    index_t i = 0;
    for (; i + w <= c; i += w) {
      body.ahead(r * c + 4 * i + norm_ahead<T>);
      body.four(r * c + i, i, w);
    }
    if (i < c) body.four(r * c + i, i, c - i);
  }
  for (; r < rows; ++r) {
    index_t i = 0;
    for (; i + w <= c; i += w) body.one(r * c + i, i, w);
    if (i < c) body.one(r * c + i, i, c - i);
  }
}

/// sum <- sum + rows of x
template <class T>
struct NormRowSum {
  const T* x;
  index_t c;
  T* sum;
  GANVAS_INLINE void ahead(index_t at) const { norm_prefetch(x + at); }
  GANVAS_INLINE void four(index_t at, index_t i, index_t n) const {
    const T* p = x + at;
    const auto low = add(norm_load(p, n), norm_load(p + c, n));
    const auto high = add(norm_load(p + 2 * c, n), norm_load(p + 3 * c, n));
    norm_store(sum + i, add(norm_load(sum + i, n), add(low, high)), n);
  }
  GANVAS_INLINE void one(index_t at, index_t i, index_t n) const {
    norm_store(sum + i, add(norm_load(sum + i, n), norm_load(x + at, n)), n);
  }
};

/// s1 <- s1 + d,  s2 <- s2 + d^2,  d = x - pivot
template <class T>
struct NormDeviations {
  const T* x;
  index_t c;
  const T* pivot;
  T* s1;
  T* s2;
  GANVAS_INLINE void ahead(index_t) const {}  // the rows have just been read
  GANVAS_INLINE void four(index_t at, index_t i, index_t n) const {
    const T* p = x + at;
    const auto m = norm_load(pivot + i, n);
    const auto d0 = sub(norm_load(p, n), m), d1 = sub(norm_load(p + c, n), m);
    const auto d2 = sub(norm_load(p + 2 * c, n), m), d3 = sub(norm_load(p + 3 * c, n), m);
    norm_store(s1 + i, add(norm_load(s1 + i, n), add(add(d0, d1), add(d2, d3))), n);
    const auto low = fma(d0, d0, mul(d1, d1)), high = fma(d2, d2, mul(d3, d3));
    norm_store(s2 + i, add(norm_load(s2 + i, n), add(low, high)), n);
  }
  GANVAS_INLINE void one(index_t at, index_t i, index_t n) const {
    const auto d = sub(norm_load(x + at, n), norm_load(pivot + i, n));
    norm_store(s1 + i, add(norm_load(s1 + i, n), d), n);
    norm_store(s2 + i, fma(d, d, norm_load(s2 + i, n)), n);
  }
};

template <class T>
void norm_moments(const T* x, index_t rows, index_t c, T* pivot, T* s1, T* s2) {
  for (index_t i = 0; i < c; ++i) pivot[i] = s1[i] = s2[i] = T(0);
  norm_sweep<T>(rows, c, NormRowSum<T>{x, c, pivot});
  for (index_t i = 0; i < c; ++i) pivot[i] /= static_cast<T>(rows);
  norm_sweep<T>(rows, c, NormDeviations<T>{x, c, pivot, s1, s2});
}

/// What a map has for the channels [i, i + n).
template <class T>
struct NormChannels {
  using V = decltype(set1(T(0)));
  V mean, scale, shift, slope;

  GANVAS_INLINE NormChannels(const abi::NormMap<T>& map, index_t i, index_t n)
      : mean(norm_load(map.mean + i, n)),
        scale(norm_load(map.scale + i, n)),
        shift(norm_load(map.shift + i, n)),
        slope(set1(map.slope)) {}
  GANVAS_INLINE V y(V x) const {
    const V z = fma(sub(x, mean), scale, shift);
    return positive(z, z, mul(slope, z));
  }
  GANVAS_INLINE V gz(V deviation, V gy) const { return positive(fma(deviation, scale, shift), gy, mul(slope, gy)); }
};

template <class T>
struct NormApply {
  const T* x;
  index_t c;
  const abi::NormMap<T>& map;
  T* y;
  GANVAS_INLINE void ahead(index_t at) const {
    norm_prefetch(x + at);
    norm_prefetch(y + at);
  }
  GANVAS_INLINE void four(index_t at, index_t i, index_t n) const {
    const NormChannels<T> channels(map, i, n);
    const T* p = x + at;
    T* q = y + at;
    norm_store(q, channels.y(norm_load(p, n)), n);
    norm_store(q + c, channels.y(norm_load(p + c, n)), n);
    norm_store(q + 2 * c, channels.y(norm_load(p + 2 * c, n)), n);
    norm_store(q + 3 * c, channels.y(norm_load(p + 3 * c, n)), n);
  }
  GANVAS_INLINE void one(index_t at, index_t i, index_t n) const {
    norm_store(y + at, NormChannels<T>(map, i, n).y(norm_load(x + at, n)), n);
  }
};

template <class T>
void norm_apply(const T* x, index_t rows, index_t c, const abi::NormMap<T>& map, T* y) {
  norm_sweep<T>(rows, c, NormApply<T>{x, c, map, y});
}

/// s_gz <- s_gz + gz,  s_gzx <- s_gzx + gz (x - mean)
template <class T>
struct NormBackwardSums {
  const T* x;
  const T* gy;
  index_t c;
  const abi::NormMap<T>& map;
  T* s_gz;
  T* s_gzx;
  GANVAS_INLINE void ahead(index_t at) const {
    norm_prefetch(x + at);
    norm_prefetch(gy + at);
  }
  GANVAS_INLINE void four(index_t at, index_t i, index_t n) const {
    const NormChannels<T> channels(map, i, n);
    const T* p = x + at;
    const T* q = gy + at;
    const auto d0 = sub(norm_load(p, n), channels.mean), d1 = sub(norm_load(p + c, n), channels.mean);
    const auto d2 = sub(norm_load(p + 2 * c, n), channels.mean), d3 = sub(norm_load(p + 3 * c, n), channels.mean);
    const auto g0 = channels.gz(d0, norm_load(q, n)), g1 = channels.gz(d1, norm_load(q + c, n));
    const auto g2 = channels.gz(d2, norm_load(q + 2 * c, n)), g3 = channels.gz(d3, norm_load(q + 3 * c, n));
    norm_store(s_gz + i, add(norm_load(s_gz + i, n), add(add(g0, g1), add(g2, g3))), n);
    const auto low = fma(g0, d0, mul(g1, d1)), high = fma(g2, d2, mul(g3, d3));
    norm_store(s_gzx + i, add(norm_load(s_gzx + i, n), add(low, high)), n);
  }
  GANVAS_INLINE void one(index_t at, index_t i, index_t n) const {
    const NormChannels<T> channels(map, i, n);
    const auto d = sub(norm_load(x + at, n), channels.mean);
    const auto g = channels.gz(d, norm_load(gy + at, n));
    norm_store(s_gz + i, add(norm_load(s_gz + i, n), g), n);
    norm_store(s_gzx + i, fma(g, d, norm_load(s_gzx + i, n)), n);
  }
};

template <class T>
void norm_backward_sums(const T* x, const T* gy, index_t rows, index_t c, const abi::NormMap<T>& map, T* s_gz,
                        T* s_gzx) {
  for (index_t i = 0; i < c; ++i) s_gz[i] = s_gzx[i] = T(0);
  norm_sweep<T>(rows, c, NormBackwardSums<T>{x, gy, c, map, s_gz, s_gzx});
}

template <class T>
struct NormBackwardApply {
  const T* x;
  const T* gy;
  index_t c;
  const abi::NormMap<T>& map;
  const T* a;
  const T* b;
  const T* e;
  T* gx;
  GANVAS_INLINE void ahead(index_t at) const {
    norm_prefetch(x + at);
    norm_prefetch(gy + at);
    norm_prefetch(gx + at);
  }
  GANVAS_INLINE void four(index_t at, index_t i, index_t n) const {
    const NormChannels<T> channels(map, i, n);
    const auto va = norm_load(a + i, n), vb = norm_load(b + i, n), ve = norm_load(e + i, n);
    for (index_t k = at; k < at + 4 * c; k += c) {
      const auto d = sub(norm_load(x + k, n), channels.mean);
      norm_store(gx + k, fma(va, channels.gz(d, norm_load(gy + k, n)), fma(vb, d, ve)), n);
    }
  }
  GANVAS_INLINE void one(index_t at, index_t i, index_t n) const {
    const NormChannels<T> channels(map, i, n);
    const auto d = sub(norm_load(x + at, n), channels.mean);
    const auto g = channels.gz(d, norm_load(gy + at, n));
    norm_store(gx + at, fma(norm_load(a + i, n), g, fma(norm_load(b + i, n), d, norm_load(e + i, n))), n);
  }
};

template <class T>
void norm_backward_apply(const T* x, const T* gy, index_t rows, index_t c, const abi::NormMap<T>& map, const T* a,
                         const T* b, const T* e, T* gx) {
  norm_sweep<T>(rows, c, NormBackwardApply<T>{x, gy, c, map, a, b, e, gx});
}
