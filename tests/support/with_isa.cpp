// with_isa avx2 PROGRAM ARGUMENTS...: runs the program on that instruction set, or says why this machine cannot (exit
// code 77, which ctest shows as skipped).
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "ganvas/cpu/dispatch.hpp"

int main(int argc, char* argv[]) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: with_isa scalar|avx2|avx512|neon PROGRAM ARGUMENTS...\n");
    return 2;
  }
  setenv("GANVAS_ISA", argv[1], 1);
  try {
    std::printf("kernels: %s\n", ganvas::cpu::kernels<float>().name);
  } catch (const ganvas::Error& e) {
    std::printf("skipped: %s\n", e.what());
    return 77;
  }
  std::fflush(stdout);
  execv(argv[2], argv + 2);
  std::perror(argv[2]);
  return 2;
}
