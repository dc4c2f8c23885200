// Batch norm kernels, compiled once for every instruction set; included inside its namespace by cpu/isa_*.hpp.

template <class T>
GANVAS_INLINE auto norm_load(const T* p, index_t n) {
  return n == width<T> ? load(p) : load_n(p, n);
}
template <bool far = false, class T, class V>
GANVAS_INLINE void norm_store(T* p, V v, index_t n) {
  if constexpr (far)
    store_far(p, v);
  else if (n == width<T>)
    store(p, v);
  else
    store_n(p, v, n);
}

/// Asks the caches for four vectors of what follows four rows side by side, of which p is in the first, at channel i:
/// they are no pattern that a processor foresees.
template <class T>
GANVAS_INLINE void norm_prefetch(const T* p, index_t i) {
  constexpr index_t ahead = 2048 / static_cast<index_t>(sizeof(T));
  for (index_t k = 0; k < 4; ++k) __builtin_prefetch(p + ahead + 3 * i + k * width<T>);
}

/// body.one(at, i, n) for the channels [i, i + n) of the rows [from, to), the first at element `at`; n is the width,
/// less in the last channels. (A struct and no lambda: g++ compiles a lambda in a template for the instruction set of
/// the whole file.)
template <class T, class Body>
GANVAS_INLINE void norm_rows(index_t from, index_t to, index_t c, const Body& body) {
  constexpr index_t w = width<T>;
  for (index_t at = from * c; at < to * c; at += c) {
    index_t i = 0;
    for (; i + w <= c; i += w) body.one(at + i, i, w);
    if (i < c) body.one(at + i, i, c - i);
  }
}
/// body.four(at, i, n, step) for `count` times four rows, `step` elements apart; the next four are `next` elements on.
/// What belongs to a channel is loaded once for the four.
template <class T, class Body>
GANVAS_INLINE void norm_fours(index_t at, index_t count, index_t next, index_t step, index_t c, const Body& body) {
  constexpr index_t w = width<T>;
  for (index_t r = 0; r < count; ++r, at += next) {
    index_t i = 0;
    for (; i + w <= c; i += w) body.four(at + i, i, w, step);
    if (i < c) body.four(at + i, i, c - i, step);
  }
}
/// The rows [from, to) of every quarter of the rows, four at a time: streams long enough for the processor to foresee
/// them. Sums from main memory take 0.5 to 0.9 of the time of those over four rows side by side.
template <class T, class Body>
GANVAS_INLINE void norm_quarters(index_t from, index_t to, index_t rows, index_t c, const Body& body) {
  norm_fours<T>(from * c, to - from, c, rows / 4 * c, c, body);
}
/// The rows that are in no quarter.
template <class T, class Body>
GANVAS_INLINE void norm_rest(index_t rows, index_t c, const Body& body) {
  norm_rows<T>(rows / 4 * 4, rows, c, body);
}
/// Every row. Results that go past the caches are one stream; in the caches four rows side by side are faster.
template <class T, template <class, bool> class Body, class... Arguments>
GANVAS_INLINE void norm_map(index_t rows, index_t c, T* y, bool far, const Arguments&... arguments) {
  if (far_and_aligned(y, far) && c % width<T> == 0) {
    norm_rows<T>(0, rows, c, Body<T, true>{y, arguments...});
    store_far_end();
    return;
  }
  const Body<T, false> body{y, arguments...};
  norm_fours<T>(0, rows / 4, 4 * c, c, c, body);
  norm_rest<T>(rows, c, body);
}

