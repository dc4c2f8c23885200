#pragma once
// What each unit computes.

#include <string>

struct Outcome {
  std::string isa;
  double product = 0;      // sum of |A B| by Eigen
  double squares = 0;      // sum of i^2 by parallel_chunks
  double loss = 0;         // of a small network in double
  double gradient = 0;     // sum of |gradient| by its weight
  double float_error = 0;  // how far float is from it
};
