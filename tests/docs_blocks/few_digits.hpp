#pragma once
// Stands before a page's program that trains on MNIST, so that the same text runs to its end in seconds: the name
// data::mnist leads to 256 made-up images.

#include <filesystem>

#include "ganvas/core/random.hpp"
#include "ganvas/data/mnist.hpp"

namespace ganvas::data {

template <class T = float>
Dataset<T> few_digits(const std::filesystem::path&, Split = Split::train) {
  Random rng{1};
  return Dataset<T>(rng.uniform<T>({256, 28, 28, 1}, T(-1), T(1)), rng.integers(256, 0, 10), 10);
}

}  // namespace ganvas::data

#define mnist few_digits
