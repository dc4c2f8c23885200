#pragma once
// What the blocks of a page may use without saying so, and the few functions that run them.

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "ganvas/ganvas.hpp"

namespace {

int wrong = 0;
std::string place;          // of the block that ran last
std::string printed;        // by it, and not yet expected
bool anything_goes = true;  // until a ```text block says what it prints

void finish_block() {
  if (anything_goes || printed.empty()) return;
  ++wrong;
  std::cout << "---- " << place << " should not have printed\n" << printed;
}

/// Runs a block and keeps what it writes to std::cout.
void run(const char* where, void (*block)()) {
  finish_block();
  place = where;
  anything_goes = true;
  std::ostringstream out;
  std::streambuf* const screen = std::cout.rdbuf(out.rdbuf());
  try {
    block();
  } catch (const std::exception& e) {
    out << "\nstopped by: " << e.what() << '\n';
    ++wrong;
  }
  std::cout.rdbuf(screen);
  std::cout.copyfmt(std::ios(nullptr));
  printed = out.str();
  std::cout << "---- " << where << '\n' << printed;
}

/// What the block that ran last must have printed, or its next part where it was continued.
[[maybe_unused]] void expect(const std::string& text) {
  anything_goes = false;
  if (printed.compare(0, text.size(), text) == 0) {
    printed.erase(0, text.size());
    return;
  }
  ++wrong;
  anything_goes = true;
  std::cout << "---- " << place << " should have printed\n" << text;
}

int finish() {
  finish_block();
  std::cout << (wrong == 0 ? "all blocks did what their page says\n" : "some blocks did NOT do what their page says\n");
  return wrong;
}

}  // namespace
