#pragma once
// Path length regularisation [Karras et al. 2019b, "Analyzing and improving the image quality of StyleGAN",
// arXiv:1912.04958, eq. 4]: a step in w is to change the image equally much, wherever and in whatever direction it is
// made.

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

/// A term of the generator's objective, weight E (|J^T y| - a)^2 with w = f(z), J = dG(w)/dw, y ~ N(0, I) of the
/// image's shape, and a the moving average of |J^T y|, in the steps 1, 1 + every, ... only, where it weighs `every`
/// times as much (lazy regularisation, sec. 3.1). It shares the step with the loss; the authors' first code has a step
/// of its own for it and makes up for those by smaller rates, which nothing calls for here. As in the authors' code y
/// is divided by sqrt(H W), a is the average with the present batch in it, and for a w at every level,
/// (N,levels,style), |J^T y|^2 is the mean over the levels. a is a constant here, as eq. 4 has it (in their code one
/// part in 100 of the gradient flows through it).
struct PathLength {
  double weight = 2;
  double decay = 0.01;  ///< a <- a + decay (mean |J^T y| - a), a = 0 at first
  index_t every = 4;    ///< 0: never
  index_t shrink = 2;   ///< only this part of the batch is used, the first N / shrink rows of z: second order is dear
  Tensor<double> average = Tensor<double>::zeros({1});  ///< a

  static constexpr auto members = std::tuple{nn::member("average", &PathLength::average)};

  /// The term for the latents z (N,latent) in step 1, 2, ...; undefined if it is not its turn. g is a generator or its
  /// network that has styles_training(z) -> w and synthesis_training(w), with the labels y of z if it takes classes.
  template <class G, class T>
  [[nodiscard]] Var<T> generator_term(G& g, const Tensor<T>& z, index_t step, Random& rng,
                                      const std::vector<index_t>& y = {}) {
    return term_along(
        g, z, step, [&rng](const Shape& image) { return rng.normal<T>(image); }, y);
  }
  /// The same where picture(shape of the images) gives eq. 4's y.
  template <class G, class T, class Picture>
  [[nodiscard]] Var<T> term_along(G& g, const Tensor<T>& z, index_t step, const Picture& picture,
                                  const std::vector<index_t>& y = {}) {
    check();
    if (every == 0 || (step - 1) % every != 0) return {};
    if constexpr (requires { g.net; }) {
      return term_along(g.net, z, step, picture, y);
    } else {
      require(z.rank() == 2 && z.size(0) > 0, "path_length", "latents z (N,latent) with N > 0 were expected, but the ",
              "shape is ", z.shape(), ".");
      const index_t n = std::max<index_t>(z.size(0) / shrink, 1);
      require(y.empty() || static_cast<index_t>(y.size()) == z.size(0), "path_length", y.size(), " labels came with ",
              "latents of shape ", z.shape(), "; give each its class.");
      const Var<T> few(z.rows(0, n));
      Var<T> w;
      if (y.empty())
        w = g.styles_training(few);
      else if constexpr (requires { g.styles_training(few, y); })
        w = g.styles_training(few, std::vector<index_t>(y.begin(), y.begin() + n));
      else
        fail<ValueError>("path_length", "labels were given, but the generator takes none.");
      const Var<T> x = g.synthesis_training(w);
      return at(x, w, Tensor<T>(picture(x.shape())));
    }
  }

  /// The term for images x (N,H,W,C) computed from latents w, (N,style) or (N,levels,style), and given y of x's shape;
  /// moves the average.
  template <class T>
  [[nodiscard]] Var<T> at(const Var<T>& x, const Var<T>& w, const Tensor<T>& y) {
    const Var<T> lengths = path_lengths(x, w, y);
    double mean_length = 0;
    for (const T length : lengths.value().values()) mean_length += static_cast<double>(length);
    mean_length /= static_cast<double>(lengths.numel());
    const double a = average.item() + decay * (mean_length - average.item());
    average = Tensor<double>({1}, a);
    return mean(square(lengths - static_cast<T>(a))) * static_cast<T>(weight * static_cast<double>(every));
  }

  /// |J^T y| / sqrt(H W) of every sample, (N). J^T y is the gradient of <G(w), y> by w: one gradient, recorded.
  template <class T>
  [[nodiscard]] static Var<T> path_lengths(const Var<T>& x, const Var<T>& w, const Tensor<T>& y) {
    require(x.rank() == 4 && y.shape() == x.shape() && (w.rank() == 2 || w.rank() == 3) && w.size(0) == x.size(0),
            "path_length", "images (N,H,W,C), y of the same shape and w (N,style) or (N,levels,style) were expected, ",
            "but the shapes are ", x.shape(), ", ", y.shape(), " and ", w.shape(), ".");
    const Var<T> g = grad(x, {w}, {.create_graph = true, .output = Var<T>(y)})[0];
    const double levels = w.rank() == 3 ? static_cast<double>(w.size(1)) : 1.0;
    const double pixels = static_cast<double>(x.size(1)) * static_cast<double>(x.size(2));
    return norm(g, w.rank() == 3 ? Axes{1, 2} : Axes{1}) * static_cast<T>(1 / std::sqrt(levels * pixels));
  }

 private:
  void check() const {
    require<ValueError>(std::isfinite(weight) && weight >= 0 && decay > 0 && decay <= 1 && every >= 0 && shrink >= 1,
                        "path_length",
                        "weight and every must be 0 or more, decay in (0, 1] and shrink at least 1, but ", "they are ",
                        weight, ", ", every, ", ", decay, " and ", shrink, ".");
  }
};

GANVAS_END
