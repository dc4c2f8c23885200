// Adam and AdamW against Algorithm 1 of Kingma and Ba, one number at a time.
#include "ganvas/optim/adam.hpp"

#include "nn/close.hpp"
#include "optim/naive.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using naive::Number;

namespace {

/// Algorithm 1. l2 is added to the gradient, decay shrinks the weight itself.
template <class Options>
auto algorithm(const Options& o, double l2, double decay) {
  return [=](Number w, Number g, int t, std::vector<Number>& memory) {
    Number &m = memory[0], &v = memory[1];
    const Number b1 = o.beta1, b2 = o.beta2;
    g += l2 * w;
    w -= o.lr * decay * w;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    const Number m_hat = m / (1 - std::pow(b1, Number(t)));
    const Number v_hat = v / (1 - std::pow(b2, Number(t)));
    return w - o.lr * m_hat / (std::sqrt(v_hat) + o.eps);
  };
}

template <class Options>
void compare(const Options& o, double l2, double decay) {
  for (const index_t n : naive::sizes) {
    INFO("n = " << n);
    CHECK(naive::worst_error<double>(o, n, algorithm(o, l2, decay)) < 1e-12);
    CHECK(naive::worst_error<float>(o, n, algorithm(o, l2, decay)) < 1e-5);
  }
}

}  // namespace

TEST_CASE("adam follows the paper") {
  compare(optim::Adam{}, 0, 0);
  compare(optim::Adam{.lr = 2e-4, .beta1 = 0.5}, 0, 0);
  compare(optim::Adam{.lr = 0.01, .beta1 = 0, .beta2 = 0.9, .eps = 1e-3}, 0, 0);
  compare(optim::Adam{.lr = 0.05, .weight_decay = 0.1}, 0.1, 0);
}

TEST_CASE("adamw decays the weight, not the gradient") {
  compare(optim::AdamW{}, 0, 0.01);
  compare(optim::AdamW{.lr = 0.05, .beta1 = 0.8, .weight_decay = 0.3}, 0, 0.3);
}

TEMPLATE_TEST_CASE("a decay far below the last place of 1 acts in the mean", "", float, double) {
  using T = TestType;
  const index_t n = 40001;
  Random rng(5);
  const Tensor<T> start = rng.uniform<T>({n}, T(1), T(2));
  const auto with = Var<T>::variable(start), without = Var<T>::variable(start);
  auto decays = optim::make(optim::AdamW{.lr = 2e-4, .eps = 0.1, .weight_decay = 1e-4}, std::vector<Var<T>>{with});
  auto stays = optim::make(optim::AdamW{.lr = 2e-4, .eps = 0.1, .weight_decay = 0}, std::vector<Var<T>>{without});
  double expected = 0;  // eps makes every step's length depend on its gradient, so roundings cancel in the mean
  for (int t = 0; t < 10; ++t) {
    for (const T w : without.value().values()) expected -= 2e-4 * 1e-4 * static_cast<double>(w);
    const std::vector<Tensor<T>> g{rng.normal<T>({n})};
    decays.step(g);
    stays.step(g);
  }
  double found = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
    found += static_cast<double>(with.value().values()[i]) - static_cast<double>(without.value().values()[i]);
  CHECK(found == Approx(expected).epsilon(0.02));
}

TEST_CASE("the first step has the length lr whatever the gradient's size") {
  const auto w = Var<double>::variable(Tensor<double>({3}, {0, 0, 0}));
  auto opt = optim::make(optim::Adam{.lr = 0.25, .eps = 0}, std::vector<Var<double>>{w});
  opt.step(std::vector<Tensor<double>>{Tensor<double>({3}, {1e-6, -3, 1e6})});
  CHECK(distance(w.value(), Tensor<double>({3}, {-0.25, 0.25, -0.25})) < 1e-12);
}

TEST_CASE("the same bits for any number of threads", "[threads]") {
  CHECK(same_for_any_threads([] {
    Random rng(3);
    const auto w = Var<float>::variable(rng.normal<float>({100003}));
    auto opt = optim::make(optim::Adam{.lr = 0.01}, std::vector<Var<float>>{w});
    for (int i = 0; i < 3; ++i) opt.step(std::vector<Tensor<float>>{rng.normal<float>({100003})});
    return std::vector<Tensor<float>>{w.value(), opt.state().tensors[0].value, opt.state().tensors[1].value};
  }));
}

TEST_CASE("adam: options outside their domain get a sentence") {
  const auto refuse = [](const auto& o) {
    return sentence<ValueError>([&] { static_cast<void>(optim::make(o, std::vector<Var<float>>{})); });
  };
  CHECK_THAT(refuse(optim::Adam{.lr = -1}), Contains("[adam] lr must be 0 or more, but is -1."));
  CHECK_THAT(refuse(optim::Adam{.beta1 = 1}), Contains("beta1 must be in [0, 1), but is 1."));
  CHECK_THAT(refuse(optim::Adam{.beta2 = -0.5}), Contains("beta2"));
  CHECK_THAT(refuse(optim::Adam{.eps = -1}), Contains("eps"));
  CHECK_THAT(refuse(optim::AdamW{.weight_decay = -1}), Contains("[adamw] weight_decay"));
  CHECK_THAT(refuse(optim::Adam{.lr = std::nan("")}), Contains("lr"));
  CHECK_THAT(refuse(optim::Adam{.lr = std::numeric_limits<double>::infinity()}),
             Contains("[adam] lr must be finite, but is inf."));
  CHECK_THAT(refuse(optim::Adam{.eps = std::numeric_limits<double>::infinity()}), Contains("eps must be finite"));
  CHECK_THAT(refuse(optim::AdamW{.weight_decay = std::numeric_limits<double>::infinity()}),
             Contains("weight_decay must be finite"));
}
