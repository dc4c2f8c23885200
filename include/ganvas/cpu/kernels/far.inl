// Stores past the caches, for results that no cache holds; included inside the namespace of an instruction set by
// cpu/isa_*.hpp.

/// Whether whole vectors from y on may be stored so: they must be aligned.
template <class T>
GANVAS_INLINE bool far_and_aligned(const T* y, bool far) {
  return far && reinterpret_cast<std::uintptr_t>(y) % (sizeof(T) * static_cast<std::size_t>(width<T>)) == 0;
}
/// One loop with a branch that is always foreseen serves both: a function is compiled once.
template <class T, class V>
GANVAS_INLINE void store(T* p, V v, bool far) {
  if (far)
    store_far(p, v);
  else
    store(p, v);
}
