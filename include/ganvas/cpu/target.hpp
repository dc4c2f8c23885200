#pragma once
// GANVAS_TARGET_BEGIN("avx2,fma") ... GANVAS_TARGET_END: what is defined between the two is compiled for a larger
// instruction set than the rest of the file, so a program built without -march carries the fast kernels.
// Between them: no #include of standard headers, no OpenMP, no namespace-scope variables; only lists of features,
// never arch=... Vector types stay inside functions: they are no parameters of functions that are not inlined.

#include "ganvas/core/config.hpp"

#if defined(__x86_64__)
#  define GANVAS_X86 1
#  include <immintrin.h>
#else
#  define GANVAS_X86 0
#endif
#if defined(__aarch64__)
#  define GANVAS_ARM64 1
#  include <arm_neon.h>
#else
#  define GANVAS_ARM64 0
#endif

#if defined(__clang__)
#  define GANVAS_TARGET_BEGIN(features) \
    _Pragma(GANVAS_STR(clang attribute push(__attribute__((target(features))), apply_to = function)))
#  define GANVAS_TARGET_END _Pragma("clang attribute pop")
#else
#  define GANVAS_TARGET_BEGIN(features) _Pragma("GCC push_options") _Pragma(GANVAS_STR(GCC target(features)))
#  define GANVAS_TARGET_END _Pragma("GCC pop_options")
#endif
