#pragma once
// Memory for tensors: 64-byte aligned blocks from a pool that reuses what was freed.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#if defined(__linux__)
#  include <sys/mman.h>
#endif

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"

GANVAS_BEGIN

namespace detail {

/// Sizes are rounded up so that a training step asks for few distinct ones: multiples of 64 bytes up to 4 KiB, then
/// eight steps to each power of two (at most 12.5 % unused). Sizes that no system has are left as they are.
constexpr std::size_t pool_size(std::size_t bytes) {
  std::size_t step = 64;
  while (step * 16 < bytes && step < (std::size_t{1} << 59)) step *= 2;
  if (bytes <= 4096) step = 64;
  if (bytes > PTRDIFF_MAX) return bytes;
  return bytes == 0 ? 64 : (bytes + step - 1) / step * step;
}

/// v.reserve(n). Throws MemoryError where the system has none for it.
template <class U>
void reserve(std::vector<U>& v, index_t n) {
  try {
    v.reserve(static_cast<std::size_t>(n));
    return;
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  fail<MemoryError>("memory", "the system has no memory left for a list of ", n, " numbers; is a size wrong?");
}

}  // namespace detail

/// Memory of a pool, and how much of it there is: at least what was asked for.
struct PoolBlock {
  void* data = nullptr;
  std::size_t size = 0;
};

/// Blocks that tensors gave back, kept by size for the next tensor of that size (large ones also of less, down to
/// half). After the second training step nothing is asked from the system any more, but for rare orders of sizes in
/// which a larger block that serves as a smaller one is missing later. For this, scratch that a thread takes inside
/// parallel_chunks is there for every thread from the first time on: which of them take some at once is a matter of
/// chance. What is kept is given back to the system by trim(), and by itself once it is four times as much as was ever
/// in use. Safe to use from several threads.
class BufferPool {
 public:
  static constexpr std::size_t alignment = 64;

  BufferPool() = default;
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool() { trim(); }

  /// A block of at least the given size, not initialised. Throws MemoryError when the system has no more. A worker
  /// is given if the block is scratch.
  PoolBlock take(std::size_t bytes, const detail::Worker& worker = {}) {
    const std::size_t size = detail::pool_size(bytes);
    PoolBlock block;
    try {
      const std::lock_guard lock(mutex_);
      Shelf& shelf = shelves_[size];
      if (worker.number >= 0) provide_scratch(shelf, size, worker);
      if (!shelf.free.empty())
        block = from_shelf(shelf, size);
      else if (worker.number < 0 && size >= lending_from)
        block = lend(size);
      if (block.data != nullptr) {
        in_use_ += block.size;
        return block;
      }
      ++from_system_;
      if (kept_ > 4 * std::max(peak_, in_use_ + size)) give_back();
      in_use_ += size;
    } catch (const std::bad_alloc&) {
      fail<MemoryError>("memory", "the system has no memory left even for a list of tensors.");
    }
    block = {allocate(size), size};
    if (block.data == nullptr) {  // what is kept may be of the wrong sizes: give it back and try once more
      trim();
      block.data = allocate(size);
    }
    if (block.data == nullptr) {
      {
        const std::lock_guard lock(mutex_);
        in_use_ -= size;
        if (worker.number >= 0) --shelves_[size].held[static_cast<std::size_t>(worker.number)];
      }
      fail<MemoryError>("memory", "the system has no ", bytes >> 20U,
                        " MiB left for a tensor; use a smaller batch or image.");
    }
    return block;
  }

  /// Takes back a block that take(bytes, worker) gave.
  void give(const PoolBlock& block, const detail::Worker& worker = {}) noexcept {
    try {
      const std::lock_guard lock(mutex_);
      peak_ = std::max(peak_, in_use_);
      in_use_ -= block.size;
      Shelf& shelf = shelves_[block.size];
      if (worker.number >= 0) --shelf.held[static_cast<std::size_t>(worker.number)];
      shelf.free.push_back(block.data);
      kept_ += block.size;
    } catch (...) {
      std::free(block.data);
    }
  }

  /// Returns all blocks that are not in use to the system.
  void trim() {
    const std::lock_guard lock(mutex_);
    give_back();
  }

  /// How often the system was asked for memory so far.
  [[nodiscard]] std::uint64_t system_allocations() const {
    const std::lock_guard lock(mutex_);
    return from_system_;
  }

