#include "ganvas/core/parallel.hpp"

#include <atomic>
#include <limits>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/child.hpp"

using namespace ganvas;

TEST_CASE("chunks cover the range once, the same for any number of threads", "[threads]") {
  for (const int n_threads : {1, 2, 3, 8}) {
    set_threads(n_threads);
    for (const index_t n : {0, 1, 5, 64, 1000}) {
      std::vector<std::atomic<int>> hits(static_cast<std::size_t>(n));
      std::atomic<int> wrong{0};
      parallel_chunks(n, 64, [&](index_t begin, index_t end) {
        if (begin % 64 != 0 || (end - begin != 64 && end != n)) ++wrong;
        for (index_t i = begin; i < end; ++i) ++hits[static_cast<std::size_t>(i)];
      });
      CHECK(wrong == 0);
      for (const auto& h : hits) CHECK(h == 1);
    }
  }
  set_threads(0);
}

TEST_CASE("the largest grain and the largest range: nothing overflows") {
  constexpr index_t largest = std::numeric_limits<index_t>::max();
  std::vector<index_t> ends;
  parallel_chunks(10, largest, [&](index_t begin, index_t end) { ends = {begin, end}; });
  CHECK(ends == std::vector<index_t>{0, 10});
  std::atomic<index_t> covered{0}, chunks{0};
  parallel_chunks(largest, largest / 2 + 1, [&](index_t begin, index_t end) {
    covered += begin <= end ? end - begin : 0;
    ++chunks;
  });
  CHECK(covered == largest);
  CHECK(chunks == 2);
}

#if defined(__unix__)
TEST_CASE("a child of fork computes on its own thread") {
  const auto sum = [] {
    std::atomic<index_t> total{0};
    parallel_chunks(1000, 10, [&](index_t begin, index_t end) { total += end - begin; });
    return total.load();
  };
  CHECK(sum() == 1000);
  CHECK(test::in_child([&] {
          alarm(60);
          set_threads(1);
          if (sum() != 1000) throw std::runtime_error("the sum is wrong");
        }) == 0);
}
#endif

TEST_CASE("an exception in a chunk reaches the caller") {
  CHECK_THROWS_AS(parallel_chunks(100, 1,
                                  [](index_t begin, index_t) {
                                    if (begin == 57) throw std::runtime_error("57");
                                  }),
                  std::runtime_error);
}

TEST_CASE("more threads than any system gives are refused") {
  const int before = threads();
  CHECK_THROWS_AS(set_threads(1025), ValueError);
  CHECK(threads() == before);
}

#if defined(__SSE2__)
namespace {

/// Half of the smallest normal number, or 0 where denormals are flushed.
float half_of_the_smallest() {
  volatile float tiny = std::numeric_limits<float>::min();
  const float t = tiny;
  volatile float half = t / 2;
  return half;
}

}  // namespace

TEST_CASE("denormals are flushed inside and the caller's mode comes back", "[threads]") {
  for (const int n_threads : {1, 2, 3}) {
    set_threads(n_threads);
    for (const index_t chunks : {1, 50}) {
      std::atomic<int> kept{0};
      const auto body = [&](index_t, index_t) { kept += half_of_the_smallest() != 0; };
      parallel_chunks(chunks, 1, body);
      CHECK(kept == 0);
      CHECK(half_of_the_smallest() > 0);
      // After an exception too.
      CHECK_THROWS(parallel_chunks(chunks, 1, [](index_t, index_t) { throw std::runtime_error("no"); }));
      CHECK(half_of_the_smallest() > 0);
      // A caller that flushes by itself goes on to do so.
      {
        const FlushDenormals own;
        parallel_chunks(chunks, 1, body);
        CHECK(half_of_the_smallest() == 0);
      }
      CHECK(half_of_the_smallest() > 0);
    }
  }
  set_threads(0);
}
#endif

TEST_CASE("a thread knows which of the workers it is, inside only") {
  set_threads(2);
  CHECK(detail::this_worker.number == -1);
  std::atomic<int> wrong{0};
  parallel_chunks(50, 1, [&](index_t, index_t) {
    const auto& worker = detail::this_worker;
#if defined(_OPENMP)
    wrong += worker.number < 0 || worker.number >= worker.count || worker.count > 2;
#else
    wrong += worker.number != -1;
#endif
  });
  CHECK(wrong == 0);
  CHECK(detail::this_worker.number == -1);
  set_threads(0);
}
