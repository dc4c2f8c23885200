#include "ganvas/gan/losses.hpp"

#include <cmath>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/gan/concepts.hpp"

#include "support/catch.hpp"

using namespace ganvas;

static_assert(AdversarialLoss<loss::Minimax> && AdversarialLoss<loss::NonSaturating> &&
              AdversarialLoss<loss::LeastSquares> && AdversarialLoss<loss::Hinge> &&
              AdversarialLoss<loss::Wasserstein>);

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
                   loss::LeastSquares, loss::Hinge, loss::Wasserstein) {
  const TestType l{};
  CHECK(check::gradients([&](const auto& x) { return l.discriminator(x[0], x[1]); }, {real, fake}));
  CHECK(check::gradients([&](const auto& x) { return l.generator(x[0]); }, {fake}));
  CHECK(check::second_gradients([&](const auto& x) { return l.discriminator(x[0], x[1]); }, {real, fake}));
}
