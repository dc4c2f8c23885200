#include "ganvas/gan/losses.hpp"

#include <cmath>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/gan/any.hpp"
#include "ganvas/gan/concepts.hpp"

#include "support/catch.hpp"

using namespace ganvas;

static_assert(AdversarialLoss<loss::Minimax> && AdversarialLoss<loss::NonSaturating> &&
              AdversarialLoss<loss::LeastSquares> && AdversarialLoss<loss::Hinge> &&
              AdversarialLoss<loss::Wasserstein> && AdversarialLoss<loss::RelativisticPaired> &&
              AdversarialLoss<loss::RelativisticAverage> && AdversarialLoss<loss::Began> && AdversarialLoss<loss::Any>);

namespace {

const Tensor<double> real(Shape{3, 1}, {-1.5, 0.2, 2.0});
const Tensor<double> fake(Shape{3, 1}, {0.7, -0.3, -2.5});

double sigma(double d) { return 1 / (1 + std::exp(-d)); }

/// mean of f over the elements of t
template <class F>
double average(const Tensor<double>& t, const F& f) {
  double s = 0;
  for (const double v : t.values()) s += f(v);
  return s / static_cast<double>(t.numel());
}

}  // namespace

TEST_CASE("each loss is the formula of its paper") {
  const Var<double> r(real), f(fake);
  const double log_d = average(real, [](double d) { return std::log(sigma(d)); });
  const double log_1_d = average(fake, [](double d) { return std::log(1 - sigma(d)); });
  CHECK(loss::Minimax{}.discriminator(r, f).item() == Approx(-(log_d + log_1_d)));
  CHECK(loss::Minimax{}.generator(f).item() == Approx(log_1_d));
  CHECK(loss::NonSaturating{}.discriminator(r, f).item() == Approx(-(log_d + log_1_d)));
  CHECK(loss::NonSaturating{}.generator(f).item() ==
        Approx(-average(fake, [](double d) { return std::log(sigma(d)); })));

  const loss::LeastSquares ls{.a = -1, .b = 1, .c = 0};
  CHECK(ls.discriminator(r, f).item() == Approx(average(real, [](double d) { return (d - 1) * (d - 1) / 2; }) +
                                                average(fake, [](double d) { return (d + 1) * (d + 1) / 2; })));
  CHECK(ls.generator(f).item() == Approx(average(fake, [](double d) { return d * d / 2; })));

  CHECK(loss::Hinge{}.discriminator(r, f).item() ==
        Approx(average(real, [](double d) { return std::max(0.0, 1 - d); }) +
               average(fake, [](double d) { return std::max(0.0, 1 + d); })));
  CHECK(loss::Hinge{}.generator(f).item() == Approx(-average(fake, [](double d) { return d; })));

  const double e_real = average(real, [](double d) { return d; }), e_fake = average(fake, [](double d) { return d; });
  CHECK(loss::Wasserstein{}.discriminator(r, f).item() == Approx(e_fake - e_real));
  CHECK(loss::Wasserstein{}.generator(f).item() == Approx(-e_fake));
}

TEST_CASE("at the optimum of equal distributions D = 0 costs 2 ln 2") {
  const Var<double> zero(Tensor<double>::zeros({4, 1}));
  CHECK(loss::NonSaturating{}.discriminator(zero, zero).item() == Approx(2 * std::log(2.0)));
}

TEST_CASE("the losses stay finite where probabilities do not") {
  const Var<float> sure(Tensor<float>(Shape{1, 1}, 200.0F)), wrong(Tensor<float>(Shape{1, 1}, -200.0F));
  CHECK(loss::NonSaturating{}.discriminator(wrong, sure).item() == Approx(400));
  CHECK(loss::NonSaturating{}.generator(wrong).item() == Approx(200));
  CHECK(std::isfinite(loss::Minimax{}.generator(sure).item()));
}

TEST_CASE("the saturating generator's gradient vanishes where D is sure, the non-saturating one's does not") {
  const auto slope = [](const auto& l) {
    const auto d = Var<double>::variable(Tensor<double>(Shape{1, 1}, -10.0));
    return std::abs(grad(l.generator(d), {d})[0].item());
  };
  CHECK(slope(loss::Minimax{}) < 1e-4);
  CHECK(slope(loss::NonSaturating{}) > 0.99);
}

TEMPLATE_TEST_CASE("every loss has the gradients that differences have", "", loss::Minimax, loss::NonSaturating,
                   loss::LeastSquares, loss::Hinge, loss::Wasserstein, loss::RelativisticPaired,
                   loss::RelativisticAverage, loss::Began) {
  TestType l{};
  if constexpr (requires { l.k; }) l.k = Tensor<double>::scalar(0.375);
  const auto loss_d = [&](const auto& x) { return l.discriminator(x[0], x[1]); };
  CHECK(check::gradients(loss_d, {real, fake}));
  CHECK(check::second_gradients(loss_d, {real, fake}));
  if constexpr (requires(Var<double> d) { l.generator(d, d); }) {
    const auto loss_g = [&](const auto& x) { return l.generator(x[0], x[1]); };
    CHECK(check::gradients(loss_g, {real, fake}));
    CHECK(check::second_gradients(loss_g, {real, fake}));
  } else {
    const auto loss_g = [&](const auto& x) { return l.generator(x[0]); };
    CHECK(check::gradients(loss_g, {fake}));
    CHECK(check::second_gradients(loss_g, {fake}));
  }
}

