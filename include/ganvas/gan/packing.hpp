#pragma once
// PacGAN [Lin et al. 2018, sec. 2]: D judges m samples at once. A generator that has lost modes shows it in a pack
// before it shows it in one sample.

#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"

GANVAS_BEGIN

/// Samples (N,...,C) -> (N/m,...,mC): the channels of m samples that follow each other, side by side. Only D's first
/// layer becomes wider.
template <class T>
[[nodiscard]] Var<T> pack(const Var<T>& x, index_t m) {
  require(x.rank() >= 2 && m >= 1 && x.size(0) % m == 0, "pack", "samples of shape ", x.shape(),
          " do not go into packs ", "of ", m, ": the number of samples must divide by it.");
  const index_t packs = x.size(0) / m, channels = x.size(-1);
  const index_t places = packs == 0 || channels == 0 ? 0 : x.numel() / (x.size(0) * channels);
  // (N/m, m, places, C) -> (N/m, places, m, C)
  const Var<T> y = permute(reshape(x, Shape{packs, m, places, channels}), {0, 2, 1, 3});
  return reshape(y, x.shape().with(0, packs).with(-1, m * channels));
}

/// The inverse of pack(): packs (N/m,...,mC) -> samples (N,...,C).
template <class T>
[[nodiscard]] Var<T> unpack(const Var<T>& x, index_t m) {
  require(x.rank() >= 2 && m >= 1 && x.size(-1) % m == 0, "unpack", "packs of shape ", x.shape(), " are none of ", m,
          " samples: the number of channels must divide by it.");
  const index_t packs = x.size(0), channels = x.size(-1) / m;
  const index_t places = packs == 0 || channels == 0 ? 0 : x.numel() / (packs * m * channels);
  // (N/m, places, m, C) -> (N/m, m, places, C)
  const Var<T> y = permute(reshape(x, Shape{packs, places, m, channels}), {0, 2, 1, 3});
  return reshape(y, x.shape().with(0, packs * m).with(-1, channels));
}

GANVAS_END