/// sum <- sum + rows of x
template <class T>
struct NormRowSum {
  const T* x;
  T* sum;
  GANVAS_INLINE void four(index_t at, index_t i, index_t n, index_t step) const {
    const T* p = x + at;
    const auto low = add(norm_load(p, n), norm_load(p + step, n));
    const auto high = add(norm_load(p + 2 * step, n), norm_load(p + 3 * step, n));
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
  const T* pivot;
  T* s1;
  T* s2;
  GANVAS_INLINE void four(index_t at, index_t i, index_t n, index_t step) const {
    const T* p = x + at;
    const auto m = norm_load(pivot + i, n);
    const auto d0 = sub(norm_load(p, n), m), d1 = sub(norm_load(p + step, n), m);
    const auto d2 = sub(norm_load(p + 2 * step, n), m), d3 = sub(norm_load(p + 3 * step, n), m);
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

/// The pivot is the mean of m >= rows / 8 rows, so x comes from memory once. Their sum of squared deviations,
/// at most rows var, is at least m (pivot - mean)^2, so s2 <= 9 rows var for any x: s2 - s1^2 / rows loses 3 bits at
/// most.
template <class T>
void norm_moments(const T* x, index_t rows, index_t c, T* pivot, T* s1, T* s2) {
  for (index_t i = 0; i < c; ++i) pivot[i] = s1[i] = s2[i] = T(0);
  const index_t quarter = rows / 4, first = (quarter + 7) / 8;
  norm_quarters<T>(0, first, rows, c, NormRowSum<T>{x, pivot});
  norm_rest<T>(rows, c, NormRowSum<T>{x, pivot});
  for (index_t i = 0; i < c; ++i) pivot[i] /= static_cast<T>(4 * first + rows % 4);
  const NormDeviations<T> deviations{x, pivot, s1, s2};
  norm_quarters<T>(first, quarter, rows, c, deviations);  // the streams go on
  norm_quarters<T>(0, first, rows, c, deviations);
  norm_rest<T>(rows, c, deviations);
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

template <class T, bool far>
struct NormApply {
  T* y;
  const T* x;
  const abi::NormMap<T>& map;
  GANVAS_INLINE void four(index_t at, index_t i, index_t n, index_t step) const {
    const NormChannels<T> channels(map, i, n);
    norm_prefetch(x + at, i);
    norm_prefetch(y + at, i);
    for (index_t k = at, r = 0; r < 4; ++r, k += step) norm_store(y + k, channels.y(norm_load(x + k, n)), n);
  }
  GANVAS_INLINE void one(index_t at, index_t i, index_t n) const {
    norm_store<far>(y + at, NormChannels<T>(map, i, n).y(norm_load(x + at, n)), n);
  }
};

template <class T>
void norm_apply(const T* x, index_t rows, index_t c, const abi::NormMap<T>& map, T* y, bool far) {
  norm_map<T, NormApply>(rows, c, y, far, x, map);
}

/// s_gz <- s_gz + gz,  s_gzx <- s_gzx + gz (x - mean)
template <class T>
struct NormBackwardSums {
  const T* x;
  const T* gy;
  const abi::NormMap<T>& map;
  T* s_gz;
  T* s_gzx;
  GANVAS_INLINE void four(index_t at, index_t i, index_t n, index_t step) const {
    const NormChannels<T> channels(map, i, n);
    const T* p = x + at;
    const T* q = gy + at;
    const auto d0 = sub(norm_load(p, n), channels.mean), d1 = sub(norm_load(p + step, n), channels.mean);
    const auto d2 = sub(norm_load(p + 2 * step, n), channels.mean), d3 = sub(norm_load(p + 3 * step, n), channels.mean);
    const auto g0 = channels.gz(d0, norm_load(q, n)), g1 = channels.gz(d1, norm_load(q + step, n));
    const auto g2 = channels.gz(d2, norm_load(q + 2 * step, n)), g3 = channels.gz(d3, norm_load(q + 3 * step, n));
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
  const NormBackwardSums<T> sums{x, gy, map, s_gz, s_gzx};
  norm_quarters<T>(0, rows / 4, rows, c, sums);
  norm_rest<T>(rows, c, sums);
}

template <class T, bool far>
struct NormBackwardApply {
  T* gx;
  const T* x;
  const T* gy;
  const abi::NormMap<T>& map;
  const T* a;
  const T* b;
  const T* e;
  GANVAS_INLINE void four(index_t at, index_t i, index_t n, index_t step) const {
    const NormChannels<T> channels(map, i, n);
    norm_prefetch(x + at, i);
    norm_prefetch(gy + at, i);
    norm_prefetch(gx + at, i);
    const auto va = norm_load(a + i, n), vb = norm_load(b + i, n), ve = norm_load(e + i, n);
    for (index_t k = at, r = 0; r < 4; ++r, k += step) {
      const auto d = sub(norm_load(x + k, n), channels.mean);
      norm_store(gx + k, fma(va, channels.gz(d, norm_load(gy + k, n)), fma(vb, d, ve)), n);
    }
  }
  GANVAS_INLINE void one(index_t at, index_t i, index_t n) const {
    const NormChannels<T> channels(map, i, n);
    const auto d = sub(norm_load(x + at, n), channels.mean);
    const auto g = channels.gz(d, norm_load(gy + at, n));
    norm_store<far>(gx + at, fma(norm_load(a + i, n), g, fma(norm_load(b + i, n), d, norm_load(e + i, n))), n);
  }
};

template <class T>
void norm_backward_apply(const T* x, const T* gy, index_t rows, index_t c, const abi::NormMap<T>& map, const T* a,
                         const T* b, const T* e, T* gx, bool far) {
  norm_map<T, NormBackwardApply>(rows, c, gx, far, x, gy, map, a, b, e);
}
