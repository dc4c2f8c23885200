#pragma once
// The augmentations of StyleGAN2-ADA [Karras et al. 2020, "Training generative adversarial networks with limited data",
// app. B and fig. 2]: each happens to an image with probability p. Pixel blitting and geometry are one affine map, the
// colours another, so an image is sampled once and multiplied once, however much happens to it.
//
// Deviations from the paper. It samples images enlarged twice by an orthogonal wavelet and filters before it shrinks
// them; here bilinear interpolation reads the image itself. So fractional moves blur more (the finest details of a
// moved image reach D weaker, and G gets less gradient for them), and images that are scaled down much alias. Data and
// samples are treated alike, so the optimum stays where it is. The paper's filters, noise and cutout are left out, as
// in its recommended set. Luma is flipped in colour images only, and images that are not square turn by 180 degrees.

#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <numbers>
#include <utility>
#include <vector>

#include "ganvas/autograd/affine.hpp"
#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/augment_map.hpp"
#include "ganvas/gan/augment_noise.hpp"

GANVAS_BEGIN

/// What happens to one image, in this order; the defaults are: nothing.
struct PipelineDraw {
  bool flip = false;            ///< left and right change places
  index_t quarter_turns = 0;    ///< counter-clockwise, as all angles
  index_t down = 0, right = 0;  ///< pixels
  double scale = 1;
  double turn_before = 0;  ///< radians
  double stretch = 1;      ///< columns times stretch, rows divided by it
  double turn_after = 0;
  double down_part = 0, right_part = 0;  ///< of the image's extents
  double brightness = 0;                 ///< is added
  double contrast = 1;
  bool luma_flip = false;
  double hue = 0;  ///< radians
  double saturation = 1;

  /// Where pixel (h,w) of the result lies in an image of these extents: the inverse of all moves, about the centre.
  [[nodiscard]] AffineMap source(index_t height, index_t width) const {
    constexpr std::array<double, 4> cosine{1, 0, -1, 0};  // exact, so that pixels stay what they are
    const auto turns = static_cast<std::size_t>((quarter_turns % 4 + 4) % 4);
    const auto rows = static_cast<double>(height), columns = static_cast<double>(width);
    const double h = (rows - 1) / 2, w = (columns - 1) / 2;
    return AffineMap::shift(h, w) * AffineMap::scale(1, flip ? -1 : 1) *
           AffineMap::rotation(cosine[turns], cosine[(turns + 3) % 4]) *
           AffineMap::shift(-static_cast<double>(down), -static_cast<double>(right)) *
           AffineMap::scale(1 / scale, 1 / scale) * AffineMap::rotation(turn_before) *
           AffineMap::scale(stretch, 1 / stretch) * AffineMap::rotation(turn_after) *
           AffineMap::shift(-down_part * rows, -right_part * columns) * AffineMap::shift(-h, -w);
  }
};

/// Which transformations there are and how strong: the paper's names and numbers.
struct AugmentPipeline {
  bool blit = true;           ///< x-flip, turns by 90 degrees, integer translation
  bool geometry = true;       ///< isotropic scaling, rotation, anisotropic scaling, fractional translation
  bool color = true;          ///< brightness, contrast; of RGB also luma flip, hue, saturation
  double shift = 0.125;       ///< integer translation ~ U(-shift, shift) of the image's extents
  double scale = 0.2;         ///< s = 2^N(0, scale^2)
  double stretch = 0.2;       ///< s = 2^N(0, stretch^2)
  double rotation = 1;        ///< ~ U(-rotation, rotation) of 180 degrees, before and after stretching
  double shift_part = 0.125;  ///< fractional translation ~ N(0, shift_part^2) of the image's extents
  double brightness = 0.2;    ///< b ~ N(0, brightness^2); pixels are in [-1, 1]
  double contrast = 0.5;      ///< k = 2^N(0, contrast^2)
  double hue = 1;             ///< ~ U(-hue, hue) of 180 degrees
  double saturation = 1;      ///< s = 2^N(0, saturation^2)

  /// Throws ValueError for strengths that make no sense.
  void check() const {
    for (const auto& [name, strength] :
         {std::pair{"shift", shift}, std::pair{"scale", scale}, std::pair{"stretch", stretch},
          std::pair{"rotation", rotation}, std::pair{"shift_part", shift_part}, std::pair{"brightness", brightness},
          std::pair{"contrast", contrast}, std::pair{"hue", hue}, std::pair{"saturation", saturation}})
      require<ValueError>(strength >= 0 && strength <= 8, "augment", name,
                          " must lie in [0, 8] (the strengths of the paper are at most 1), but is ", strength, ".");
  }

  /// One draw a sample for images of shape x. Each transformation is drawn with probability p; of the two rotations,
  /// one at least. As in the paper, what a flip, a turn and a luma flip are drawn from contains the identity.
  [[nodiscard]] std::vector<PipelineDraw> draw(const Shape& x, double p, Random& rng) const;

  /// The transformed images for given draws; outside an image stands its reflection. x itself if nothing happens.
  template <class T>
  [[nodiscard]] Var<T> apply(const Var<T>& x, const std::vector<PipelineDraw>& draws) const {
    detail::check_draws("augment", x.shape(), draws);
    if (x.numel() == 0) return x;
    return recolor(move(x, draws), draws);
  }

 private:
  template <class T>
  [[nodiscard]] static Var<T> move(const Var<T>& x, const std::vector<PipelineDraw>& draws);
  template <class T>
  [[nodiscard]] static Var<T> recolor(const Var<T>& x, const std::vector<PipelineDraw>& draws);
};

