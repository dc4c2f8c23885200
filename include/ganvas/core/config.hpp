#pragma once
// Version, ABI tag and portability macros. Every macro of the library is defined here or in cpu/target.hpp.

#include <cstddef>

#define GANVAS_VERSION_MAJOR 0
#define GANVAS_VERSION_MINOR 1
#define GANVAS_VERSION_PATCH 0
#define GANVAS_VERSION "0.1.0"

// Objects compiled with different flags may meet in one program. Whatever changes the code that is generated for an
// inline function is part of the name of the inline namespace, so the linker never merges two different bodies.
#if defined(_OPENMP)
#  define GANVAS_TAG_OMP omp
#else
#  define GANVAS_TAG_OMP seq
#endif
#if defined(__AVX512F__)
#  define GANVAS_TAG_ISA b512
#elif defined(__AVX2__)
#  define GANVAS_TAG_ISA b256
#else
#  define GANVAS_TAG_ISA b128
#endif
#if defined(GANVAS_COMPILED)
#  define GANVAS_TAG_LIB lib
#else
#  define GANVAS_TAG_LIB hdr
#endif
#define GANVAS_JOIN_(a, b, c, d) a##_##b##_##c##_##d
#define GANVAS_JOIN(a, b, c, d) GANVAS_JOIN_(a, b, c, d)
#define GANVAS_ABI GANVAS_JOIN(v0, GANVAS_TAG_ISA, GANVAS_TAG_OMP, GANVAS_TAG_LIB)

#define GANVAS_BEGIN \
  namespace ganvas { \
  inline namespace GANVAS_ABI {
#define GANVAS_END \
  }                \
  }

#define GANVAS_STR(...) #__VA_ARGS__
#if defined(_OPENMP)
#  define GANVAS_OMP(...) _Pragma(GANVAS_STR(omp __VA_ARGS__))
#else
#  define GANVAS_OMP(...)
#endif

// g++ -fsanitize=thread: see parallel.hpp. clang++ needs nothing here, its OpenMP library has a tool for it (Archer).
#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#  define GANVAS_TSAN 1
#  define GANVAS_NO_TSAN __attribute__((no_sanitize("thread")))
#else
#  define GANVAS_TSAN 0
#  define GANVAS_NO_TSAN
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#  define GANVAS_RESTRICT __restrict
#  define GANVAS_INLINE __forceinline
#else
#  define GANVAS_RESTRICT __restrict__
#  define GANVAS_INLINE inline __attribute__((always_inline))
#endif

GANVAS_BEGIN

/// Sizes, indices and strides. Signed, so that differences are what they look like.
using index_t = std::ptrdiff_t;

GANVAS_END
