// Three training steps of the MNIST DCGAN against PyTorch, from models::dcgan_*: once with the step written out, once
// by AdversarialTrainer. The recipe, the order of a step and how to compare are at the head of generators/dcgan.py.

#include "ganvas/models/dcgan.hpp"

#include <array>
#include <map>
#include <string>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/optim/adam.hpp"

#include "golden/counter.hpp"

namespace {

using namespace ganvas;
using golden::Json;

constexpr index_t batch = 8;
constexpr optim::Adam adam{.lr = 2e-4, .beta1 = 0.5, .beta2 = 0.999};

/// What float may differ by after three steps. PyTorch's float is up to 7e-6 from its double, and 4e-4 in the updates:
/// an element whose gradient is rounding noise moves by +lr or -lr by chance.
struct Tolerance {
  double number, tensor, update;
};
template <class T>
constexpr Tolerance tolerance = sizeof(T) == 8 ? Tolerance{1e-11, 1e-11, 1e-10} : Tolerance{1e-4, 1e-4, 2e-3};

/// How the layers of stride 2 are computed, and for how many steps. PyTorch's float and ours see the same gates of the
/// leaky ReLUs for three steps in the direct way. Winograd's method rounds more: in float, an activation that is within
/// rounding of 0 falls on the other side after an update or two, and its gradient jumps from 1 to 0.2. So that way is
/// compared for one step in float, and for three in double.
struct Way {
  ConvAlgorithm algorithm;
  std::uint32_t steps;
};
template <class T>
constexpr std::array<Way, 2> ways{{{ConvAlgorithm::direct, 3}, {ConvAlgorithm::winograd, sizeof(T) == 8 ? 3 : 1}}};

/// Parameters and buffers of both networks by PyTorch's names.
template <class T>
using Named = std::map<std::string, Tensor<T>>;

/// PyTorch's names of the layers, in the order in which our networks list their parameters.
const std::array<const char*, 15> parameter_names{"G.0.weight", "G.1.weight", "G.1.bias", "G.3.weight", "G.4.weight",
                                                  "G.4.bias",   "G.6.weight", "G.6.bias", "D.0.weight", "D.0.bias",
                                                  "D.2.weight", "D.3.weight", "D.3.bias", "D.5.weight", "D.5.bias"};
const std::array<const char*, 6> buffer_names{"G.1.running_mean", "G.1.running_var",  "G.4.running_mean",
                                              "G.4.running_var",  "D.3.running_mean", "D.3.running_var"};

template <class T>
struct Game {
  Random rng{1};
  Generator<models::DcganGenerator<T>> g{models::dcgan_generator<T>({}, rng)};
  Discriminator<models::DcganDiscriminator<T>> d{models::dcgan_discriminator<T>({}, rng)};
  Named<T> at_start;

  /// Start values: parameter number p has stream p.
  explicit Game(ConvAlgorithm algorithm = ConvAlgorithm::automatic) {
    for (auto& level : g.net.levels) level.conv.options.algorithm = algorithm;
    for (auto& level : d.net.levels) level.conv.options.algorithm = algorithm;
    g.net.to_image.options.algorithm = algorithm;
    std::uint32_t stream = 0;
    const auto give = [&](const std::string&, nn::Parameter<T>& p) {
      Tensor<T> value = golden::bell<T>(p.shape(), stream, 0.02);
      if (p.role() == nn::Role::gain)
        for (index_t i = 0; i < value.numel(); ++i) {
          T& gamma = value.mutable_data()[i];
          gamma = static_cast<T>(static_cast<float>(1 + static_cast<double>(gamma)));
        }
      at_start[parameter_names.at(stream++)] = value;
      p.set_value(value);
    };
    nn::for_each_parameter(g.net, give);
    nn::for_each_parameter(d.net, give);
  }

  [[nodiscard]] Named<T> parameters() {
    Named<T> all;
    std::size_t i = 0;
    for (const auto& list : {g.parameters(), d.parameters()})
      for (const Var<T>& p : list) all[parameter_names.at(i++)] = p.value();
    return all;
  }
  [[nodiscard]] Named<T> buffers() const {
    Named<T> all;
    std::size_t i = 0;
    const auto take = [&](const std::string&, const Tensor<T>& t) { all[buffer_names.at(i++)] = t; };
    nn::for_each_buffer(g.net, take);
    nn::for_each_buffer(d.net, take);
    return all;
  }
  [[nodiscard]] Named<T> updates() {
    Named<T> all = parameters();
    for (auto& [name, t] : all)
      for (index_t i = 0; i < t.numel(); ++i) t.mutable_data()[i] -= at_start[name].data()[i];
    return all;
  }
};

/// Every tensor of a golden step against ours.
template <class T>
void check_all(const char* kind, const Named<T>& found, const Json& expected, double allowed) {
  REQUIRE(found.size() == expected.size());
  for (const auto& [name, t] : found) {
    INFO(kind << " " << name);
    const golden::Distances d = golden::distances(t, expected.at(name));
    CHECK(d.whole <= allowed);
    CHECK(d.norm <= allowed);
    CHECK(d.mean <= allowed);
    if (std::string(kind) != "updates") CHECK(d.samples <= 10 * allowed);
  }
}

template <class T>
void check_networks(Game<T>& game, const Json& step) {
  constexpr Tolerance allowed = tolerance<T>;
  check_all("parameters", game.parameters(), step.at("parameters"), allowed.tensor);
  check_all("updates", game.updates(), step.at("updates"), allowed.update);
  check_all("buffers", game.buffers(), step.at("buffers"), allowed.tensor);
}

template <class T>
Tensor<T> noise(std::uint32_t stream) {
  return golden::bell<T>(Shape{batch, 100}, stream, 1.0);
}

}  // namespace