inline std::vector<PipelineDraw> AugmentPipeline::draw(const Shape& x, double p, Random& rng) const {
  check();
  detail::check_images("augment", x);
  require<ValueError>(p >= 0 && p <= 1, "augment", "the probability p must lie in [0, 1], but is ", p, ".");
  const bool rgb = x[3] == 3;
  require(!color || rgb || x[3] == 1, "augment", "the colours of images ", x,
          " cannot be changed: they are neither grey (1 channel) nor RGB (3 channels); set color = false.");
  const index_t n = x[0];
  const Tensor<double> uniforms = rng.uniform<double>(Shape{n, 21}), normals = rng.normal<double>(Shape{n, 7});
  const double* u = uniforms.data();
  const double* z = normals.data();
  const auto within = [&u](double range) { return (2 * *u++ - 1) * range; };
  const auto normal = [&z](double deviation) { return deviation * *z++; };
  const auto happens = [&u](double chance) { return *u++ < chance; };
  const auto pixels = [](double part, index_t extent) {
    return static_cast<index_t>(std::lround(part * static_cast<double>(extent)));
  };
  constexpr double pi = std::numbers::pi;
  const double p_rotation = 1 - std::sqrt(1 - p);  // P(before or after) = p

  std::vector<PipelineDraw> draws(static_cast<std::size_t>(n));
  for (PipelineDraw& d : draws) {
    if (blit) {
      const bool flip = *u++ < 0.5;
      const auto quarters = static_cast<index_t>(4 * *u++);
      const double down = within(shift), right = within(shift);
      if (happens(p)) d.flip = flip;
      if (happens(p)) d.quarter_turns = x[1] == x[2] ? quarters : quarters / 2 * 2;
      if (happens(p)) {
        d.down = pixels(down, x[1]);
        d.right = pixels(right, x[2]);
      }
    }
    if (geometry) {
      const double s = std::exp2(normal(scale)), before = within(rotation * pi), a = std::exp2(normal(stretch)),
                   after = within(rotation * pi), down = normal(shift_part), right = normal(shift_part);
      if (happens(p)) d.scale = s;
      if (happens(p_rotation)) d.turn_before = before;
      if (happens(p)) d.stretch = a;
      if (happens(p_rotation)) d.turn_after = after;
      if (happens(p)) {
        d.down_part = down;
        d.right_part = right;
      }
    }
    if (color) {
      const double b = normal(brightness), k = std::exp2(normal(contrast)), theta = within(hue * pi),
                   s = std::exp2(normal(saturation));
      const bool flip = *u++ < 0.5;
      if (happens(p)) d.brightness = b;
      if (happens(p)) d.contrast = k;
      if (rgb && happens(p)) d.luma_flip = flip;
      if (rgb && happens(p)) d.hue = theta;
      if (rgb && happens(p)) d.saturation = s;
    }
  }
  return draws;
}

template <class T>
Var<T> AugmentPipeline::move(const Var<T>& x, const std::vector<PipelineDraw>& draws) {
  Tensor<double> maps(Shape{x.size(0), 2, 3});
  double* a = maps.mutable_data();
  bool moves = false;
  for (const PipelineDraw& d : draws) {
    const AffineMap m = d.source(x.size(1), x.size(2));
    moves = moves || m != AffineMap{};
    for (const double v : {m.hh, m.hw, m.h0, m.wh, m.ww, m.w0}) *a++ = v;
  }
  return moves ? affine_sample(x, maps, PadMode::reflect) : x;
}

/// The paper multiplies x by brightness, contrast, luma flip, hue and saturation, one 4 x 4 matrix each. Let J take a
/// pixel to its grey, J = v v^T with v = (1,1,1) / sqrt 3, and K = v x turn its colour by 90 degrees about grey. All
/// of them commute and J K = 0, so with brightness b, contrast k, f = -1 for a luma flip (else 1), hue theta and
/// saturation s the product is
///   y = k (f J + s (cos theta (I - J) + sin theta K)) x + k f b (1,1,1)^T,
/// where cos theta (I - J) + sin theta K is the rotation of colours. Of grey images k f x + k f b is left.
template <class T>
Var<T> AugmentPipeline::recolor(const Var<T>& x, const std::vector<PipelineDraw>& draws) {
  bool recolors = false;
  for (const PipelineDraw& d : draws)
    recolors = recolors || d.brightness != 0 || d.contrast != 1 || d.luma_flip || d.hue != 0 || d.saturation != 1;
  if (!recolors) return x;
  const index_t n = x.size(0), channels = x.size(3);
  const auto factor = [](const PipelineDraw& d) { return d.luma_flip ? -d.contrast : d.contrast; };
  const Var<T> added =
      detail::one_each<T>(draws, [&](const PipelineDraw& d) { return factor(d) * d.brightness; });  // (N,1,1,1)
  if (channels == 1) return x * detail::one_each<T>(draws, factor) + added;
  require(channels == 3, "augment", "colours can be changed of grey images or RGB, but the images are ", x.shape(),
          "; set color = false.");
  Tensor<T> matrices(Shape{n, 3, 3});
  T* m = matrices.mutable_data();
  for (const PipelineDraw& d : draws) {
    const double c = d.saturation * std::cos(d.hue), s = d.saturation * std::sin(d.hue) / std::numbers::sqrt3;
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) {
        const double grey = 1.0 / 3, k = i == j ? 0 : (j - i + 3) % 3 == 1 ? -s : s;
        *m++ = static_cast<T>(factor(d) * grey + d.contrast * (c * ((i == j ? 1 : 0) - grey) + k));
      }
  }
  const Var<T> pixels = reshape(x, Shape{n, x.size(1) * x.size(2), 3});
  return reshape(matmul(pixels, Var<T>(std::move(matrices)), false, true), x.shape()) + added;
}

GANVAS_END
