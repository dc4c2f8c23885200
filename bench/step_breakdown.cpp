// Where the time of a whole DCGAN step goes, by layer and pass. The step is run in two forms in turn: by the trainer,
// as users run it, and cut into its operations, each of which gets the same inputs as there and is timed alone:
// forward, the gradient by its input ("data"), the gradient by its parameters ("weight"). That both give the same
// networks is checked first. A rule that computes both gradients at once (batch norm's) stands under "data". Counters,
// in ms, medians: "part <net>: <layer>|<pass>", "whole" for the trainer's step, "cut" for the cut one with all its
// parts. They differ by what cutting costs and saves; bench/report.html shows both.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/dcgan.hpp"

#include "measure.hpp"

namespace {

using namespace ganvas;
using G = models::DcganGenerator<float>;
using D = models::DcganDiscriminator<float>;

/// Milliseconds by name, of one step.
class Times {
 public:
  template <class Body>
  auto operator()(const std::string& name, const Body& body) {
    struct Stop {
      double& sum;
      double start = bench::seconds();
      ~Stop() { sum += 1e3 * (bench::seconds() - start); }
    } const stop{ms[name]};
    return body();
  }
  std::map<std::string, double> ms;
};

/// One operation of a network.
struct Part {
  std::string name;
  std::function<Var<float>(const Var<float>&)> training;
  std::vector<Var<float>> parameters;
  bool gradients_at_once = false;
};
using Parts = std::vector<Part>;

/// A layer, and the activation that it applies in its own pass (a slope of 1 is none).
template <class Layer>
void add(Parts& parts, const std::string& what, const std::string& shape, Layer& layer, float slope = 1) {
  const std::string name = what + (slope == 1 ? " " : slope == 0 ? " and relu " : " and leaky relu ") + shape;
  if constexpr (requires(const Var<float>& x) { layer.training(x, slope); })
    parts.push_back(
        {name, [&layer, slope](const Var<float>& x) { return layer.training(x, slope); }, nn::parameters(layer), true});
  else
    parts.push_back({name, [&layer, slope](const Var<float>& x) { return layer(x, slope); }, nn::parameters(layer)});
}

std::string shape_of(index_t in, index_t out, index_t side) {
  return std::to_string(in) + "->" + std::to_string(out) + " @" + std::to_string(side);
}

/// What G::training and D::training do, in the same order.
Parts parts_of(G& g) {
  Parts parts;
  index_t side = g.project.conv.options.kernel;
  parts.push_back({"z as image", [](const Var<float>& z) { return reshape(z, {z.size(0), 1, 1, z.size(1)}); }, {}});
  const auto block = [&](models::UpBlock<float>& b) {
    const std::string shape = shape_of(b.conv.options.in, b.conv.options.out, side);
    add(parts, "deconv", shape, b.conv);
    add(parts, "batch norm", shape, b.norm, 0);
  };
  block(g.project);
  for (auto& level : g.levels) {
    side *= 2;
    block(level);
  }
  const std::string shape = shape_of(g.to_image.options.in, g.to_image.options.out, 2 * side);
  add(parts, "deconv", shape, g.to_image);
  parts.push_back({"tanh " + shape, [](const Var<float>& x) { return tanh(x); }, {}});
  return parts;
}
Parts parts_of(D& d) {
  Parts parts;
  index_t side = d.options.image.h;
  for (auto& level : d.levels) {
    const std::string shape = shape_of(level.conv.options.in, level.conv.options.out, side);
    side = (side + 1) / 2;
    add(parts, "conv", shape, level.conv, level.norm ? 1 : level.slope);
    if (level.norm) add(parts, "batch norm", shape, *level.norm, level.slope);
  }
  add(parts, "conv", shape_of(d.to_logit.options.in, 1, side), d.to_logit);
  parts.push_back({"logits", [](const Var<float>& x) { return reshape(x, {x.size(0), 1}); }, {}});
  return parts;
}

/// The trainer's step, cut.
class CutStep {
 public:
  CutStep(Generator<G>& g, Discriminator<D>& d, const optim::Adam& adam)
      : g_(parts_of(g.net)),
        d_(parts_of(d.net)),
        adam_g_(optim::make(adam, g.parameters())),
        adam_d_(optim::make(adam, d.parameters())) {}