TEST_CASE("relativistic losses are the formulas of their papers, data in the generator's too") {
  const Var<double> r(real), f(fake);
  double d_pairs = 0, g_pairs = 0;
  for (index_t i = 0; i < 3; ++i) {
    d_pairs -= std::log(sigma(real(i, 0) - fake(i, 0))) / 3;
    g_pairs -= std::log(sigma(fake(i, 0) - real(i, 0))) / 3;
  }
  CHECK(loss::RelativisticPaired{}.discriminator(r, f).item() == Approx(d_pairs));
  CHECK(loss::RelativisticPaired{}.generator(r, f).item() == Approx(g_pairs));

  const double e_real = average(real, [](double d) { return d; }), e_fake = average(fake, [](double d) { return d; });
  const auto log_more = [&](const Tensor<double>& t, double than) {
    return average(t, [&](double d) { return std::log(sigma(d - than)); });
  };
  const auto log_less = [&](const Tensor<double>& t, double than) {
    return average(t, [&](double d) { return std::log(1 - sigma(d - than)); });
  };
  CHECK(loss::RelativisticAverage{}.discriminator(r, f).item() ==
        Approx(-(log_more(real, e_fake) + log_less(fake, e_real)) / 2));
  CHECK(loss::RelativisticAverage{}.generator(r, f).item() ==
        Approx(-(log_less(real, e_fake) + log_more(fake, e_real)) / 2));
}

TEST_CASE("smoothed labels: data are real with that probability; outside [0, 1] they are refused") {
  const Var<double> r(real), f(fake);
  const double expected = -average(real, [](double d) {
    return 0.9 * std::log(sigma(d)) + 0.1 * std::log(1 - sigma(d));
  }) - average(fake, [](double d) { return std::log(1 - sigma(d)); });
  CHECK(loss::NonSaturating{.real_label = 0.9}.discriminator(r, f).item() == Approx(expected));
  CHECK(loss::Minimax{.real_label = 0.9}.discriminator(r, f).item() == Approx(expected));
  CHECK_THROWS_AS(loss::NonSaturating{.real_label = 1.5}.discriminator(r, f), ValueError);
}

TEST_CASE("BEGAN's balance follows its rule and stays in [0, 1]") {
  loss::Began began{.gamma = 0.5, .lambda = 0.1};
  const Var<double> r(Tensor<double>(Shape{2, 1}, {1, 3})), f(Tensor<double>(Shape{2, 1}, {0.5, 0.5}));
  CHECK(began.discriminator(r, f).item() == Approx(2));  // k_0 = 0
  began.after_generator(2, 0.5);
  CHECK(began.k.item() == Approx(0.1 * (0.5 * 2 - 0.5)));
  CHECK(began.measure.item() == Approx(2 + 0.5));
  CHECK(began.discriminator(r, f).item() == Approx(2 - 0.05 * 0.5));
  began.after_generator(0, 100);
  CHECK(began.k.item() == 0);
  for (int i = 0; i < 50; ++i) began.after_generator(2, 0);
  CHECK(began.k.item() == 1);
}

TEST_CASE("a loss that is chosen when the program runs is the one that was chosen") {
  const Var<double> r(real), f(fake);
  const auto same = [&](const auto& l) {
    const loss::Any any(l);
    CHECK(any.discriminator(r, f).item() == l.discriminator(r, f).item());
    CHECK(any.logits == std::remove_cvref_t<decltype(l)>::logits);
    constexpr bool two = requires { l.generator(r, f); };
    CHECK(any.looks_at_data() == two);
    if constexpr (two)
      CHECK(any.generator(r, f).item() == l.generator(r, f).item());
    else
      CHECK(any.generator(Var<double>(), f).item() == l.generator(f).item());
  };
  same(loss::Minimax{});
  same(loss::NonSaturating{.real_label = 0.8});
  same(loss::LeastSquares{.a = -1, .b = 1, .c = 0});
  same(loss::Hinge{});
  same(loss::Wasserstein{});
  same(loss::RelativisticPaired{});
  same(loss::RelativisticAverage{});
  loss::Any any(loss::Began{.lambda = 0.1});
  any.after_generator(2, 0.5);
  CHECK(any.k.item() == Approx(0.05));
  CHECK(any.discriminator(Var<double>(Tensor<double>(Shape{1, 1}, 2.0)), Var<double>(Tensor<double>(Shape{1, 1}, 1.0)))
            .item() == Approx(2 - 0.05));
}
