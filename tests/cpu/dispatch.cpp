#include "ganvas/cpu/dispatch.hpp"

#include <cstdlib>
#include <string>

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("the table is the one GANVAS_ISA names, or the widest of the machine") {
  const std::string name = cpu::kernels<float>().name;
  const char* forced = std::getenv("GANVAS_ISA");
  if (forced != nullptr && *forced != '\0') {
    CHECK(name == forced);
  } else {
#if defined(__x86_64__)
    const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    CHECK((name == "scalar") == !wide);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
      CHECK(name == "avx512");
#endif
  }
  CHECK(name == cpu::kernels<double>().name);
  CHECK(cpu::kernels<float>().width >= cpu::kernels<double>().width);
}