  void operator()(const Tensor<float>& x, const Tensor<float>& z_d, const Tensor<float>& z_g, Times& times) {
    const Tensor<float> fake = values(z_d, times);
    const Tape on_real = forward("D", d_, x, false, times);
    const Tape on_fake = forward("D", d_, fake, false, times);
    const auto by_d = loss(on_real.y, on_fake.y, times, [](const auto& real, const auto& of_fake) {
      return loss::NonSaturating{}.discriminator(real, of_fake);
    });
    auto gradients = backward("D", on_fake, by_d[1], true, times).parameters;
    const auto of_real = backward("D", on_real, by_d[0], true, times).parameters;
    times("both: sum of D's two gradients|weight", [&] {
      const NoRecord values_only;
      for (std::size_t i = 0; i < gradients.size(); ++i) gradients[i] = gradients[i] + of_real[i];
    });
    times("both: Adam of D|weight", [&] { adam_d_.step(gradients); });

    const Tape samples = forward("G", g_, z_g, false, times);
    const Tape judged = forward("D", d_, samples.y, true, times);
    const auto by_g = loss(judged.y, judged.y, times,
                           [](const auto& of_fake, const auto&) { return loss::NonSaturating{}.generator(of_fake); });
    const auto by_sample = backward("D", judged, by_g[0], false, times).input;
    gradients = backward("G", samples, by_sample, true, times).parameters;
    times("both: Adam of G|weight", [&] { adam_g_.step(gradients); });
  }

 private:
  struct Step {
    const Part* part;
    Var<float> x, y;
  };
  struct Tape {
    std::vector<Step> steps;
    Tensor<float> y;
  };
  struct Gradients {
    std::vector<Var<float>> parameters;
    Var<float> input;
  };

  /// G without a record, as in D's half of a step.
  Tensor<float> values(const Tensor<float>& z, Times& times) {
    const NoRecord values_only;
    Var<float> x(z);
    for (const Part& part : g_) x = times("G: " + part.name + "|forward", [&] { return part.training(x); });
    return x.value();
  }
  /// Each part with a record of its own. The first one's input is a variable if it leads somewhere.
  static Tape forward(const std::string& net, const Parts& parts, const Tensor<float>& input, bool to_input,
                      Times& times) {
    Tape tape{{}, input};
    bool tracked = to_input;
    for (const Part& part : parts) {
      const Var<float> x = tracked ? Var<float>::variable(tape.y) : Var<float>(tape.y);
      const Var<float> y = times(net + ": " + part.name + "|forward", [&] { return part.training(x); });
      tracked = tracked || y.requires_grad();
      tape.y = y.value();
      tape.steps.push_back({&part, x, y});
    }
    return tape;
  }
  /// The gradients by the parameters, in their order in the network, and by the input of the first part that needs it.
  static Gradients backward(const std::string& net, const Tape& tape, Var<float> gy, bool to_parameters, Times& times) {
    Gradients result;
    for (auto step = tape.steps.rbegin(); step != tape.steps.rend(); ++step) {
      const Part& part = *step->part;
      const Var<float>&x = step->x, &y = step->y;
      if (!y.requires_grad()) break;
      std::vector<Var<float>> weights = to_parameters ? part.parameters : std::vector<Var<float>>{};
      const std::size_t count = weights.size();
      const auto name = net + ": " + part.name;
      std::vector<Var<float>> g;
      if (part.gradients_at_once && x.requires_grad()) {
        weights.push_back(x);
        g = times(name + "|data", [&] { return grad(y, weights, {.output = gy}); });
        gy = g.back();
        g.pop_back();
      } else {
        if (count > 0) g = times(name + "|weight", [&] { return grad(y, weights, {.output = gy}); });
        if (x.requires_grad()) gy = times(name + "|data", [&] { return grad(y, {x}, {.output = gy}); })[0];
      }
      result.parameters.insert(result.parameters.begin(), g.begin(), g.end());
      result.input = gy;
    }
    return result;
  }
  /// The gradients of a loss by both of D's results.
  template <class Loss>
  static std::vector<Var<float>> loss(const Tensor<float>& a, const Tensor<float>& b, Times& times, const Loss& loss) {
    return times("both: loss|forward", [&] {
      const auto real = Var<float>::variable(a), fake = Var<float>::variable(b);
      return grad(loss(real, fake), {real, fake});
    });
  }

