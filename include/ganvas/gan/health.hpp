#pragma once
// Is the game going well? Losses of a GAN do not say it: they are the two players' against each other. These are rules
// about what does, each with its threshold, and plain words about what to do.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// What can be wrong with a game.
enum class Illness {
  not_finite,             ///< a loss was NaN or infinite
  mode_collapse,          ///< samples are much more alike than data are, or leave modes out
  winning_discriminator,  ///< D tells data and samples apart without doubt, again and again
  vanishing_gradient,     ///< G's gradient is a tiny part of what it was
};
inline constexpr std::size_t illnesses = 4;

/// One finding.
struct HealthEvent {
  index_t step = 0;
  Illness illness = Illness::not_finite;
  std::string text;  ///< what was seen, and advice
};

/// The rules' thresholds.
struct HealthOptions {
  double collapse = 0.3;         ///< mode collapse: diversity of samples below this part of that of data ...
  double modes = 0.9;            ///< or modes covered below this part of all (where they are known) ...
  index_t collapse_times = 3;    ///< ... in so many looks one after the other ...
  index_t collapse_after = 500;  ///< ... after this step: before, a generator has not spread yet
  double sure = 0.98;            ///< winning D: mean sigma(D(x)) above this and mean sigma(D(G(z))) below 1 - this ...
  index_t sure_steps = 500;      ///< ... in the mean over so many steps
  double vanished = 1e-3;        ///< vanishing gradient: G's norm below this part of the largest of ...
  index_t early_steps = 20;      ///< ... so many measurements at first ...
  index_t vanished_times = 5;    ///< ... in so many measurements one after the other
  index_t quiet = 2000;          ///< steps before the same illness is reported again

  void check() const {
    require<ValueError>(collapse > 0 && collapse < 1 && vanished > 0 && vanished < 1 && modes > 0 && modes <= 1 &&
                            sure > 0.5 && sure < 1,
                        "health", "collapse and vanished must be in (0, 1), modes in (0, 1] and sure in (0.5, 1), but ",
                        "they are ", collapse, ", ", vanished, ", ", modes, " and ", sure, ".");
    require<ValueError>(collapse_times >= 1 && sure_steps >= 1 && early_steps >= 1 && vanished_times >= 1, "health",
                        "collapse_times, sure_steps, early_steps and vanished_times must be at least 1, but are ",
                        collapse_times, ", ", sure_steps, ", ", early_steps, " and ", vanished_times, ".");
    require<ValueError>(quiet >= 0 && collapse_after >= 0, "health", "quiet and collapse_after must be 0 or more, but ",
                        "are ", quiet, " and ", collapse_after, ".");
  }
};

/// How different samples are from each other: the mean Euclidean distance between pairs i, i + n/2 of x (N,...). Pairs
/// of samples that are all one give 0.
template <class T>
[[nodiscard]] double diversity(const Tensor<T>& x) {
  require(x.rank() >= 2 && x.size(0) >= 2, "diversity", "at least two samples (N,...) are needed, but x is ", x.shape(),
          ".");
  const index_t pairs = x.size(0) / 2, row = x.numel() / x.size(0);
  double sum = 0;
  for (index_t i = 0; i < pairs; ++i) {
    const T *a = x.data() + i * row, *b = x.data() + (i + pairs) * row;
    double squares = 0;
    for (index_t k = 0; k < row; ++k) {
      const double d = static_cast<double>(a[k]) - static_cast<double>(b[k]);
      squares += d * d;
    }
    sum += std::sqrt(squares);
  }
  return sum / static_cast<double>(pairs);
}

/// Watches a game. Feed it what there is; it returns what is newly wrong.
class Health {
 public:
  /// What the rules have seen on the way to the next finding.
  struct State {
    std::deque<double> real, fake;  ///< opinions of the last steps
    std::vector<double> early;      ///< norms of the first gradients
    index_t small = 0;              ///< measurements one after the other in which the gradient had vanished
    index_t alike = 0;              ///< looks one after the other in which samples were alike
    index_t missing = 0;            ///< and in which modes were missing
  };

  explicit Health(const HealthOptions& options = {}) : o_(options) { o_.check(); }

