// Bodies compiled once for every instruction set; included inside its namespace by cpu/isa_*.hpp.

/// y <- y + a x
template <class T>
void axpy(T a, const T* x, T* y, index_t n) {
  constexpr index_t w = width<T>;
  const auto va = set1(a);
  index_t i = 0;
  for (; i + w <= n; i += w) store(y + i, fma(va, load(x + i), load(y + i)));
  if (i < n) store_n(y + i, fma(va, load_n(x + i, n - i), load_n(y + i, n - i)), n - i);
}