  Parts g_, d_;
  optim::Optimizer<optim::Adam, float> adam_g_, adam_d_;
};

/// |a - b| / |b - before|: how far two forms of one step are apart, in units of the step.
double distance(const std::vector<Var<float>>& a, const std::vector<Var<float>>& b,
                const std::vector<Tensor<float>>& before) {
  double apart = 0, moved = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (index_t j = 0; j < a[i].numel(); ++j) {
      apart += std::pow(static_cast<double>(a[i].value().data()[j] - b[i].value().data()[j]), 2);
      moved += std::pow(static_cast<double>(b[i].value().data()[j] - before[i].data()[j]), 2);
    }
  return std::sqrt(apart / moved);
}

void breakdown(benchmark::State& state, int threads, const models::DcganGeneratorOptions& g_options,
               const models::DcganDiscriminatorOptions& d_options) {
  ganvas::set_threads(threads);
  const optim::Adam adam{.lr = 2e-4, .beta1 = 0.5};
  Random rng{1};
  auto g = Generator{models::dcgan_generator(g_options, rng)};
  auto d = Discriminator{models::dcgan_discriminator(d_options, rng)};
  auto cut_g = g;
  auto cut_d = d;
  AdversarialTrainer trainer{g, d, loss::NonSaturating{}, adam};
  CutStep cut(cut_g, cut_d, adam);
  const auto& image = d_options.image;
  const auto x = rng.uniform<float>({64, image.h, image.w, image.c}, -1.0F, 1.0F);
  const auto z_d = g.noise(64, rng), z_g = g.noise(64, rng);

  std::vector<Tensor<float>> before;
  auto all = g.parameters(), cut_all = cut_g.parameters();
  for (const auto& p : d.parameters()) all.push_back(p);
  for (const auto& p : cut_d.parameters()) cut_all.push_back(p);
  for (const auto& p : all) before.push_back(p.value());
  trainer.update_discriminator(x, z_d);
  trainer.update_generator(z_g);
  Times unused;
  cut(x, z_d, z_g, unused);
  const double apart = distance(cut_all, all, before);
  if (!(apart < 1e-2)) return state.SkipWithError(("the cut step differs by " + std::to_string(apart)).c_str());

  std::vector<double> whole;
  double least = 0;
  std::map<std::string, double> parts;  // of the shortest cut step
  for (auto _ : state) {
    const double start = bench::seconds();
    trainer.step(x);
    const double middle = bench::seconds();
    Times times;
    const auto fresh_d = times("both: noise|forward", [&] { return g.noise(64, rng); });
    const auto fresh_g = times("both: noise|forward", [&] { return g.noise(64, rng); });
    cut(x, fresh_d, fresh_g, times);
    const double end = bench::seconds();
    whole.push_back(1e3 * (middle - start));
    if (parts.empty() || 1e3 * (end - middle) < least) {
      least = 1e3 * (end - middle);
      parts = times.ms;
    }
    state.SetIterationTime(end - start);
  }
  std::sort(whole.begin(), whole.end());
  state.counters["threads"] = threads;
  state.counters["min_ms"] = state.counters["whole"] = whole.front();
  state.counters["median_ms"] = whole[whole.size() / 2];
  state.counters["cut"] = least;
  for (const auto& [name, time] : parts) state.counters["part " + name] = time;
}

}  // namespace

int main(int argc, char** argv) {
  bench::for_threads("breakdown/mnist_dcgan",
                     [](benchmark::State& state, int threads) { breakdown(state, threads, {}, {}); });
  bench::for_threads("breakdown/dcgan_64x64", [](benchmark::State& state, int threads) {
    breakdown(state, threads, {.image = {64, 64, 3}, .channels = {512, 256, 128, 64}},
              {.image = {64, 64, 3}, .channels = {64, 128, 256, 512}});
  });
  return bench::run_all(argc, argv);
}
