#pragma once
// Results that no cache can hold are stored past the caches: a line that is written whole need not be read before.

#include "ganvas/core/config.hpp"

GANVAS_BEGIN

namespace kernels {

/// Bytes from which a result is called far: the last-level cache of common processors. (What a system says of its own
/// may be the sum over processors that share nothing.)
inline constexpr index_t far_bytes = index_t{1} << 25;

/// Whether n numbers are far.
template <class T>
constexpr bool is_far(index_t n) {
  return n >= far_bytes / static_cast<index_t>(sizeof(T));
}

}  // namespace kernels

GANVAS_END