  /// After a step: mean D(x) and D(G(z)) as probabilities (only for losses whose D is a logit).
  std::vector<HealthEvent> opinions(index_t step, double d_real, double d_fake) {
    s_.real.push_back(d_real);
    s_.fake.push_back(d_fake);
    if (static_cast<index_t>(s_.real.size()) > o_.sure_steps) {
      s_.real.pop_front();
      s_.fake.pop_front();
    }
    if (static_cast<index_t>(s_.real.size()) < o_.sure_steps) return {};
    const double real = mean(s_.real), fake = mean(s_.fake);
    if (!(real > o_.sure && fake < 1 - o_.sure)) return {};
    return report(
        step, Illness::winning_discriminator,
        "The discriminator wins: over the last " + std::to_string(o_.sure_steps) + " steps it gave data " +
            percent(real) + " and samples " + percent(fake) +
            " to be real, so the generator learns little. Try a gradient penalty (R1) or a larger one, a lower "
            "learning rate for D, fewer channels in D, label smoothing or augmentation.");
  }

  /// Norm of G's whole gradient, in any of its steps. What was usual is the largest of the first ones: where the
  /// gradient vanishes early, the others are small already. One small measurement is chance.
  std::vector<HealthEvent> generator_gradient(index_t step, double norm) {
    if (static_cast<index_t>(s_.early.size()) < o_.early_steps) {
      s_.early.push_back(norm);
      return {};
    }
    const double usual = *std::max_element(s_.early.begin(), s_.early.end());
    s_.small = norm < o_.vanished * usual ? s_.small + 1 : 0;
    if (s_.small < o_.vanished_times) return {};
    return report(step, Illness::vanishing_gradient,
                  "The generator's gradient has vanished: its norm is " + number(norm) + ", where up to " +
                      number(usual) + " was usual at first. A saturating loss or a discriminator without doubt does " +
                      "that: use the non-saturating or the hinge loss, a gradient penalty, or a lower learning rate " +
                      "for D.");
  }

  /// A look at data and at samples, as many of each.
  template <class T>
  std::vector<HealthEvent> samples(index_t step, const Tensor<T>& real, const Tensor<T>& fake) {
    const double share = diversity(fake) / std::max(diversity(real), 1e-300);
    s_.alike = step > o_.collapse_after && share < o_.collapse ? s_.alike + 1 : 0;
    if (s_.alike < o_.collapse_times) return {};
    return report(step, Illness::mode_collapse,
                  "The generator has collapsed: its samples differ from each other " + percent(share) +
                      " as much as data do. Try restarts, packing (PacGAN), a gradient penalty (R1, WGAN-GP), "
                      "minibatch standard deviation, or a lower learning rate for G.");
  }

  /// A look at data whose modes are known: of `modes` the samples cover so many.
  std::vector<HealthEvent> modes(index_t step, double covered, double modes) {
    s_.missing = step > o_.collapse_after && covered < o_.modes * modes ? s_.missing + 1 : 0;
    if (s_.missing < o_.collapse_times) return {};
    return report(step, Illness::mode_collapse,
                  "The generator leaves modes out: it covers " + number(covered) + " of " + number(modes) +
                      ". Try restarts, packing (PacGAN), a gradient penalty (R1, WGAN-GP) or a deeper generator.");
  }

  /// A loss that is no number; `where` says where that began. Each one is reported.
  std::vector<HealthEvent> not_finite(index_t step, const std::string& where) {
    events_.push_back({step, Illness::not_finite, where});
    return {events_.back()};
  }

  [[nodiscard]] const std::vector<HealthEvent>& events() const { return events_; }
  [[nodiscard]] const State& state() const { return s_; }
  /// Goes on where another one was.
  void restore(State state, std::vector<HealthEvent> events) {
    s_ = std::move(state);
    events_ = std::move(events);
    last_ = {};
    for (const HealthEvent& e : events_) last_[static_cast<std::size_t>(e.illness)] = std::max<index_t>(e.step, 1);
  }

 private:
  static double mean(const std::deque<double>& v) {
    double sum = 0;
    for (const double x : v) sum += x;
    return sum / static_cast<double>(v.size());
  }
  static std::string number(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", x);
    return text;
  }
  static std::string percent(double x) { return number(100 * x) + " %"; }

  std::vector<HealthEvent> report(index_t step, Illness illness, std::string text) {
    index_t& last = last_[static_cast<std::size_t>(illness)];
    if (last > 0 && step < last + o_.quiet) return {};
    last = std::max<index_t>(step, 1);
    events_.push_back({step, illness, std::move(text)});
    return {events_.back()};
  }

  HealthOptions o_;
  State s_;
  std::array<index_t, illnesses> last_{};
  std::vector<HealthEvent> events_;
};

GANVAS_END
