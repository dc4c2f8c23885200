// SNGAN, its residual form, SAGAN and the projection discriminator: three steps by AdversarialTrainer against PyTorch,
// losses, gradients, parameters, and what training passes leave behind: u and v of spectral norm, batch norm's running
// statistics. Networks and steps are at the head of generators/games.py.

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/resnet.hpp"
#include "ganvas/models/sndcgan.hpp"
#include "ganvas/nn/layout.hpp"
#include "ganvas/nn/state_dict.hpp"
#include "ganvas/optim/adam.hpp"

#include "golden/golden.hpp"
#include "golden/modules.hpp"
#include "golden/watched.hpp"

namespace {

using namespace ganvas;
using golden::Json;

template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-9 : 1e-4;

/// A generator whose noise and classes are those that it was given.
template <class Net>
struct Fed : Generator<Net> {
  using T = typename Net::value_type;
  std::shared_ptr<std::deque<Labelled<T>>> next = std::make_shared<std::deque<Labelled<T>>>();

  explicit Fed(Net network) : Generator<Net>(std::move(network)) {}
  [[nodiscard]] Tensor<T> noise(index_t n, Random&) const {
    REQUIRE(!next->empty());
    REQUIRE(next->front().size() == n);
    return next->front().values;
  }
  [[nodiscard]] Labels labels(index_t, Random&) const {  // behind noise
    Labels y = next->front().labels;
    next->pop_front();
    return y;
  }
};

template <class T>
Labelled<T> batch(const Json& in, const char* values, const char* labels) {
  return {golden::tensor<T>(in.at(values)), in.contains(labels) ? in.at(labels).get<Labels>() : Labels{}};
}

template <class Net>
void check_gradients(const Net& net, const Json& expected, std::vector<std::vector<double>>& seen) {
  std::size_t i = 0;
  nn::for_each_parameter(net, [&](const std::string& name, const auto& p) {
    INFO("gradient by " << name);
    REQUIRE(expected.contains(name));
    const Tensor<double> found = nn::to_torch(Tensor<double>(p.shape(), seen.at(i++)), p.layout());
    CHECK(golden::distance(found, expected.at(name), 1e-3) <= tolerance<nn::scalar_t<Net>>);
  });
  CHECK(i == expected.size());
  CHECK(i == seen.size());  // one step, not two
  seen.clear();
}

/// Parameters, buffers and counters.
template <class Net>
void check_state(const Net& net, const Json& expected) {
  const auto state = nn::state_dict(net);
  CHECK(state.size() == expected.size());
  for (const auto& entry : state) {
    INFO(entry.name);
    REQUIRE(expected.contains(entry.name));
    CHECK(golden::distance(entry.value, expected.at(entry.name)) <= tolerance<nn::scalar_t<Net>>);
  }
}

template <class NetG, class NetD>
void play(const std::string& name, NetG net_g, NetD net_d) {
  using T = typename NetG::value_type;
  const Json& cases = golden::cases("games");
  const Json& start = golden::find(cases, name + "/start");
  golden::load(net_g, start.at("g"));
  golden::load(net_d, start.at("d"));
  Fed g{std::move(net_g)};
  Discriminator d{std::move(net_d)};

  const Json& s = start.at("settings");
  const auto adam = [&](const char* lr) {
    return golden::Watched<optim::Adam>{{.lr = s.at(lr).get<double>(),
                                         .beta1 = s.at("beta1").get<double>(),
                                         .beta2 = s.at("beta2").get<double>(),
                                         .eps = 1e-4}};
  };
  const auto rule_g = adam("lr_g"), rule_d = adam("lr_d");
  const index_t rounds = s.at("steps_d").get<index_t>();
  AdversarialTrainer trainer{
      g, d, loss::Hinge{}, Optimizers{rule_g, rule_d}, NoPenalty{}, TrainerOptions{.discriminator_steps = rounds}};
  const auto check_number = [](double found, const Json& expected) {
    CHECK(golden::relative(found, expected) <= tolerance<T>);
  };

  for (int number = 1; number <= 3; ++number) {
    const Json& step = golden::find(cases, name + "/" + std::to_string(number));
    INFO(step.at("name"));
    REQUIRE(static_cast<index_t>(step.at("rounds").size()) == rounds);
    for (const Json& round : step.at("rounds")) {
      g.next->push_back(batch<T>(round, "z", "y_z"));
      if (&round == &step.at("rounds").back()) g.next->push_back(batch<T>(step, "z", "y_z"));
      const StepReport& report = trainer.step(batch<T>(round, "x", "y"));
      CHECK(g.next->empty());
      check_number(report.loss_d, round.at("loss"));
      check_number(report.d_real, round.at("mean_real"));
      check_number(report.d_fake, round.at("mean_fake"));
      check_gradients(d.net, round.at("gradients"), *rule_d.seen);
    }
    check_number(trainer.report().loss_g, step.at("loss"));
    check_gradients(g.net, step.at("gradients"), *rule_g.seen);
    check_state(g.net, step.at("g"));
    check_state(d.net, step.at("d"));
  }
}

constexpr nn::ImageSize image{8, 8, 1};

}  // namespace

TEMPLATE_TEST_CASE("golden: SNGAN's game", "[golden][games]", double, float) {
  using T = TestType;
  Random rng{1};
  play("sngan", models::sndcgan_generator<T>({.latent = 3, .image = image, .channels = 8}, rng),
       models::sndcgan_discriminator<T>({.image = image, .channels = 8}, rng));
}

TEMPLATE_TEST_CASE("golden: the game of SNGAN's residual networks, two steps of D for one of G", "[golden][games]",
                   double, float) {
  using T = TestType;
  Random rng{1};
  play("resnet", models::resnet_generator<T>({.latent = 3, .image = image, .channels = 4}, rng),
       models::resnet_discriminator<T>({.image = image, .channels = 4}, rng));
}

TEMPLATE_TEST_CASE("golden: SAGAN's game, with attention, spectral norm and a rate for each player", "[golden][games]",
                   double, float) {
  using T = TestType;
  Random rng{1};
  play("sagan",
       models::resnet_generator<T>({.latent = 3, .image = image, .channels = 8, .attention = 8, .spectral_norm = true},
                                   rng),
       models::resnet_discriminator<T>({.image = image, .channels = 8, .flat_blocks = 1, .attention = 4}, rng));
}

TEMPLATE_TEST_CASE("golden: the projection discriminator's game, with conditional batch norm", "[golden][games]",
                   double, float) {
  using T = TestType;
  Random rng{1};
  play("projection", models::resnet_generator<T>({.latent = 3, .image = image, .channels = 4, .classes = 3}, rng),
       models::resnet_discriminator<T>({.image = image, .channels = 4, .flat_blocks = 1, .classes = 3}, rng));
}
