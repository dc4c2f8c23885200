#include "ganvas/io/float16.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace ganvas::io::detail;

static_assert(to_f16(1.0) == 0x3C00 && to_f16(-2.0) == 0xC000 && to_f16(65504.0) == 0x7BFF && to_f16(0x1p-24) == 1);
static_assert(to_bf16(1.0) == 0x3F80 && from_bf16(0x4049) == 3.140625 && from_f16(0x0400) == 0x1p-14);

TEST_CASE("every 16-bit number survives the way through double", "[io]") {
  int wrong = 0;
  for (int i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const double half = from_f16(bits), brain = from_bf16(bits);
    if (std::isnan(half) ? !std::isnan(from_f16(to_f16(half))) : to_f16(half) != bits) ++wrong;
    if (std::isnan(brain) ? !std::isnan(from_bf16(to_bf16(brain))) : to_bf16(brain) != bits) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("between two neighbours the nearer one is taken, half way the even one", "[io]") {
  int wrong = 0;
  for (int i = 0; i < 0x7BFF; ++i) {
    const auto low = static_cast<std::uint16_t>(i), high = static_cast<std::uint16_t>(i + 1);
    const double a = from_f16(low), b = from_f16(high), middle = (a + b) / 2;
    wrong += to_f16(middle) != (i % 2 == 0 ? low : high);
    wrong += to_f16(std::nextafter(middle, 0.0)) != low;
    wrong += to_f16(std::nextafter(middle, 1e9)) != high;
    wrong += to_f16(-std::nextafter(middle, 1e9)) != (high | 0x8000);
  }
  for (int i = 0; i < 0x7F7F; ++i) {
    const auto low = static_cast<std::uint16_t>(i), high = static_cast<std::uint16_t>(i + 1);
    const double a = from_bf16(low), b = from_bf16(high), middle = (a + b) / 2;
    wrong += to_bf16(middle) != (i % 2 == 0 ? low : high);
    wrong += to_bf16(std::nextafter(middle, 0.0)) != low;
    wrong += to_bf16(std::nextafter(middle, 1e300)) != high;
  }
  CHECK(wrong == 0);
}

TEST_CASE("too large is infinite, too small is zero with its sign", "[io]") {
  CHECK(to_f16(65519.999) == 0x7BFF);
  CHECK(to_f16(65520.0) == 0x7C00);
  CHECK(to_f16(-1e300) == 0xFC00);
  CHECK(to_f16(0x1p-25) == 0);
  CHECK(to_f16(std::nextafter(0x1p-25, 1.0)) == 1);
  CHECK(to_f16(-1e-300) == 0x8000);
  CHECK(to_f16(5e-324) == 0);
  CHECK(to_bf16(-0.0) == 0x8000);
  CHECK(to_bf16(3.4e38) == 0x7F80);
  CHECK(to_bf16(1e-41) == 0);
}
