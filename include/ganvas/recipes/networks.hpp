#pragma once
// The networks of a recipe: a generator and a discriminator that are chosen when the program runs.

#include <algorithm>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/gan/verdict.hpp"
#include "ganvas/io/settings.hpp"
#include "ganvas/models/auxiliary.hpp"
#include "ganvas/models/began.hpp"
#include "ganvas/models/conditional.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/models/infogan.hpp"
#include "ganvas/models/mlp.hpp"
#include "ganvas/models/resnet.hpp"
#include "ganvas/models/sndcgan.hpp"
#include "ganvas/models/style.hpp"
#include "ganvas/models/style_discriminator.hpp"
#include "ganvas/models/unrolled.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace recipes {

/// One of the library's generators.
template <class T>
struct AnyGenerator {
  using value_type = T;

  std::variant<models::Mlp<T>, models::DcganGenerator<T>, models::Conditional<models::DcganGenerator<T>>,
               models::SndcganGenerator<T>, models::ResnetGenerator<T>, models::StyleGenerator<T>,
               models::BeganDecoder<T>, models::InfoganGenerator<T>, models::UnrolledGenerator<T>>
      chosen;

  static constexpr auto members = std::tuple{nn::member("", &AnyGenerator::chosen)};

  [[nodiscard]] index_t latent() const {
    return std::visit([](const auto& g) { return static_cast<index_t>(g.latent()); }, chosen);
  }
  [[nodiscard]] index_t classes() const {
    return std::visit(
        [](const auto& g) {
          if constexpr (requires { g.classes(); })
            return static_cast<index_t>(g.classes());
          else
            return index_t{0};
        },
        chosen);
  }
  [[nodiscard]] Var<T> operator()(const Var<T>& z) const { return run(*this, z, nullptr); }
  [[nodiscard]] Var<T> training(const Var<T>& z) { return run(*this, z, nullptr); }
  [[nodiscard]] Var<T> operator()(const Var<T>& z, const Labels& y) const { return run(*this, z, &y); }
  [[nodiscard]] Var<T> training(const Var<T>& z, const Labels& y) { return run(*this, z, &y); }

  /// For path length regularisation; StyleGAN2's generator alone has them.
  [[nodiscard]] Var<T> styles_training(const Var<T>& z) { return style().styles_training(z); }
  [[nodiscard]] Var<T> styles_training(const Var<T>& z, const Labels& y) { return style().styles_training(z, y); }
  [[nodiscard]] Var<T> synthesis_training(const Var<T>& w) { return style().synthesis_training(w); }

 private:
  /// y: null without classes.
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& z, const Labels* y) {
    return std::visit(
        [&z, y](auto& g) -> Var<T> {
          if constexpr (requires { std::as_const(g)(z, *y); })
            if (y != nullptr) return nn::pass(g, z, *y);
          require<ValueError>(y == nullptr, "generator", "this network takes no classes.");
          if constexpr (requires { std::as_const(g)(z); })
            return nn::pass(g, z);
          else
            fail<ValueError>("generator", "this network needs the classes of its samples.");
        },
        self.chosen);
  }
  models::StyleGenerator<T>& style() {
    auto* g = std::get_if<models::StyleGenerator<T>>(&chosen);
    require<ValueError>(g != nullptr, "path_length", "path length regularisation needs the model \"style\".");
    return *g;
  }
};

/// One of the library's discriminators.
template <class T>
struct AnyDiscriminator {
  using value_type = T;

  std::variant<models::Mlp<T>, models::DcganDiscriminator<T>, models::Conditional<models::DcganDiscriminator<T>>,
               models::AuxiliaryDiscriminator<T>, models::SndcganDiscriminator<T>, models::ResnetDiscriminator<T>,
               models::StyleDiscriminator<T>, models::BeganDiscriminator<T>, models::InfoganDiscriminator<T>>
      chosen;

  static constexpr auto members = std::tuple{nn::member("", &AnyDiscriminator::chosen)};

