#include "ganvas/core/hash.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;

TEST_CASE("MurmurHash3_x64_128 gives the values that are known of it", "[core]") {
  CHECK(hash128("").str() == "00000000000000000000000000000000");
  CHECK(hash128("hello").str() == "cbd8a7b341bd9b025b1e906a48ae1d19");
  CHECK(hash128("The quick brown fox jumps over the lazy dog").str() == "e34bbc7bbc071b6c7a433ca9c49a9347");
}

TEST_CASE("every byte and the length count", "[core]") {
  std::set<std::string> seen;
  for (std::size_t n = 0; n < 50; ++n) {
    const std::string zeros(n, '\0');
    CHECK(seen.insert(hash128(zeros).str()).second);
    for (std::size_t i = 0; i < n; ++i) {
      std::string one = zeros;
      one[i] = '\1';
      CHECK(seen.insert(hash128(one).str()).second);
    }
  }
  CHECK(hash128("a", 1) == hash128("a"));
  CHECK_FALSE(hash128("a", 1, 7) == hash128("a"));
}

TEST_CASE("hashes of blocks are the same for any number of threads", "[core][threads]") {
  std::string bytes((std::size_t{3} << 20) + 5, 'x');
  const auto hash = [&] { return hash128_of_blocks(bytes.data(), bytes.size()).str(); };
  const std::string before = hash();
  CHECK(same_for_any_threads(hash));
  bytes.back() = 'y';
  CHECK(hash() != before);
  bytes.back() = 'x';
  CHECK(hash() == before);
  bytes[1 << 20] = 'y';
  CHECK(hash() != before);
}
