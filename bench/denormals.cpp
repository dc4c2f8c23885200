// Do numbers too small for a full mantissa slow a kernel down? They appear in training where a unit dies or a gradient
// vanishes, and cost a processor tens of times an ordinary operation unless kernels flush them to zero. Every kernel is
// timed in turn on
//   normal     numbers around 1
//   denormal   numbers around 1e-40
//   products   numbers around 1e-20, whose products and squares are denormal
// min_ms is the time of the normal ones; denormal_x and products_x are how many times longer the others take: about 1.
#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/kernels/adam.hpp"
#include "ganvas/kernels/batch_norm.hpp"
#include "ganvas/kernels/gemm.hpp"
#include "ganvas/kernels/pointwise.hpp"
#include "ganvas/kernels/pool.hpp"
#include "ganvas/kernels/reduce.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/optim/sgd.hpp"

#include "conv_cases.hpp"
#include "measure.hpp"

namespace {

using namespace ganvas;

constexpr float sizes_of_numbers[] = {1.0F, 1e-40F, 1e-20F};

// In the order of the enumerations.
constexpr const char* unary_names[] = {"copy", "neg",  "exp",     "log",      "sqrt",    "square", "pow",
                                       "abs",  "sign", "clamp",   "in_range", "erf",     "relu",   "leaky_relu",
                                       "elu",  "gelu", "sigmoid", "tanh",     "softplus"};
static_assert(std::size(unary_names) == static_cast<std::size_t>(kernels::Unary::last) + 1);
constexpr const char* binary_names[] = {"left",
                                        "add",
                                        "sub",
                                        "mul",
                                        "div",
                                        "scaled_add",
                                        "maximum",
                                        "minimum",
                                        "step",
                                        "equal",
                                        "relu_gate",
                                        "gate",
                                        "sigmoid_gradient",
                                        "tanh_gradient",
                                        "softplus_gradient",
                                        "elu_gradient",
                                        "gelu_gradient",
                                        "bce_with_logits"};
static_assert(std::size(binary_names) == static_cast<std::size_t>(kernels::Binary::last) + 1);
constexpr const char* reduce_names[] = {"sum", "max"};
static_assert(std::size(reduce_names) == static_cast<std::size_t>(kernels::Reduce::last) + 1);

/// What a kernel reads and writes: three arrays of numbers of one size, positive and negative, and a fourth that is
/// positive. They are the same before every call.
struct Arrays {
  std::vector<float> a, b, c, positive;

