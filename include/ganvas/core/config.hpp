#pragma once
// Version, ABI tag and portability macros. Every macro of the library is defined here or in cpu/target.hpp.

#include <cstddef>

#define GANVAS_VERSION_MAJOR 0
#define GANVAS_VERSION_MINOR 1
#define GANVAS_VERSION_PATCH 0
#define GANVAS_VERSION "0.1.0"

#if !defined(__GNUC__)
#  error "ganvas needs g++ 12, clang++ 14 or newer (on Windows: clang or MinGW)"
#endif

// Objects compiled with different flags may meet in one program. The flags that change what an inline function becomes
// are part of the name of the inline namespace, so the linker does not take one's body for the other's: the version,
// the vector instructions (-msse4.1, -mavx, -mfma, -mavx2, -mavx512f), -ffast-math, -fopenmp and the use of
// ganvas::compiled. Objects that exchange ganvas types must agree in all of these. The linker sees that they do not
// where a name holds a ganvas type, not where a struct of the user's hides one. (Sanitizers are not in the name:
// compile all objects with them or none. Nor are Eigen's own functions in this namespace: where objects of different -m
// flags meet, those that Eigen did not inline are one compiler's choice, as in every program that uses Eigen.)
#define GANVAS_VERSION_TAG v0_1
#if defined(__AVX512F__) && defined(__FMA__)
#  define GANVAS_TAG_ISA b512f
#elif defined(__AVX512F__)
#  define GANVAS_TAG_ISA b512
#elif defined(__AVX2__) && defined(__FMA__)
#  define GANVAS_TAG_ISA b256f
#elif defined(__AVX2__)
#  define GANVAS_TAG_ISA b256
#elif defined(__AVX__) && defined(__FMA__)
#  define GANVAS_TAG_ISA b128xf
#elif defined(__AVX__)
#  define GANVAS_TAG_ISA b128x
#elif defined(__SSE4_1__)
#  define GANVAS_TAG_ISA b128s
#else
#  define GANVAS_TAG_ISA b128
#endif
#if defined(__FAST_MATH__)
#  define GANVAS_TAG_MATH fast
#else
#  define GANVAS_TAG_MATH ieee
#endif
#if defined(_OPENMP)
#  define GANVAS_TAG_OMP omp
#else
#  define GANVAS_TAG_OMP seq
#endif
#if defined(GANVAS_COMPILED)
#  define GANVAS_TAG_LIB lib
#else
#  define GANVAS_TAG_LIB hdr
#endif
#define GANVAS_JOIN_(a, b, c, d, e) a##_##b##_##c##_##d##_##e
#define GANVAS_JOIN(a, b, c, d, e) GANVAS_JOIN_(a, b, c, d, e)
#define GANVAS_ABI GANVAS_JOIN(GANVAS_VERSION_TAG, GANVAS_TAG_ISA, GANVAS_TAG_MATH, GANVAS_TAG_OMP, GANVAS_TAG_LIB)

#define GANVAS_BEGIN \
  namespace ganvas { \
  inline namespace GANVAS_ABI {
#define GANVAS_END \
  }                \
  }

// For what objects compiled with different flags share (cpu/table.hpp): only the version is in its name.
#define GANVAS_SHARED_BEGIN \
  namespace ganvas::abi {   \
  inline namespace GANVAS_VERSION_TAG {
#define GANVAS_SHARED_END \
  }                       \
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

// GANVAS_INSTANCE(Var<float> relu(const Var<float>&)): ganvas::compiled holds this instance of a template, programs
// that link it need not compile it. It holds those for the compiler's own choice of instructions, with and without
// OpenMP; objects compiled with -march or -ffast-math are of another namespace (above) and make their own.
#if !defined(GANVAS_COMPILED) || defined(__SSE4_1__) || defined(__FAST_MATH__)
#  define GANVAS_INSTANCE(...)
#elif defined(GANVAS_MAKE_INSTANCES)
#  define GANVAS_INSTANCE(...) template __VA_ARGS__;
#else
#  define GANVAS_INSTANCE(...) extern template __VA_ARGS__;
#endif

#define GANVAS_RESTRICT __restrict__
#define GANVAS_INLINE inline __attribute__((always_inline))

GANVAS_BEGIN

/// Sizes, indices and strides. Signed, so that differences are what they look like.
using index_t = std::ptrdiff_t;

GANVAS_END