  /// Bytes kept for reuse now.
  [[nodiscard]] std::size_t kept_bytes() const {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

  /// The pool of all tensors. It outlives every static tensor (it is never destroyed).
  static BufferPool& instance() {
    static BufferPool* const pool = new BufferPool;
    return *pool;
  }

 private:
  static constexpr std::size_t lending_from = std::size_t{1} << 20;  ///< who asks for so much may get a larger block

  /// The blocks of one size.
  struct Shelf {
    std::vector<void*> free;
    std::vector<std::size_t> held;  ///< scratch that each worker has now
    std::size_t together = 0;       ///< the most that one of them ever had
  };

  PoolBlock from_shelf(Shelf& shelf, std::size_t size) {
    const PoolBlock block{shelf.free.back(), size};
    shelf.free.pop_back();
    kept_ -= size;
    return block;
  }

  /// A free block of at most twice the size, or none: large blocks that are needed at different times are one.
  PoolBlock lend(std::size_t size) {
    std::size_t best = 2 * size + 1;
    for (const auto& [other, shelf] : shelves_)
      if (other > size && other < best && !shelf.free.empty()) best = other;
    return best <= 2 * size ? from_shelf(shelves_[best], best) : PoolBlock{};
  }

  /// Notes that a worker takes one more block, and sees to it that all of them could have as many at once.
  void provide_scratch(Shelf& shelf, std::size_t size, const detail::Worker& worker) {
    const auto number = static_cast<std::size_t>(worker.number), count = static_cast<std::size_t>(worker.count);
    if (shelf.held.size() < count) shelf.held.resize(count);
    const std::size_t together = std::max(shelf.together, shelf.held[number] + 1);
    shelf.free.reserve(count * together);  // all that may fail comes first
    shelf.together = together;
    std::size_t blocks = std::accumulate(shelf.held.begin(), shelf.held.end(), shelf.free.size());
    ++shelf.held[number];
    for (; blocks < count * together; ++blocks) {
      void* const block = allocate(size);
      if (block == nullptr) return;  // not needed yet; whoever does will say what is wrong
      shelf.free.push_back(block);
      kept_ += size;
      ++from_system_;
    }
  }

  void give_back() {
    for (auto& [size, shelf] : shelves_) {
      for (void* block : shelf.free) std::free(block);
      shelf.free.clear();
    }
    kept_ = 0;
  }

  static void* allocate(std::size_t size) noexcept {
    if (size > PTRDIFF_MAX) return nullptr;  // rounded up to whole pages it might be little
    constexpr std::size_t huge_page = std::size_t{1} << 21;
    void* block = std::aligned_alloc(size >= huge_page ? huge_page : alignment,
                                     size >= huge_page ? (size + huge_page - 1) / huge_page * huge_page : size);
#if defined(__linux__)
    if (block != nullptr && size >= huge_page) madvise(block, size, MADV_HUGEPAGE);  // fewer page faults and TLB misses
#endif
    return block;
  }

  mutable std::mutex mutex_;
  std::unordered_map<std::size_t, Shelf> shelves_;
  std::size_t kept_ = 0;
  std::size_t in_use_ = 0;
  std::size_t peak_ = 0;  ///< most that was in use at once so far
  std::uint64_t from_system_ = 0;
};

/// A shared block of n numbers. Copies share; the last one gives the block back to the pool, or, for memory that the
/// user owns, lets go of its owner.
template <class T>
class Buffer {
 public:
  Buffer() = default;

  /// n numbers from the pool, not initialised. Throws MemoryError if the system has not so many.
  explicit Buffer(index_t n) {
    if (n < 0 || static_cast<std::size_t>(n) > SIZE_MAX / 2 / sizeof(T))
      fail<MemoryError>("memory", "no system has ", n, " numbers of memory; is a size wrong?");
    const detail::Worker worker = detail::this_worker;
    const PoolBlock block = BufferPool::instance().take(static_cast<std::size_t>(n) * sizeof(T), worker);
    data_ = std::shared_ptr<T>(static_cast<T*>(block.data),
                               [block, worker](T*) { BufferPool::instance().give(block, worker); });
  }

  /// Memory of someone else, alive as long as owner is.
  Buffer(T* data, std::shared_ptr<void> owner) : data_(std::move(owner), data) {}

  [[nodiscard]] T* get() const { return data_.get(); }
  /// Whether another buffer shares the block. If not, all that others did with it before they let go has happened.
  [[nodiscard]] bool shared() const {
    if (data_.use_count() > 1) return true;
#if !GANVAS_TSAN  // which does not know fences
    std::atomic_thread_fence(std::memory_order_acquire);
#endif
    return false;
  }

 private:
  std::shared_ptr<T> data_;
};

GANVAS_END
