#include "ganvas/data/content_hash.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using data::content_hash;
using data::Dataset;

TEST_CASE("a hash knows values, order, shape, type, labels and classes", "[data]") {
  const Tensor<float> x({2, 2}, {1, 2, 3, 4});
  const auto hash = content_hash(Dataset<float>(x, {0, 1}, 2));
  CHECK(content_hash(Dataset<float>(Tensor<float>({2, 2}, {1, 2, 3, 4}), {0, 1}, 2)) == hash);
  CHECK_FALSE(content_hash(Dataset<float>(x, {1, 0}, 2)) == hash);
  CHECK_FALSE(content_hash(Dataset<float>(x, {0, 1}, 3)) == hash);
  CHECK_FALSE(content_hash(Dataset<float>(x)) == hash);
  CHECK_FALSE(content_hash(Dataset<float>(Tensor<float>({2, 2}, {3, 4, 1, 2}), {0, 1}, 2)) == hash);
  CHECK_FALSE(content_hash(x) == content_hash(x.reshape({2, 2, 1})));
  CHECK_FALSE(content_hash(x) == content_hash(x.cast<double>()));
  CHECK_FALSE(content_hash(Dataset<float>(x)) == content_hash(x));
  // Made by another program, from the definition: hashes in the records of old runs must keep their meaning.
  CHECK(hash.str() == "462d1fcf65cb19d42a3ed8f5678382d1");
}