  [[nodiscard]] index_t classes() const {
    return std::visit(
        [](const auto& d) {
          if constexpr (requires { d.classes(); })
            return static_cast<index_t>(d.classes());
          else
            return index_t{0};
        },
        chosen);
  }
  [[nodiscard]] Verdict<T> operator()(const Var<T>& x) const { return run(*this, x, nullptr); }
  [[nodiscard]] Verdict<T> training(const Var<T>& x) { return run(*this, x, nullptr); }
  [[nodiscard]] Verdict<T> operator()(const Var<T>& x, const Labels& y) const { return run(*this, x, &y); }
  [[nodiscard]] Verdict<T> training(const Var<T>& x, const Labels& y) { return run(*this, x, &y); }

 private:
  /// y: null without classes.
  template <class Self>
  static Verdict<T> run(Self& self, const Var<T>& x, const Labels* y) {
    return std::visit(
        [&x, y](auto& d) -> Verdict<T> {
          if constexpr (requires { std::as_const(d)(x, *y); })
            if (y != nullptr) return ganvas::detail::as_verdict(nn::pass(d, x, *y));
          require<ValueError>(y == nullptr, "discriminator", "this network takes no classes.");
          if constexpr (requires { std::as_const(d)(x); })
            return ganvas::detail::as_verdict(nn::pass(d, x));
          else
            fail<ValueError>("discriminator", "this network needs the classes of its samples.");
        },
        self.chosen);
  }
};

/// What the networks must know of the data.
struct SampleShape {
  Shape sample;         ///< of one sample: (H,W,C), or (2) for points
  index_t classes = 0;  ///< of the data; 0: none

  [[nodiscard]] bool images() const { return sample.rank() == 3; }
  [[nodiscard]] nn::ImageSize image() const { return {sample[0], sample[1], sample[2]}; }
};

namespace detail {

inline std::vector<std::string> model_names() {
  return {"automatic", "mlp", "dcgan", "sndcgan", "resnet", "style", "began", "infogan", "unrolled"};
}

/// How often a side can be halved: 28 -> 7: 2 times; 32 -> 4: 3 times.
inline index_t halvings(index_t side, index_t least) {
  index_t n = 0;
  while (side % 2 == 0 && side / 2 >= least) {
    side /= 2;
    ++n;
  }
  return n;
}

/// The widths of so many levels, growing by 2 from `first`.
inline std::vector<index_t> widths(index_t first, index_t levels, bool rising) {
  std::vector<index_t> w;
  for (index_t i = 0; i < levels; ++i) w.push_back(first << (rising ? i : levels - 1 - i));
  return w;
}

/// The side of the map behind which self-attention stands: 0 none, -1 half of the image's.
inline index_t attention(io::Settings& s, const std::string& name, index_t side) {
  const index_t given = s.get<index_t>(name, 0, {.least = -1});
  return given < 0 ? side / 2 : given;
}

/// Which model is meant for this data. Throws ValueError where it cannot be.
inline std::string model_of(io::Settings& s, const SampleShape& data) {
  std::string model = s.choice("model", "automatic", model_names());
  if (model == "automatic") model = data.images() ? "dcgan" : "mlp";
  require<ValueError>(data.images() || model == "mlp", "recipes", "the model ", model,
                      " makes images, but the data are ", "points; use the model mlp.");
  return model;
}

}  // namespace detail

/// Whether a recipe is to be conditional: "classes" is "none", "input" (concatenated), "projection" or "auxiliary".
inline std::string classes_of(io::Settings& s, const SampleShape& data) {
  const std::string how = s.choice("classes", "none", {"none", "input", "projection", "auxiliary"});
  require<ValueError>(how == "none" || data.classes >= 2, "recipes", "classes are wanted (", how,
                      "), but the data have ",
                      "none; give data with labels (folders of pictures: one folder a class), or --set classes=none.");
  return how;
}

namespace detail {

/// The classes go into this model as the setting says, or a sentence says how they can.
inline void check_classes(const std::string& how, const std::string& model) {
  const auto only = [&](const char* known) {
    require<ValueError>(how == "none" || how == known, "recipes", "with the model ", model, " classes can be \"", known,
                        "\" or \"none\", but are \"", how, "\".");
  };
  if (model == "mlp") only("input");
  if (model == "resnet" || model == "style") only("projection");
  require<ValueError>(model != "dcgan" || how != "projection", "recipes",
                      "projection is known for the models resnet and style; with dcgan classes can be \"input\", ",
                      "\"auxiliary\" or \"none\".");
}

}  // namespace detail

