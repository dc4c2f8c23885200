#pragma once
// What a game draws, with the numbers of a golden file in place of the draws.

#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/ada.hpp"
#include "ganvas/gan/augment.hpp"
#include "ganvas/gan/augment_noise.hpp"
#include "ganvas/gan/augment_pipeline.hpp"
#include "ganvas/gan/penalties.hpp"

#include "golden/golden.hpp"

namespace golden {

inline ganvas::DiffAugment::Draw diff_draw(const Json& d) {
  return {.brightness = d.at("brightness"),
          .saturation = d.at("saturation"),
          .contrast = d.at("contrast"),
          .flip = d.at("flip"),
          .down = d.at("down"),
          .right = d.at("right"),
          .cut_row = d.at("cut_row"),
          .cut_column = d.at("cut_column")};
}

inline ganvas::PipelineDraw pipeline_draw(const Json& d) {
  return {.flip = d.at("flip"),
          .quarter_turns = d.at("quarter_turns"),
          .down = d.at("down"),
          .right = d.at("right"),
          .scale = d.at("scale"),
          .turn_before = d.at("turn_before"),
          .stretch = d.at("stretch"),
          .turn_after = d.at("turn_after"),
          .down_part = d.at("down_part"),
          .right_part = d.at("right_part"),
          .brightness = d.at("brightness"),
          .contrast = d.at("contrast"),
          .luma_flip = d.at("luma_flip"),
          .hue = d.at("hue"),
          .saturation = d.at("saturation")};
}

template <class Draw>
std::vector<Draw> draws(const Json& all, Draw (*one)(const Json&)) {
  std::vector<Draw> list;
  for (const Json& d : all) list.push_back(one(d));
  return list;
}

/// A penalty whose numbers are those of the step that `step` holds.
template <class T, class P>
struct Given {
  P penalty;
  std::shared_ptr<Json> step = std::make_shared<Json>();
  index_t every = 1;

  template <class D>
  [[nodiscard]] Var<T> operator()(D& d, const ganvas::PenaltyInput<T>& in, ganvas::Random&) const {
    if constexpr (std::is_same_v<P, ganvas::Dragan>)
      return penalty.at(d, in, tensor<T>(step->at("alpha")), tensor<T>(step->at("u")));
    else
      return penalty.at(d, in, tensor<T>(step->at("epsilon")));
  }
};

/// The draws of one step, in the order in which they are asked for.
struct Draws {
  Json calls = Json::array();
  std::size_t next = 0;

  const Json& take() {
    REQUIRE(next < calls.size());
    return calls.at(next++);
  }
  [[nodiscard]] bool used_up() const { return next == calls.size(); }
};
using SharedDraws = std::shared_ptr<Draws>;

/// DiffAugment's T: one list of draws for every batch that D sees.
struct GivenDiffAugment {
  ganvas::DiffAugment diff;
  SharedDraws given;

  template <class T>
  [[nodiscard]] Var<T> augment(const Var<T>& x, index_t, ganvas::Random&) const {
    return diff.apply(x, draws(given->take(), diff_draw));
  }
};

/// ADA's T and its p. A draw is what would happen to an image, and under "u" a number in [0, 1) for each of these: it
/// happens where u is less than its chance, so what D sees follows from p.
struct GivenAda {
  ganvas::Ada ada;
  SharedDraws given;

  template <class T>
  [[nodiscard]] Var<T> augment(const Var<T>& x, index_t, ganvas::Random&) const {
    static const Json nothing{{"flip", false},      {"quarter_turns", 0}, {"down", 0},       {"right", 0},
                              {"scale", 1},         {"turn_before", 0},   {"stretch", 1},    {"turn_after", 0},
                              {"down_part", 0},     {"right_part", 0},    {"brightness", 0}, {"contrast", 1},
                              {"luma_flip", false}, {"hue", 0},           {"saturation", 1}};
    const double p = ada.probability(), p_turn = 1 - std::sqrt(1 - p);  // of two turns, at least one
    std::vector<ganvas::PipelineDraw> list;
    for (const Json& image : given->take()) {
      Json happens = nothing;
      for (const auto& [what, u] : image.at("u").items())
        if (u.template get<double>() < (what.starts_with("turn_") ? p_turn : p)) happens[what] = image.at(what);
      list.push_back(pipeline_draw(happens));
    }
    return ada.options.pipeline.apply(x, list);
  }
  template <class T>
  void observe_real(const Tensor<T>& d_real) {
    ada.observe_real(d_real);
  }
};

/// Instance noise sigma_t e of given e.
struct GivenNoise {
  ganvas::InstanceNoise noise;
  SharedDraws given;

  template <class T>
  [[nodiscard]] Var<T> augment(const Var<T>& x, index_t step, ganvas::Random&) const {
    return x + Var<T>(tensor<T>(given->take())) * static_cast<T>(noise.deviation(step));
  }
};

}  // namespace golden