TEMPLATE_TEST_CASE("golden: the DCGAN starts from the numbers of PyTorch's side", "[golden][dcgan]", double) {
  Game<TestType> game;
  const Json& start = golden::find(golden::cases("dcgan"), "start");
  CHECK(start.at("batch") == batch);
  CHECK(start.at("parameters").get<std::vector<std::string>>() ==
        std::vector<std::string>(parameter_names.begin(), parameter_names.end()));
  check_all("start", game.parameters(), start.at("summaries"), 1e-12);
}

TEMPLATE_TEST_CASE("golden: three steps of the DCGAN, written out", "[golden][dcgan]", double, float) {
  using T = TestType;
  constexpr Tolerance allowed = tolerance<T>;
  const auto [algorithm, steps] = GENERATE(from_range(ways<TestType>));
  CAPTURE(static_cast<int>(algorithm));
  Game<T> game(algorithm);
  auto& [rng, g, d, at_start] = game;
  auto adam_g = optim::make(adam, g.parameters());
  auto adam_d = optim::make(adam, d.parameters());
  for (std::uint32_t s = 0; s < steps; ++s) {
    INFO("step " << s + 1);
    const Json& step = golden::find(golden::cases("dcgan"), "step_" + std::to_string(s + 1));
    Named<T> gradients;
    std::size_t i = 0;
    const auto keep = [&](const std::vector<Var<T>>& list) {
      for (const Var<T>& v : list) gradients[parameter_names.at(i++)] = v.value();
    };

    const Var<T> fake = g.training(noise<T>(100 + s)).detach();
    const Var<T> d_real = d.training(golden::blocks<T>(batch, 120 + s));
    const Var<T> d_fake = d.training(fake);
    const Var<T> loss_d = mean(softplus(-d_real)) + mean(softplus(d_fake));
    const auto gradients_d = grad(loss_d, d.parameters());
    adam_d.step(gradients_d);

    const Var<T> loss_g = mean(softplus(-d.training(g.training(noise<T>(110 + s)))));
    const auto gradients_g = grad(loss_g, g.parameters());
    adam_g.step(gradients_g);

    CHECK(golden::relative(static_cast<double>(loss_d.item()), step.at("loss_d")) <= allowed.number);
    CHECK(golden::relative(static_cast<double>(loss_g.item()), step.at("loss_g")) <= allowed.number);
    CHECK(golden::relative(static_cast<double>(mean(d_real).item()), step.at("mean_logit_real")) <=
          10 * allowed.number);
    CHECK(golden::relative(static_cast<double>(mean(d_fake).item()), step.at("mean_logit_fake")) <=
          10 * allowed.number);
    keep(gradients_g);
    keep(gradients_d);
    check_all("gradients", gradients, step.at("gradients"), allowed.tensor);
    check_networks(game, step);
  }
}

TEMPLATE_TEST_CASE("golden: three steps of the DCGAN by AdversarialTrainer", "[golden][dcgan]", double, float) {
  using T = TestType;
  constexpr Tolerance allowed = tolerance<T>;
  const auto [algorithm, steps] = GENERATE(from_range(ways<TestType>));
  CAPTURE(static_cast<int>(algorithm));
  Game<T> game(algorithm);
  AdversarialTrainer trainer{game.g, game.d, loss::NonSaturating{}, adam};
  for (std::uint32_t s = 0; s < steps; ++s) {
    INFO("step " << s + 1);
    const Json& step = golden::find(golden::cases("dcgan"), "step_" + std::to_string(s + 1));
    trainer.update_discriminator(golden::blocks<T>(batch, 120 + s), noise<T>(100 + s));
    trainer.update_generator(noise<T>(110 + s));
    CHECK(golden::relative(trainer.report().loss_d, step.at("loss_d")) <= allowed.number);
    CHECK(golden::relative(trainer.report().loss_g, step.at("loss_g")) <= allowed.number);
    check_networks(game, step);
  }
}