/// The generator that the settings ask for. latent: the length of z.
template <class T>
[[nodiscard]] AnyGenerator<T> make_generator(io::Settings& s, const SampleShape& data, index_t latent, Random& rng) {
  const std::string model = detail::model_of(s, data);
  const std::string how = classes_of(s, data);
  detail::check_classes(how, model);
  const index_t classes = how == "none" ? 0 : data.classes;
  const auto no_classes = [&] {
    require<ValueError>(classes == 0, "recipes", "the model ", model,
                        " takes no classes; use dcgan, resnet, style or mlp.");
  };
  if (model == "mlp")
    return {
        models::mlp_generator<T>({.latent = latent,
                                  .hidden = s.get<std::vector<index_t>>("generator.hidden", {256, 256}, {.least = 1}),
                                  .sample = data.sample,
                                  .tanh_output = data.images(),
                                  .classes = classes},
                                 rng)};
  const nn::ImageSize image = data.image();
  if (model == "dcgan") {
    const index_t levels = std::max<index_t>(1, detail::halvings(image.h, 4));
    const models::DcganGeneratorOptions o{
        .latent = latent,
        .image = image,
        .channels = s.get<std::vector<index_t>>("generator.channels", detail::widths(64, levels, false), {.least = 1})};
    const auto input = s.choice("generator.class_input", "one_hot", {"one_hot", "embedding"}) == "one_hot"
                           ? models::ClassInput::one_hot
                           : models::ClassInput::embedding;
    if (classes == 0) return {models::dcgan_generator<T>(o, rng)};
    return {models::conditional_dcgan_generator<T>(o, {.classes = classes, .input = input}, rng)};
  }
  if (model == "sndcgan") {
    no_classes();
    return {models::sndcgan_generator<T>(
        {.latent = latent, .image = image, .channels = s.get<index_t>("generator.width", 512, {.least = 8})}, rng)};
  }
  if (model == "resnet")
    return {models::resnet_generator<T>({.latent = latent,
                                         .image = image,
                                         .channels = s.get<index_t>("generator.width", 128, {.least = 1}),
                                         .classes = classes,
                                         .attention = detail::attention(s, "generator.attention", image.h),
                                         .spectral_norm = s.get<bool>("generator.spectral_norm", false)},
                                        rng)};
  if (model == "style")
    return {models::style_generator<T>({.latent = latent,
                                        .style = s.get<index_t>("generator.style", 64, {.least = 1}),
                                        .image = image,
                                        .base = s.get<index_t>("generator.base", 1024, {.least = 1}),
                                        .max = s.get<index_t>("generator.max", 128, {.least = 1}),
                                        .mapping_layers = s.get<index_t>("generator.mapping_layers", 2, {.least = 1}),
                                        .classes = classes,
                                        .mixing = s.get<double>("generator.mixing", 0.9, {.least = 0, .most = 1})},
                                       rng)};
  no_classes();
  if (model == "unrolled")
    return {models::unrolled_generator<T>(
        {.latent = latent, .image = image, .width = s.get<index_t>("generator.width", 64, {.least = 8})}, rng)};
  if (model == "began")
    return {models::began_generator<T>({.image = image,
                                        .channels = s.get<index_t>("generator.width", 64, {.least = 1}),
                                        .latent = latent,
                                        .levels = s.get<index_t>("generator.levels", 3, {.least = 1})},
                                       rng)};
  return {models::infogan_generator<T>({.latent = latent,
                                        .image = image,
                                        .hidden = s.get<index_t>("generator.hidden_width", 1024, {.least = 1}),
                                        .channels = s.get<index_t>("generator.width", 128, {.least = 2})},
                                       rng)};
}

