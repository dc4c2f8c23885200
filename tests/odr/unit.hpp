#pragma once
// What each unit computes.

struct Outcome {
  const char* isa = "";
  double product = 0;
  double squares = 0;
};
