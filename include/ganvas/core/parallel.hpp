#pragma once
// parallel_chunks: the only OpenMP in the library. What lies below it is serial code.

#include <algorithm>
#include <atomic>
#include <exception>

#if defined(_OPENMP)
#  include <omp.h>
#endif
#if defined(__SSE2__)
#  include <xmmintrin.h>
#endif

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

GANVAS_BEGIN

/// The number of threads that parallel_chunks uses from now on in this thread; 0 or less: all processors. Throws
/// ValueError above 1024: OpenMP would end the program where the system refuses it so many.
inline void set_threads(int n) {
  require<ValueError>(n <= 1024, "set_threads", "at most 1024 threads can be used, but ", n, " were asked for.");
#if defined(_OPENMP)
  omp_set_num_threads(n > 0 ? n : omp_get_num_procs());
#else
  static_cast<void>(n);
#endif
}

/// The number of threads in use, at most 1024 whatever OMP_NUM_THREADS says; 1 in a build without OpenMP.
inline int threads() {
#if defined(_OPENMP)
  return std::min(omp_get_max_threads(), 1024);
#else
  return 1;
#endif
}

/// While it lives, numbers too small for a full mantissa (denormals) count as zero in this thread: they would slow
/// a kernel down tens of times and mean nothing in training. The caller's mode comes back at the end.
class FlushDenormals {
 public:
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
#if defined(__SSE2__)
  FlushDenormals() : mode_(_mm_getcsr()) { _mm_setcsr(mode_ | 0x8040U); }
  ~FlushDenormals() { _mm_setcsr(mode_ | (_mm_getcsr() & 0x3FU)); }  // what arithmetic reported meanwhile stays

 private:
  unsigned mode_;
#elif defined(__aarch64__)
  FlushDenormals() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode_));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode_ | (1ULL << 24)));
  }
  ~FlushDenormals() { __asm__ volatile("msr fpcr, %0" : : "r"(mode_)); }

 private:
  unsigned long long mode_ = 0;
#else
  FlushDenormals() {}
#endif
};

namespace detail {

// ThreadSanitizer is blind to the fork and the join inside g++'s OpenMP library and would report every parallel loop.
// Two edges tell it what is true: the workers know what came before the fork, and after the join all is known. Between
// workers there is no edge, so a race between two chunks is still found. Empty in all other builds.
class TsanEdge {
#if GANVAS_TSAN
 public:
  void signal() { time_.fetch_add(1, std::memory_order_release); }
  void wait() { static_cast<void>(time_.load(std::memory_order_acquire)); }

 private:
  std::atomic<int> time_{0};
#else
 public:
  void signal() {}
  void wait() {}
#endif
};
inline TsanEdge fork_edge, join_edge;

/// Which of the threads that share out chunks now this one is; number -1 outside of parallel_chunks. Memory that such a
/// thread takes is scratch, see BufferPool.
struct Worker {
  int number = -1;
  int count = 1;  ///< of the threads
};
inline thread_local Worker this_worker;

/// Sets this_worker for a while.
class AsWorker {
 public:
  AsWorker() : before_(this_worker) {
#if defined(_OPENMP)
    this_worker = {omp_get_thread_num(), omp_get_num_threads()};
#endif
  }
  AsWorker(const AsWorker&) = delete;
  AsWorker& operator=(const AsWorker&) = delete;
  ~AsWorker() { this_worker = before_; }

 private:
  Worker before_;
};

/// parallel_chunks without the type of its body, which `call` knows: a program has this loop once, not once for every
/// body.
GANVAS_NO_TSAN inline void run_chunks(index_t n, index_t grain, void (*call)(const void*, index_t, index_t),
                                      const void* body) {
  if (n <= 0) return;
  grain = std::clamp<index_t>(grain, 1, n);
  const index_t chunks = n / grain + (n % grain != 0 ? 1 : 0);
  if (chunks == 1) {
    const FlushDenormals flush;
    call(body, 0, n);
    return;
  }
  std::exception_ptr first_error;
  std::atomic<bool> failed{false};
  fork_edge.signal();
  GANVAS_OMP(parallel default(shared) num_threads(threads())) {
    fork_edge.wait();
    const FlushDenormals flush;
    const AsWorker worker;
    GANVAS_OMP(for schedule(dynamic, 1))
    for (index_t c = 0; c < chunks; ++c) {
      if (failed.load(std::memory_order_relaxed)) continue;
      try {
        const index_t begin = c * grain;
        call(body, begin, begin + std::min(grain, n - begin));
      } catch (...) {
        if (!failed.exchange(true)) first_error = std::current_exception();
      }
    }
    join_edge.signal();
  }
  join_edge.wait();
  if (first_error) std::rethrow_exception(first_error);
}

template <class Body>
void call_body(const void* body, index_t begin, index_t end) {
  (*static_cast<const Body*>(body))(begin, end);
}

}  // namespace detail

/// Calls body(begin, end) on disjoint chunks of at most `grain` that cover [0, n), in any order and on any thread.
/// The chunks depend on n and grain alone, never on the number of threads: a body that writes only what belongs to
/// its chunk gives the same bits for any number of threads. The first exception of a body is thrown again here.
/// A child made by fork() after a parallel loop must call set_threads(1): OpenMP's threads do not survive the fork.
template <class Body>
GANVAS_INLINE void parallel_chunks(index_t n, index_t grain, const Body& body) {
  detail::run_chunks(n, grain, &detail::call_body<Body>, &body);
}

GANVAS_END