/// The discriminator that the settings ask for. pack: samples that are judged together; outputs: numbers of a second
/// head (classes of ACGAN, codes of InfoGAN), 0 for none; with_features: feature matching wants to see them.
template <class T>
[[nodiscard]] AnyDiscriminator<T> make_discriminator(io::Settings& s, const SampleShape& data, index_t pack,
                                                     index_t outputs, bool with_features, index_t latent, Random& rng) {
  const std::string model = detail::model_of(s, data);
  const std::string how = classes_of(s, data);
  const index_t classes = how == "input" || how == "projection" ? data.classes : 0;
  const bool second_head = outputs > 0 || with_features;
  require<ValueError>(!second_head || model == "dcgan" || model == "infogan", "recipes",
                      "a second head or features of D are known for the models dcgan and infogan, not for ", model,
                      ".");
  if (model == "mlp")
    return {models::mlp_discriminator<T>(
        {.sample = data.sample.with(-1, data.sample[data.sample.rank() - 1] * pack),
         .hidden = s.get<std::vector<index_t>>("discriminator.hidden", {256, 256}, {.least = 1}),
         .classes = classes},
        rng)};
  nn::ImageSize image = data.image();
  image.c *= pack;
  const bool spectral = s.get<bool>("discriminator.spectral_norm", model == "sndcgan" || model == "resnet");
  require<ValueError>(!spectral || model == "sndcgan" || model == "resnet", "recipes",
                      "spectral norm is known for the models sndcgan and resnet.");
  if (model == "dcgan") {
    const index_t levels = std::max<index_t>(1, detail::halvings(image.h, 4));
    const auto channels =
        s.get<std::vector<index_t>>("discriminator.channels", detail::widths(64, levels, true), {.least = 1});
    const bool batch_norm = s.get<bool>("discriminator.batch_norm", true);
    const double slope = s.get<double>("discriminator.slope", 0.2, {.least = 0, .most = 1});
    if (second_head)
      return {models::auxiliary_discriminator<T>(
          {.image = image, .channels = channels, .batch_norm = batch_norm, .slope = slope, .outputs = outputs}, rng)};
    const models::DcganDiscriminatorOptions o{
        .image = image, .channels = channels, .batch_norm = batch_norm, .slope = slope};
    if (classes == 0) return {models::dcgan_discriminator<T>(o, rng)};
    return {models::conditional_dcgan_discriminator<T>(o, classes, rng)};
  }
  if (model == "sndcgan")
    return {models::sndcgan_discriminator<T>({.image = image,
                                              .channels = s.get<index_t>("discriminator.width", 512, {.least = 8}),
                                              .spectral_norm = spectral},
                                             rng)};
  if (model == "resnet")
    return {models::resnet_discriminator<T>({.image = image,
                                             .channels = s.get<index_t>("discriminator.width", 128, {.least = 1}),
                                             .classes = classes,
                                             .attention = detail::attention(s, "discriminator.attention", image.h),
                                             .spectral_norm = spectral},
                                            rng)};
  if (model == "style")
    return {models::style_discriminator<T>({.image = image,
                                            .base = s.get<index_t>("discriminator.base", 1024, {.least = 1}),
                                            .max = s.get<index_t>("discriminator.max", 128, {.least = 1}),
                                            .residual = s.get<bool>("discriminator.residual", true),
                                            .group = s.get<index_t>("discriminator.group", 4, {.least = 0}),
                                            .classes = classes},
                                           rng)};
  if (model == "unrolled")
    return {
        models::unrolled_discriminator<T>({.image = image,
                                           .width = s.get<index_t>("discriminator.width", 2, {.least = 1}),
                                           .batch_norm = s.get<bool>("discriminator.batch_norm", true),
                                           .slope = s.get<double>("discriminator.slope", 0.3, {.least = 0, .most = 1})},
                                          rng)};
  if (model == "began")
    return {models::began_discriminator<T>({.image = image,
                                            .channels = s.get<index_t>("discriminator.width", 64, {.least = 1}),
                                            .latent = latent,
                                            .levels = s.get<index_t>("discriminator.levels", 3, {.least = 1})},
                                           rng)};
  return {
      models::infogan_discriminator<T>({.image = image,
                                        .outputs = outputs,
                                        .channels = s.get<index_t>("discriminator.width", 64, {.least = 1}),
                                        .hidden = s.get<index_t>("discriminator.hidden_width", 1024, {.least = 1}),
                                        .slope = s.get<double>("discriminator.slope", 0.1, {.least = 0, .most = 1})},
                                       rng)};
}

}  // namespace recipes
GANVAS_END
