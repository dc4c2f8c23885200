#pragma once
// Philox 4x32-10 [Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"]: the i-th number is
// a function of (seed, i), so a tensor can be filled by any number of threads and is always the same.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// Ten rounds of Philox on a 128-bit counter under a 64-bit key: four independent 32-bit words.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                            std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32U) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32U) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key = {key[0] + 0x9E3779B9U, key[1] + 0xBB67AE85U};
  }
  return counter;
}

/// A stream of random numbers. Copies continue independently with the same numbers; save state() to continue later.
class Random {
 public:
  /// What has to be stored to continue a stream at the same place.
  struct State {
    std::uint64_t seed = 0;    ///< key of the stream
    std::uint64_t stream = 0;  ///< which of the seed's 2^64 streams
    std::uint64_t next = 0;    ///< blocks of four words used so far
    friend constexpr bool operator==(const State&, const State&) = default;
  };

  /// Stream number `stream` of a seed: streams of one seed are independent. split() makes odd numbers; of the even
  /// ones a trainer takes 2, run_on_images 4, 6 and 8, metrics::evaluate 10 to 16, so that none draws what its caller
  /// draws from Random(seed).
  explicit Random(std::uint64_t seed = 0, std::uint64_t stream = 0) : state_{seed, stream, 0} {}
  explicit Random(const State& state) : state_(state) {}

  [[nodiscard]] const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

  /// A new stream, independent of this one and of every other split.
  [[nodiscard]] Random split() {
    const auto w = block(state_.next++);
    return Random(State{state_.seed, word64(w[0], w[1]) | 1U, 0});
  }

  /// 64 random bits.
  std::uint64_t bits() {
    const auto w = block(state_.next++);
    return word64(w[0], w[1]);
  }

  /// Uniform integer in [0, n), without bias. n must be positive.
  index_t below(index_t n) {
    require<ValueError>(n > 0, "random", "below(n) needs n > 0, but n is ", n, ".");
    return static_cast<index_t>(bits_below(static_cast<std::uint64_t>(n)));
  }

  /// Uniform numbers in [low, high); low where they are equal.
  template <class T>
  [[nodiscard]] Tensor<T> uniform(const Shape& shape, T low = T(0), T high = T(1)) {
    require<ValueError>(low <= high, "random", "uniform needs low <= high, but got ", low, " and ", high, ".");
    const T last = std::nextafter(high, low);  // rounding may give high
    return fill<T>(shape, [low, high, last](const auto& w, T* out) {
      for (std::size_t j = 0; j < 2; ++j) out[j] = std::min(low + (high - low) * unit<T>(w[2 * j], w[2 * j + 1]), last);
    });
  }

  /// Normal numbers, by the transform of Box and Muller 1958: sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v). The 24 bits of a
  /// float u reach (-2 ln 2^-24)^(1/2) = 5.768 deviations at most, the 53 of a double 8.57.
  template <class T>
  [[nodiscard]] Tensor<T> normal(const Shape& shape, T mean = T(0), T deviation = T(1)) {
    require<ValueError>(deviation >= T(0), "random", "normal needs a standard deviation >= 0, but got ", deviation,
                        ".");
    return fill<T>(shape, [mean, deviation](const auto& w, T* out) {
      const T u = T(1) - unit<T>(w[0], w[1]);  // in (0, 1]
      const T v = unit<T>(w[2], w[3]) * T(2) * std::numbers::pi_v<T>;
      const T r = deviation * std::sqrt(T(-2) * std::log(u));
      out[0] = mean + r * std::cos(v);
      out[1] = mean + r * std::sin(v);
    });
  }

  /// Uniform integers in [low, high), as index_t.
  [[nodiscard]] std::vector<index_t> integers(index_t n, index_t low, index_t high) {
    require<ValueError>(n >= 0 && low < high, "random", "integers needs n >= 0 and low < high, but got n ", n, ", low ",
                        low, ", high ", high, ".");
    const auto first = static_cast<std::uint64_t>(low);
    const std::uint64_t range = static_cast<std::uint64_t>(high) - first;  // index_t could be too small for it
    std::vector<index_t> v;
    detail::reserve(v, n);
    for (index_t i = 0; i < n; ++i) v.push_back(static_cast<index_t>(first + bits_below(range)));
    return v;
  }

  /// 0..n-1 in random order [Fisher and Yates; Durstenfeld 1964].
  [[nodiscard]] std::vector<index_t> permutation(index_t n) {
    require<ValueError>(n >= 0, "random", "permutation needs n >= 0, but n is ", n, ".");
    std::vector<index_t> order;
    detail::reserve(order, n);
    order.resize(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), index_t{0});
    shuffle(order);
    return order;
  }

  /// Puts the elements in random order.
  template <class U>
  void shuffle(std::vector<U>& v) {
    for (std::size_t i = v.size(); i > 1; --i)
      std::swap(v[i - 1], v[static_cast<std::size_t>(below(static_cast<index_t>(i)))]);
  }

 private:
  static constexpr std::uint64_t word64(std::uint32_t hi, std::uint32_t lo) { return (std::uint64_t{hi} << 32U) | lo; }

  /// Uniform in [0, n), n > 0, without bias.
  std::uint64_t bits_below(std::uint64_t n) {
    const std::uint64_t reject = (0 - n) % n;  // 2^64 mod n values would be one too many
    std::uint64_t b = bits();
    while (b < reject) b = bits();
    return b % n;
  }

  /// [0, 1) with as many bits as T has: 24 for float, 53 for double.
  template <class T>
  static T unit(std::uint32_t hi, std::uint32_t lo) {
    if constexpr (sizeof(T) == 4)
      return static_cast<T>(hi >> 8U) * T(0x1p-24);
    else
      return static_cast<T>(word64(hi, lo) >> 11U) * T(0x1p-53);
  }

  [[nodiscard]] std::array<std::uint32_t, 4> block(std::uint64_t i) const {
    return philox({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32U),
                   static_cast<std::uint32_t>(state_.stream), static_cast<std::uint32_t>(state_.stream >> 32U)},
                  {static_cast<std::uint32_t>(state_.seed), static_cast<std::uint32_t>(state_.seed >> 32U)});
  }

  /// Fills a tensor two numbers a block; the block's index depends on the element's alone.
  template <class T, class TwoFromBlock>
  Tensor<T> fill(const Shape& shape, const TwoFromBlock& two) {
    Tensor<T> t(shape);
    T* out = t.mutable_data();
    const index_t n = t.numel();
    const index_t pairs = (n + 1) / 2;
    const std::uint64_t first = state_.next;
    parallel_chunks(pairs, 4096, [&](index_t begin, index_t end) {
      for (index_t i = begin; i < end; ++i) {
        T pair[2];
        two(block(first + static_cast<std::uint64_t>(i)), pair);
        out[2 * i] = pair[0];
        if (2 * i + 1 < n) out[2 * i + 1] = pair[1];
      }
    });
    state_.next += static_cast<std::uint64_t>(pairs);
    return t;
  }

  State state_;
};

GANVAS_END
