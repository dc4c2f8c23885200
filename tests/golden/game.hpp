#pragma once
// Plays a game of the golden files by AdversarialTrainer, three whole steps, and compares all that moves: losses,
// gradients, parameters, buffers. What a case holds is said at the heads of generators/games.py and shipped.py.

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/nn/layout.hpp"
#include "ganvas/nn/state_dict.hpp"
#include "ganvas/optim/adam.hpp"

#include "golden/golden.hpp"
#include "golden/modules.hpp"
#include "golden/watched.hpp"

namespace golden {

template <class T>
constexpr double game_tolerance = sizeof(T) == 8 ? 1e-9 : 1e-4;

/// A generator whose noise and classes are those that it was given.
template <class Net>
struct Fed : ganvas::Generator<Net> {
  using T = typename Net::value_type;
  std::shared_ptr<std::deque<ganvas::Labelled<T>>> next = std::make_shared<std::deque<ganvas::Labelled<T>>>();

  explicit Fed(Net network) : ganvas::Generator<Net>(std::move(network)) {}
  [[nodiscard]] Tensor<T> noise(index_t n, ganvas::Random&) const {
    REQUIRE(!next->empty());
    REQUIRE(next->front().size() == n);
    return next->front().values;
  }
  [[nodiscard]] Labels labels(index_t, ganvas::Random&) const {  // behind noise
    Labels y = next->front().labels;
    next->pop_front();
    return y;
  }
};

template <class T>
ganvas::Labelled<T> batch(const Json& in, const char* values, const char* labels) {
  return {tensor<T>(in.at(values)), in.contains(labels) ? in.at(labels).get<Labels>() : Labels{}};
}

template <class Net>
void check_gradients(const Net& net, const Json& expected, std::vector<std::vector<double>>& seen) {
  using namespace ganvas;
  std::size_t i = 0;
  nn::for_each_parameter(net, [&](const std::string& name, const auto& p) {
    INFO("gradient by " << name);
    REQUIRE(expected.contains(name));
    const Tensor<double> found = nn::to_torch(Tensor<double>(p.shape(), seen.at(i++)), p.layout());
    CHECK(distance(found, expected.at(name), 1e-3) <= game_tolerance<nn::scalar_t<Net>>);
  });
  CHECK(i == expected.size());
  CHECK(i == seen.size());  // one step, not two
  seen.clear();
}

/// Parameters, buffers and counters.
template <class Net>
void check_state(const Net& net, const Json& expected) {
  const auto state = ganvas::nn::state_dict(net);
  CHECK(state.size() == expected.size());
  for (const auto& entry : state) {
    INFO(entry.name);
    REQUIRE(expected.contains(entry.name));
    CHECK(distance(entry.value, expected.at(entry.name)) <= game_tolerance<ganvas::nn::scalar_t<Net>>);
  }
}

/// The game `name` of data/<file>.json. Settings of the optimisers and of the trainer are those of the file.
template <class NetG, class NetD, class Loss, class Regularizer = ganvas::NoPenalty, class... Parts>
void check_game(const std::string& file, const std::string& name, NetG net_g, NetD net_d, const Loss& loss,
                const Regularizer& penalty = {}, const Parts&... parts) {
  using namespace ganvas;
  using T = typename NetG::value_type;
  const Json& all = cases(file);
  const Json& start = find(all, name + "/start");
  load(net_g, start.at("g"));
  load(net_d, start.at("d"));
  Fed g{std::move(net_g)};
  ganvas::Discriminator d{std::move(net_d)};

  const Json& s = start.at("settings");
  const auto adam = [&](const char* lr) {
    return Watched<optim::Adam>{{.lr = s.at(lr).get<double>(),
                                 .beta1 = s.at("beta1").get<double>(),
                                 .beta2 = s.at("beta2").get<double>(),
                                 .eps = s.value("eps", 1e-4)}};  // where the file says nothing: see games.py
  };
  const auto rule_g = adam("lr_g"), rule_d = adam("lr_d");
  const index_t rounds = s.at("steps_d").get<index_t>();
  const double decay = s.value("ema", 0.0);
  AdversarialTrainer trainer{
      g,
      d,
      loss,
      Optimizers{rule_g, rule_d},
      penalty,
      TrainerOptions{.discriminator_steps = rounds, .ema = decay, .ema_warm_up = s.value("ema_warm_up", false)},
      parts...};
  const auto check_number = [](const char* what, double found, const Json& expected) {
    INFO(what);
    CHECK(relative(found, expected) <= game_tolerance<T>);
  };

  for (int number = 1; number <= 3; ++number) {
    const Json& step = find(all, name + "/" + std::to_string(number));
    INFO(step.at("name"));
    REQUIRE(static_cast<index_t>(step.at("rounds").size()) == rounds);
    for (const Json& round : step.at("rounds")) {
      g.next->push_back(batch<T>(round, "z", "y_z"));
      if (&round == &step.at("rounds").back()) g.next->push_back(batch<T>(step, "z", "y_z"));
      const StepReport& report = trainer.step(batch<T>(round, "x", "y"));
      CHECK(g.next->empty());
      check_number("loss of D", report.loss_d, round.at("loss"));
      check_number("mean of D on data", report.d_real, round.at("mean_real"));
      check_number("mean of D on samples", report.d_fake, round.at("mean_fake"));
      if (round.contains("penalty")) check_number("penalty", report.penalty, round.at("penalty"));
      check_number("terms of D", report.terms_d, round.value("terms", Json(0.0)));
      check_gradients(d.net, round.at("gradients"), *rule_d.seen);
    }
    check_number("loss of G", trainer.report().loss_g, step.at("loss"));
    check_number("terms of G", trainer.report().terms_g, step.value("terms", Json(0.0)));
    check_gradients(g.net, step.at("gradients"), *rule_g.seen);
    check_state(g.net, step.at("g"));
    check_state(d.net, step.at("d"));

    REQUIRE(step.contains("average") == (decay > 0));
    if (decay > 0) {
      const auto& average = trainer.best_generator();
      check_state(average.net, step.at("average"));
      const Labelled<T> z = batch<T>(step, "z", "y_z");
      CHECK(distance(average.sample(z.values, z.labels), step.at("samples")) <= game_tolerance<T>);
    }
    if constexpr (requires { trainer.loss().k; }) check_number("balance k", trainer.loss().k.item(), step.at("k"));
  }
}

}  // namespace golden
