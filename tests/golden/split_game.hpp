#pragma once
// Plays three steps of a game of a golden file, each by the two updates of AdversarialTrainer, with inputs of their own
// for either player, and compares losses, gradients and what is left with PyTorch's (game.hpp plays whole steps). A
// case "<game>/start" has the parameters, "<game>/1" to "<game>/3" have each step's inputs and results; names of
// parameters begin with their player, "G." or "D.".

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/gan/latent.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/gan/verdict.hpp"
#include "ganvas/nn/module.hpp"

#include "golden/golden.hpp"

namespace golden {

template <class T>
struct Tolerance {
  static constexpr double number = sizeof(T) == 8 ? 1e-10 : 2e-5, gradient = sizeof(T) == 8 ? 1e-9 : 1e-4,
                          parameter = sizeof(T) == 8 ? 1e-9 : 1e-4;
};

/// The classes of a step, if it has some under this name.
inline ganvas::Labels labels(const Json& step, const char* name) {
  return step.contains(name) ? step.at(name).get<ganvas::Labels>() : ganvas::Labels{};
}

/// The players of a game, with the parameters of the file.
template <class NetG, class NetD>
struct Game {
  using T = typename NetG::value_type;

  std::string name;
  const Json& cases;
  ganvas::Generator<NetG> g;
  ganvas::Discriminator<NetD> d;
  std::vector<std::string> names_g, names_d;

  Game(const std::string& file, const std::string& game, NetG net_g, NetD net_d, const ganvas::Latent& latent)
      : name(game), cases(golden::cases(file)), g(std::move(net_g), latent), d(std::move(net_d)) {
    const Json& parameters = start().at("parameters");
    const auto give = [&](auto& player, const std::string& prefix, std::vector<std::string>& names) {
      ganvas::nn::for_each_parameter(player, [&](const std::string& parameter, auto& p) {
        names.push_back(prefix + parameter);
        REQUIRE(shape(parameters.at(names.back()).at("shape")) == p.shape());
        p.set_value(tensor<T>(parameters.at(names.back())));
      });
    };
    give(g, "G.", names_g);
    give(d, "D.", names_d);
    REQUIRE(names_g.size() + names_d.size() == parameters.size());
  }

  [[nodiscard]] const Json& start() const { return find(cases, name + "/start"); }

  void check_parameters(const Json& step) const {
    const auto check = [&](const std::vector<std::string>& names, const std::vector<Var<T>>& parameters) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        INFO("parameter " << names[i]);
        double largest = 0;  // of the gradient
        for (const Json& v : step.at("gradients").at(names[i]).at("data"))
          largest = std::max(largest, std::abs(v.get<double>()));
        if (largest < 1e-12) continue;  // 0 but for rounding, of which Adam makes steps: D's bias in relativistic games
        CHECK(distance(parameters[i].value(), step.at("parameters").at(names[i])) <= Tolerance<T>::parameter);
      }
    };
    check(names_g, ganvas::nn::parameters(g));
    check(names_d, ganvas::nn::parameters(d));
    if constexpr (requires { g.net.bn.running_mean; }) {
      CHECK(distance(g.net.bn.running_mean, step.at("running").at(0)) <= Tolerance<T>::parameter);
      CHECK(distance(g.net.bn.running_var, step.at("running").at(1)) <= Tolerance<T>::parameter);
    }
  }

  void check_gradients(const Json& step, const std::vector<std::string>& names,
                       std::vector<std::vector<double>>& seen) const {
    REQUIRE(seen.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      INFO("gradient by " << names[i]);
      const Json& expected = step.at("gradients").at(names[i]);
      CHECK(distance(Tensor<double>(shape(expected.at("shape")), seen[i]), expected, 1e-3) <= Tolerance<T>::gradient);
    }
    seen.clear();
  }

  /// Steps 1 to 3. begin(step) is called before each and may hand out its random numbers, end(step) behind it.
  /// seen_g and seen_d are what the players' rules see (watched.hpp).
  template <class Trainer, class Begin, class End>
  void play(Trainer& trainer, std::vector<std::vector<double>>& seen_g, std::vector<std::vector<double>>& seen_d,
            const Begin& begin, const End& end) {
    const auto check_number = [](double found, const Json& step, const char* what) {
      INFO(what);
      if (step.contains(what))
        CHECK(relative(found, step.at(what)) <= Tolerance<T>::number);
      else
        CHECK(found == 0);
    };
    for (int number = 1; number <= 3; ++number) {
      const Json& step = find(cases, name + "/" + std::to_string(number));
      INFO(step.at("name"));
      begin(step);
      const ganvas::Labelled<T> x{tensor<T>(step.at("x")), labels(step, "y")};
      trainer.update_discriminator(x, {tensor<T>(step.at("z_d")), labels(step, "y_d")});
      const ganvas::StepReport& report = trainer.report();
      check_number(report.loss_d, step, "loss_d");
      if (step.contains("penalty")) check_number(report.penalty, step, "penalty");
      check_number(report.terms_d, step, "terms_d");
      check_gradients(step, names_d, seen_d);
      trainer.update_generator(x, {tensor<T>(step.at("z_g")), labels(step, "y_g")});
      check_number(report.loss_g, step, "loss_g");
      check_number(report.terms_g, step, "terms_g");
      check_gradients(step, names_g, seen_g);
      check_parameters(step);
      end(step);
    }
  }
  template <class Trainer>
  void play(Trainer& trainer, std::vector<std::vector<double>>& seen_g, std::vector<std::vector<double>>& seen_d) {
    play(
        trainer, seen_g, seen_d, [](const Json&) {}, [](const Json&) {});
  }
};

}  // namespace golden
