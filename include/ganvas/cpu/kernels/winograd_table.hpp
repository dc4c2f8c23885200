#pragma once
// Winograd's matrices, and the signatures of the transforms that are compiled once for every instruction set.

#include <cstddef>

#include "ganvas/core/config.hpp"
#include "ganvas/cpu/kernels/gemm_table.hpp"

GANVAS_SHARED_BEGIN

/// F(4 x 4, r x r): squares of 4 x 4 results of a kernel of r x r taps at once, and of 3 where 4 do not fit.
enum class WinogradTile {
  f4x2,  ///< r = 2
  f4x3,  ///< r = 3
  last = f4x3
};

/// The matrices of F(m, r): m results of a correlation of n inputs d with r taps g are  A^T ((G g) . (B^T d)),  with
/// n = m + r - 1 products instead of m r. They say that polynomials are multiplied by their values at n - 1 points and
/// at infinity [Toom 1963, Cook 1966, Winograd 1980; for layers: Lavin and Gray 2016, arXiv 1509.09308]. With points
/// p_k and N_k = prod over l != k of (p_k - p_l):  A^T_ik = p_k^i,  G_kj = p_k^j / N_k,  B^T_k holds the coefficients
/// of prod over l != k of (x - p_l);  at infinity A^T and G pick the last one, and B^T has those of all factors. Which
/// points round least is a matter of search [Barabasz et al. 2018, arXiv 1803.10986]; these were found by trying small
/// fractions on random layers. With 0, 1, -1, 2 the error of F(4, 2) is 1.6 times as large.
///
/// F(3, r) does without the first point. Its B^T_k is multiplied by p_k - p_0, so that both share G: the factors
/// (G g) of the other points serve tiles of 4 and of 3.
template <WinogradTile>
struct Winograd;

/// points -1/2, 0, 1, -3/2
template <>
struct Winograd<WinogradTile::f4x2> {
  static constexpr std::size_t m = 4, r = 2, n = 5;
  static constexpr double at[m][n] = {
      {1, 1, 1, 1, 0}, {-0.5, 0, 1, -1.5, 0}, {0.25, 0, 1, 2.25, 0}, {-0.125, 0, 1, -3.375, 1}};
  static constexpr double g[n][r] = {{4. / 3, -2. / 3}, {-4. / 3, 0}, {4. / 15, 4. / 15}, {-4. / 15, 2. / 5}, {0, 1}};
  static constexpr double bt[n][n] = {{0, -1.5, 0.5, 1, 0},
                                      {-0.75, -1.25, 1, 1, 0},
                                      {0, 0.75, 2, 1, 0},
                                      {0, -0.5, -0.5, 1, 0},
                                      {0, -0.75, -1.25, 1, 1}};
  static constexpr double short_at[m - 1][n - 1] = {{1, 1, 1, 0}, {0, 1, -1.5, 0}, {0, 1, 2.25, 1}};
  static constexpr double short_bt[n - 1][n - 1] = {
      {-0.75, 0.25, 0.5, 0}, {0, 2.25, 1.5, 0}, {0, 1, -1, 0}, {0, -1.5, 0.5, 1}};
};

/// points 0, 3/2, -3/2, 2/3, -2/3
template <>
struct Winograd<WinogradTile::f4x3> {
  static constexpr std::size_t m = 4, r = 3, n = 6;
  static constexpr double at[m][n] = {{1, 1, 1, 1, 1, 0},
                                      {0, 1.5, -1.5, 2. / 3, -2. / 3, 0},
                                      {0, 2.25, 2.25, 4. / 9, 4. / 9, 0},
                                      {0, 3.375, -3.375, 8. / 27, -8. / 27, 1}};
  static constexpr double g[n][r] = {{1, 0, 0},
                                     {8. / 65, 12. / 65, 18. / 65},
                                     {8. / 65, -12. / 65, 18. / 65},
                                     {-81. / 130, -27. / 65, -18. / 65},
                                     {-81. / 130, 27. / 65, -18. / 65},
                                     {0, 0, 1}};
  static constexpr double bt[n][n] = {{1, 0, -97. / 36, 0, 1, 0},       {0, -2. / 3, -4. / 9, 1.5, 1, 0},
                                      {0, 2. / 3, -4. / 9, -1.5, 1, 0}, {0, -1.5, -2.25, 2. / 3, 1, 0},
                                      {0, 1.5, -2.25, -2. / 3, 1, 0},   {0, 1, 0, -97. / 36, 0, 1}};
  static constexpr double short_at[m - 1][n - 1] = {
      {1, 1, 1, 1, 0}, {1.5, -1.5, 2. / 3, -2. / 3, 0}, {2.25, 2.25, 4. / 9, 4. / 9, 1}};
  static constexpr double short_bt[n - 1][n - 1] = {{-1, -2. / 3, 2.25, 1.5, 0},
                                                    {-1, 2. / 3, 2.25, -1.5, 0},
                                                    {-1, -1.5, 4. / 9, 2. / 3, 0},
                                                    {-1, 1.5, 4. / 9, -2. / 3, 0},
                                                    {1, 0, -97. / 36, 0, 1}};
};

/// Which axes of a tile have only 3 results.
struct WinogradShort {
  bool rows, columns;
};

/// A square of vectors X, at pixels[i row + j column], becomes planes: number (i, j) of M X M^T is stored at
/// planes + (i n + j) plane. `count` numbers of each; what is stored is rounded up to whole vectors. A short axis
/// has one pixel less, and no number at i = 0 or j = 0.
template <class T>
using WinogradSpread = void (*)(const T* const* pixels, std::ptrdiff_t row, std::ptrdiff_t column, std::ptrdiff_t count,
                                T* planes, std::ptrdiff_t plane, WinogradShort cut);
/// The way back: planes become pixels, which get the epilogue. What is loaded is rounded up to whole vectors.
template <class T>
using WinogradCollect = void (*)(const T* planes, std::ptrdiff_t plane, std::ptrdiff_t count, T* const* pixels,
                                 std::ptrdiff_t row, std::ptrdiff_t column, WinogradShort cut,
                                 const Epilogue<T>& epilogue);

/// The transforms of one tile: M is B^T for an input, G for a filter, A^T for an output, and their transposes where the
/// gradient goes the other way.
template <class T>
struct WinogradTransforms {
  std::ptrdiff_t m, r;
  WinogradSpread<T> input, filter, output_gradient;
  WinogradCollect<T> output, filter_gradient;
};

template <class T>
struct WinogradKernels {
  WinogradTransforms<T> of[static_cast<int>(WinogradTile::last) + 1];
};

GANVAS_SHARED_END
