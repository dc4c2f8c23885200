#include "ganvas/core/buffer.hpp"

#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include "ganvas/core/tensor.hpp"

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("pool sizes are never smaller than asked and waste an eighth at most") {
  for (std::size_t bytes = 1; bytes < (std::size_t{1} << 30); bytes = bytes * 9 / 8 + 1) {
    const std::size_t size = detail::pool_size(bytes);
    CHECK(size >= bytes);
    CHECK(size % 64 == 0);
    CHECK(size <= bytes + bytes / 8 + 64);
    CHECK(detail::pool_size(size) == size);
  }
}

TEST_CASE("a block that was given back is used again") {
  BufferPool pool;
  const PoolBlock a = pool.take(100000);
  CHECK(reinterpret_cast<std::uintptr_t>(a.data) % BufferPool::alignment == 0);
  CHECK(a.size >= 100000);
  pool.give(a);
  CHECK(pool.kept_bytes() >= 100000);
  CHECK(pool.take(100000).data == a.data);
  CHECK(pool.system_allocations() == 1);
  pool.give(a);
  pool.trim();
  CHECK(pool.kept_bytes() == 0);
}

TEST_CASE("scratch that one worker takes is there for all, before chance gives it to several at once") {
  BufferPool pool;
  const auto take = [&](int number) { return pool.take(1000, {.number = number, .count = 3}); };
  const auto give = [&](const PoolBlock& block, int number) { pool.give(block, {.number = number, .count = 3}); };
  const PoolBlock a = take(0);
  const PoolBlock b = take(0);  // two at once, so each of three workers could have two
  CHECK(pool.system_allocations() == 6);
  std::vector<PoolBlock> others;
  for (const int number : {1, 1, 2, 2}) others.push_back(take(number));
  CHECK(pool.system_allocations() == 6);
  give(a, 0);
  give(b, 0);
  give(others[0], 1);
  give(others[1], 1);
  give(others[2], 2);
  const PoolBlock tensor = pool.take(1000);  // leaves 4 of the 6, and one worker's is still out
  give(take(0), 0);
  CHECK(pool.system_allocations() == 7);
  give(others[3], 2);
  pool.give(tensor);
  CHECK(pool.kept_bytes() == 7 * detail::pool_size(1000));
}

TEST_CASE("a large block serves as a smaller one, down to half, and goes back as what it is") {
  BufferPool pool;
  constexpr std::size_t large = std::size_t{8} << 20;
  const PoolBlock block = pool.take(large);
  pool.give(block);
  const PoolBlock half = pool.take(large / 2);
  CHECK(half.data == block.data);
  CHECK(half.size == large);
  CHECK(pool.system_allocations() == 1);
  pool.give(half);
  CHECK(pool.kept_bytes() == large);
  const PoolBlock less = pool.take(large / 8 * 3);  // a block of its own: more than half would be unused
  CHECK(less.data != block.data);
  CHECK(pool.take(large).data == block.data);
  CHECK(pool.system_allocations() == 2);
  pool.give(block);
  pool.give(less);
  const PoolBlock small = pool.take(1000);
  CHECK(pool.system_allocations() == 3);
  pool.give(small);
}

TEST_CASE("memory that no system has is refused in a sentence") {
  CHECK_THROWS_AS(Buffer<float>(-1), MemoryError);
  CHECK_THROWS_AS(Buffer<double>(std::numeric_limits<index_t>::max() / 4), MemoryError);
  CHECK(detail::pool_size(SIZE_MAX) == SIZE_MAX);
  BufferPool pool;
  CHECK_THROWS_AS(pool.take(SIZE_MAX - 100), MemoryError);
  CHECK(pool.kept_bytes() == 0);
}

TEST_CASE("sizes that never come again do not pile up") {
  BufferPool pool;
  std::size_t largest = 0;
  for (std::size_t bytes = 1 << 20; bytes < (std::size_t{1} << 24); bytes += 1 << 18) {
    pool.give(pool.take(bytes));
    largest = bytes;
  }
  CHECK(pool.kept_bytes() <= 5 * detail::pool_size(largest));
}

TEST_CASE("tensors of the same size come from the pool without asking the system") {
  { const Tensor<float> warm(Shape{12345}, 0.0F); }
  const auto before = BufferPool::instance().system_allocations();
  for (int i = 0; i < 10; ++i) const Tensor<float> again(Shape{12345}, 0.0F);
  CHECK(BufferPool::instance().system_allocations() == before);
}

TEST_CASE("more memory than the machine has is an error, not a crash") {
  BufferPool pool;
  CHECK_THROWS_AS(pool.take(std::size_t{1} << 60), Error);
}

TEST_CASE("the pool serves several threads at once", "[threads]") {
  std::vector<std::thread> workers;
  for (int w = 0; w < 4; ++w)
    workers.emplace_back([w] {
      for (int i = 0; i < 500; ++i) {
        Tensor<float> t(Shape{64 + i % 7}, static_cast<float>(w));
        if (t(0) != static_cast<float>(w)) std::abort();
      }
    });
  for (auto& t : workers) t.join();
  SUCCEED();
}