  Arrays(std::size_t n, float scale) {
    Random random(1);
    for (auto* v : {&a, &b, &c, &positive}) {
      const auto t = random.uniform<float>({static_cast<index_t>(n)}, 0.5F, 2.0F);
      for (std::size_t i = 0; i < n; ++i)
        v->push_back((i * 7 % 5 < 2 && v != &positive ? -1.0F : 1.0F) * t.data()[i] * scale);
    }
  }
};

void report(benchmark::State& state, int threads, const double (&least)[3]) {
  state.counters["threads"] = threads;
  state.counters["min_ms"] = 1e3 * least[0];
  state.counters["denormal_x"] = least[1] / least[0];
  state.counters["products_x"] = least[2] / least[0];
}

/// Registers call(arrays) of n numbers each; it may write to all of them.
void add(const std::string& name, std::size_t n, const std::function<void(Arrays&)>& call) {
  bench::for_threads("denormals/" + name, [n, call](benchmark::State& state, int threads) {
    set_threads(threads);
    std::vector<Arrays> sources;
    for (const float scale : sizes_of_numbers) sources.emplace_back(n, scale);
    double least[3] = {1e9, 1e9, 1e9};
    Arrays work = sources[0];
    for (auto _ : state) {
      const double begin = bench::seconds();  // the copies count, or they would take many times as long as is asked for
      for (std::size_t kind = 0; kind < 3; ++kind) {
        work = sources[kind];
        const double start = bench::seconds();
        call(work);
        least[kind] = std::min(least[kind], bench::seconds() - start);
      }
      state.SetIterationTime(bench::seconds() - begin);
    }
    report(state, threads, least);
  });
}

void add_convolutions() {
  struct Named {
    const char* name;
    ConvGeometry g;
  };
  const auto with = [](ConvGeometry g, ConvAlgorithm algorithm) {
    g.algorithm = algorithm;
    return g;
  };
  const auto inner = bench::layer(16, 14, 64, 4, 7, 128, 2, 1);
  const Named layers[] = {{"conv_64to128_14_k4s2_direct", with(inner, ConvAlgorithm::direct)},
                          {"conv_64to128_14_k4s2_winograd", with(inner, ConvAlgorithm::winograd)},
                          {"conv_1to64_28_k4s2", bench::layer(16, 28, 1, 4, 14, 64, 2, 1)},
                          {"conv_3to64_16_k7", bench::layer(4, 16, 3, 7, 16, 64, 1, 3)},
                          {"conv_31to33_13_k3", bench::layer(16, 13, 31, 3, 13, 33, 1, 1)},
                          {"conv_64to64_16_k1", bench::layer(16, 16, 64, 1, 16, 64, 1, 0)}};
  for (const auto& [name, g] : layers)
    for (const bench::Pass pass : bench::passes) {
      const auto most = static_cast<std::size_t>(std::max({g.x().numel(), g.w().numel(), g.y().numel()}));
      add(std::string(name) + '/' + bench::name(pass), most, [g = g, pass](Arrays& d) {
        bench::run({"", false, g}, pass, d.a.data(), d.b.data(), d.c.data());
      });
    }
}

void add_products() {
  for (const bool a : {false, true})
    for (const bool b : {false, true})
      add(std::string("gemm/") + (a ? "t" : "n") + (b ? "t" : "n"), 256 * 256, [a, b](Arrays& d) {
        kernels::gemm(a, b, index_t{256}, index_t{256}, index_t{256}, d.a.data(), 256, d.b.data(), 256, d.c.data(),
                      256);
      });
}

void add_batch_norm() {
  constexpr index_t rows = 64 * 14 * 14, c = 64;
  constexpr auto n = static_cast<std::size_t>(rows * c);
  const std::vector<double> scale(c, 1.5), shift(c, 0.5);
  add("batch_norm/moments", n, [](Arrays& d) { benchmark::DoNotOptimize(kernels::moments(rows, c, d.a.data())); });
  add("batch_norm/apply", n, [=](Arrays& d) {
    kernels::batch_norm_apply(rows, c, d.a.data(), {shift, scale, shift}, d.c.data());
  });
  add("batch_norm/backward", n, [=](Arrays& d) {
    const kernels::NormMap map{shift, scale, shift, 0};  // with a ReLU
    const auto s = kernels::batch_norm_backward_sums(rows, c, d.a.data(), d.b.data(), map);
    kernels::batch_norm_backward_apply(rows, c, d.a.data(), d.b.data(), map, scale, s.gz, s.gz_x, d.c.data());
  });
}

void add_pointwise() {
  constexpr Shape all{64, 14, 14, 32};
  constexpr auto n = static_cast<std::size_t>(all.numel());
  using kernels::Binary, kernels::Reduce, kernels::Unary;
  for (int op = 0; op <= static_cast<int>(Unary::last); ++op) {
    const auto unary = static_cast<Unary>(op);
    // A power has its own way for a = 2 and such; roots and logarithms want positive numbers.
    const float parameter = unary == Unary::pow ? 1.7F : 0.2F;
    add(std::string("unary/") + unary_names[op], n,
        [=](Arrays& d) { kernels::unary(unary, d.positive.data(), d.c.data(), all.numel(), parameter, 3.0F); });
  }
  for (int op = 0; op <= static_cast<int>(Binary::last); ++op)
    add(std::string("binary/") + binary_names[op], n, [=](Arrays& d) {
      kernels::binary(static_cast<Binary>(op), d.a.data(), all, d.b.data(), all, d.c.data(), all, 0.2F);
    });
  add("binary/mul_channels", n,
      [=](Arrays& d) { kernels::binary(Binary::mul, d.a.data(), all, d.b.data(), Shape{32}, d.c.data(), all, 0.2F); });
  for (int op = 0; op <= static_cast<int>(Reduce::last); ++op)
    for (const auto& [name, mask] : {std::pair{"all", kernels::AxisMask{true, true, true, true}},
                                     std::pair{"to_channels", kernels::AxisMask{true, true, true, false}},
                                     std::pair{"channels", kernels::AxisMask{false, false, false, true}}})
      add(std::string("reduce/") + reduce_names[op] + '_' + name, n,
          [=, over = mask](Arrays& d) { kernels::reduce(static_cast<Reduce>(op), d.a.data(), all, over, d.c.data()); });
}

void add_optimisers() {
  constexpr index_t n = 262144;
  add("adam", n, [](Arrays& d) {
    const kernels::AdamStep<float> step{0, 0, 0.9F, 0.1F, 0.999F, 0.001F, 1e-3F, 1, 1e-8F};
    kernels::adam(step, d.a.data(), d.b.data(), d.c.data(), d.positive.data(), n);
  });
  add("rmsprop", n, [](Arrays& d) {
    const kernels::RmsPropStep<float> step{0, 0.99F, 0.01F, 1e-8F, 0, 1e-3F};
    kernels::rmsprop<float>(step, d.a.data(), d.b.data(), d.positive.data(), nullptr, nullptr, n);
  });
  add("sgd_momentum", n, [](Arrays& d) {
    kernels::sgd(kernels::SgdStep<float>{0, 0.9F, 1, 1e-3F, false}, d.a.data(), d.b.data(), d.c.data(), n);
  });
  add("ema", n, [](Arrays& d) { kernels::lerp(0.001F, d.a.data(), d.b.data(), n); });
}

void add_pooling() {
  const kernels::PoolGeometry g{16, 28, 28, 32, 14, 14, 2, 2, 0};
  const auto n = static_cast<std::size_t>(g.x().numel());
  add("pool/sum", n, [g](Arrays& d) { kernels::sum_pool(g, 0.25F, d.a.data(), d.c.data()); });
  add("pool/sum_adjoint", n, [g](Arrays& d) { kernels::sum_pool_adjoint(g, 0.25F, d.a.data(), d.c.data()); });
}

/// Whatever else a step does: all weights and images of that size, and an optimiser that leaves them so.
template <class Loss, class Penalty>
void add_step(const char* name, const Loss& loss, const Penalty& penalty) {
  struct Game {
    Random rng{1};
    Generator<models::DcganGenerator<float>> g{models::dcgan_generator({.channels = {64, 32}}, rng)};
    Discriminator<models::DcganDiscriminator<float>> d;
    Tensor<float> x;
    explicit Game(float scale)
        : d(models::dcgan_discriminator({.channels = {32, 64}, .batch_norm = false}, rng)),
          x(rng.uniform<float>({16, 28, 28, 1}, 0.5F * scale, scale)) {
      const auto fill = [&](auto parameters) {
        for (auto& p : parameters) p.set_value(rng.uniform<float>(p.shape(), -0.1F * scale, 0.1F * scale));
      };
      fill(g.parameters());
      fill(d.parameters());
    }
  };
  bench::for_threads(std::string("denormals/") + name, [=](benchmark::State& state, int threads) {
    set_threads(threads);
    double least[3] = {1e9, 1e9, 1e9};
    std::vector<std::function<void()>> steps;
    for (const float scale : sizes_of_numbers) {
      const auto game = std::make_shared<Game>(scale);
      using Trainer = decltype(AdversarialTrainer{game->g, game->d, loss, optim::SGD{.lr = 0}, penalty});
      const auto trainer = std::make_shared<Trainer>(game->g, game->d, loss, optim::SGD{.lr = 0}, penalty);
      steps.push_back([game, trainer] { trainer->step(game->x); });
      steps.back()();
    }
    for (auto _ : state) {
      double sum = 0;
      for (std::size_t kind = 0; kind < 3; ++kind) {
        const double start = bench::seconds();
        steps[kind]();
        const double s = bench::seconds() - start;
        least[kind] = std::min(least[kind], s);
        sum += s;
      }
      state.SetIterationTime(sum);
    }
    report(state, threads, least);
  });
}

}  // namespace

int main(int argc, char** argv) {
  add_convolutions();
  add_products();
  add_batch_norm();
  add_pointwise();
  add_optimisers();
  add_pooling();
  add_step("dcgan_step", loss::NonSaturating{}, NoPenalty{});
  add_step("wgan_gp_step", loss::Wasserstein{}, GradientPenalty{});
  return bench::run_all(argc, argv);
}
