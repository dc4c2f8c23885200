#pragma once
// Parts of the game (gan/part.hpp says what a part can do): weight clipping, auxiliary classes, codes that stay
// readable, feature matching, historical averaging. Augmentations and top-k training have files of their own.

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/losses.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/softmax.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/latent.hpp"
#include "ganvas/gan/part.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

/// w <- min(max(w, -c), c) for every parameter of the critic after its step [Arjovsky et al. 2017, Algorithm 1].
struct ClipWeights {
  double c = 0.01;

  template <class T>
  void after_discriminator(const std::vector<Var<T>>& parameters) const {
    require<ValueError>(c > 0, "clip_weights", "c must be positive, but is ", c, ".");
    const T most = static_cast<T>(c);
    for (Var<T> p : parameters)
      p.update([most](Tensor<T>& w) {
        T* const v = w.mutable_data();
        for (index_t i = 0; i < w.numel(); ++i) v[i] = std::clamp(v[i], -most, most);  // NaN stays
      });
  }
};

/// An auxiliary classifier [Odena et al. 2017 (ACGAN), eq. 2 and 3]: D also says the class, and G wants the class that
/// it was asked for to be recognised. D's head gives logits; cross_entropy applies softmax, once.
///   L_D += weight (CE(D_c(x), y) + CE(D_c(G(z, y')), y'))     L_G += generator_weight CE(D_c(G(z, y')), y')
struct AuxiliaryClassifier {
  double weight = 1;
  double generator_weight = 1;
  bool on_samples = true;  ///< the term of L_D about samples

  template <class T>
  [[nodiscard]] Var<T> discriminator_term(const Round<T>& r) const {
    Var<T> term = cross_entropy(classes(r.real, r.y, "data"), r.y);
    if (on_samples) term = term + cross_entropy(classes(r.fake, r.y_fake, "samples"), r.y_fake);
    return term * static_cast<T>(weight);
  }
  template <class T>
  [[nodiscard]] Var<T> generator_term(const Round<T>& r) const {
    return cross_entropy(classes(r.fake, r.y_fake, "samples"), r.y_fake) * static_cast<T>(generator_weight);
  }

 private:
  template <class T>
  static const Var<T>& classes(const Verdict<T>& verdict, const Labels& y, const char* what) {
    require<ValueError>(verdict.classes.defined(), "auxiliary_classifier", "D says nothing about classes; give it an ",
                        "auxiliary head (Verdict::classes).");
    require<ValueError>(!y.empty(), "auxiliary_classifier", "the ", what, " have no classes; train on labelled data ",
                        "with a generator that takes classes.");
    return verdict.classes;
  }
};

/// InfoGAN [Chen et al. 2016, eq. 5 and 6]: part of z are codes c, and a head Q(c | x) of D must be able to read them
/// from G(z): -lambda L_I is added to both objectives, where L_I is E log Q(c | G(z)) up to the constant H(c).
/// Q gives logits of each categorical code, then one mean for each continuous code, of variance 1: log Q is
/// -1/2 (c - mean)^2 up to a constant.
struct MutualInformation {
  Latent latent;      ///< says where in z the codes are
  double lambda = 1;  ///< of the categorical codes
  double lambda_continuous = 0.1;

  template <class T>
  [[nodiscard]] Var<T> discriminator_term(const Round<T>& r) const {
    return term(r);
  }
  template <class T>
  [[nodiscard]] Var<T> generator_term(const Round<T>& r) const {
    return term(r);
  }

 private:
  template <class T>
  [[nodiscard]] Var<T> term(const Round<T>& r) const {
    const Var<T>& q = r.fake.classes;
    const index_t heads = latent.one_hot() + latent.continuous;
    require<ValueError>(heads > 0, "mutual_information", "z has no codes; give latent categories or continuous codes.");
    require<ValueError>(q.defined() && q.rank() == 2 && q.size(1) == heads, "mutual_information", "D's auxiliary head ",
                        "must give ", heads, " numbers a sample (logits of the categorical codes, then means of the ",
                        "continuous ones).");
    require(r.z.rank() == 2 && r.z.size(1) == latent.size(), "mutual_information", "z has shape ", r.z.shape(),
            " but the latent is of length ", latent.size(), ".");
    const Var<T> z(r.z);
    Var<T> sum;
    index_t at = 0;
    for (const index_t k : latent.categories) {  // - E sum_k c_k log softmax(q)_k
      const Var<T> c = slice(z, 1, latent.noise + at, latent.noise + at + k);
      const Var<T> log_q = log_softmax(slice(q, 1, at, at + k));
      sum = detail::add_term(sum, mean(ganvas::sum(c * log_q, {1})) * static_cast<T>(-lambda));
      at += k;
    }
    if (latent.continuous > 0) {
      const Var<T> c = slice(z, 1, latent.noise + at, latent.size());
      const Var<T> error = ganvas::sum(square(slice(q, 1, at, heads) - c), {1});
      sum = detail::add_term(sum, mean(error) * static_cast<T>(lambda_continuous / 2));
    }
    return sum;
  }
};

/// Feature matching [Salimans et al. 2016, sec. 3.1]: G matches the mean of D's features, ||E f(x) - E f(G(z))||_2^2,
/// in place of its own loss or beside it.
struct FeatureMatching {
  double weight = 1;
  bool alone = true;  ///< in place of L_G

  [[nodiscard]] bool replaces_generator_loss() const { return alone; }
  [[nodiscard]] static bool needs_real() { return true; }

  template <class T>
  [[nodiscard]] Var<T> generator_term(const Round<T>& r) const {
    require<ValueError>(r.real.features.defined() && r.fake.features.defined(), "feature_matching", "D does not show ",
                        "its features; use a discriminator that does (Verdict::features).");
    return sum(square(mean(r.real.features, {0}) - mean(r.fake.features, {0}))) * static_cast<T>(weight);
  }
};

/// Historical averaging [Salimans et al. 2016, sec. 3.3]: each player's objective has the term
/// weight ||theta - 1/t sum_{i=1..t} theta[i]||^2, which keeps it from circling. theta[t] is where it stands before its
/// t-th step.
template <class T = float>
struct HistoricalAveraging {
  double weight = 1e-4;
  std::vector<Tensor<T>> means_g = {}, means_d = {};
  index_t count_g = 0, count_d = 0;

  static constexpr auto members = std::tuple{
      nn::member("count_g", &HistoricalAveraging::count_g), nn::member("count_d", &HistoricalAveraging::count_d),
      nn::member("means_g", &HistoricalAveraging::means_g), nn::member("means_d", &HistoricalAveraging::means_d)};

  void prepare(const std::vector<Var<T>>& g, const std::vector<Var<T>>& d) {
    for (const Var<T>& p : g) means_g.push_back(Tensor<T>::zeros(p.shape()));
    for (const Var<T>& p : d) means_d.push_back(Tensor<T>::zeros(p.shape()));
  }

  [[nodiscard]] Var<T> parameter_term(Player player, const std::vector<Var<T>>& parameters) {
    const bool is_g = player == Player::generator;
    std::vector<Tensor<T>>& means = is_g ? means_g : means_d;
    index_t& count = is_g ? count_g : count_d;
    ++count;
    Var<T> sum;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      T* const m = means.at(i).mutable_data();
      const Tensor<T>& theta = parameters[i].value();
      for (index_t k = 0; k < theta.numel(); ++k) m[k] += (theta.data()[k] - m[k]) / static_cast<T>(count);
      sum = detail::add_term(sum, ganvas::sum(square(parameters[i] - means[i])));
    }
    return sum * static_cast<T>(weight);
  }
};

GANVAS_END
