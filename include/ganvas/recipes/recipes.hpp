#pragma once
// The recipes by name: each is a paper and the settings that make its game out of the library's parts. What a setting
// is called and what it may be is said where it is asked for (recipes/networks.hpp, recipes/game.hpp); what a recipe
// leaves unsaid has the default from there.

#include <string>
#include <string_view>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/did_you_mean.hpp"

GANVAS_BEGIN
namespace recipes {

struct Recipe {
  std::string_view name;
  std::string_view title;
  std::string_view source;    ///< paper, equations
  std::string_view settings;  ///< JSON
};

/// All of them.
[[nodiscard]] inline const std::vector<Recipe>& all() {
  static const std::vector<Recipe> recipes{
      {"gan", "GAN, multilayer perceptrons", "Goodfellow et al. 2014, sec. 3 and Algorithm 1",
       R"({"model": "mlp", "loss": "non_saturating", "latent.noise": 100,
           "generator.hidden": [256, 512, 1024], "discriminator.hidden": [512, 256],
           "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"minimax", "GAN with the saturating loss", "Goodfellow et al. 2014, eq. 1",
       R"({"loss": "minimax", "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"dcgan", "DCGAN", "Radford et al. 2015, sec. 3 and 4",
       R"({"loss": "non_saturating", "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"smooth", "DCGAN with one-sided label smoothing", "Salimans et al. 2016, sec. 3.4",
       R"({"loss": "non_saturating", "real_label": 0.9, "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"lsgan", "Least squares GAN", "Mao et al. 2016, eq. 2 and 9",
       R"({"loss": "least_squares", "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"wgan", "Wasserstein GAN, clipped weights", "Arjovsky et al. 2017, Algorithm 1",
       R"({"loss": "wasserstein", "discriminator_steps": 5, "clip_weights": 0.01,
           "optimizer": {"rule": "rmsprop", "lr": 5e-5}})"},
      {"wgan-gp", "Wasserstein GAN with gradient penalty", "Gulrajani et al. 2017, eq. 3 and Algorithm 1",
       R"({"loss": "wasserstein", "discriminator_steps": 5, "penalty": {"kind": "gradient", "weight": 10},
           "discriminator.batch_norm": false, "latent.noise": 128, "optimizer": {"lr": 1e-4, "beta1": 0.5, "beta2": 0.9}})"},
      {"dragan", "DRAGAN", "Kodali et al. 2017, sec. 2.3",
       R"({"loss": "non_saturating", "penalty": {"kind": "dragan", "weight": 10}, "discriminator.batch_norm": false,
           "optimizer": {"lr": 1e-4, "beta1": 0.5, "beta2": 0.9}})"},
      {"r1", "Zero-centred gradient penalty on data", "Mescheder et al. 2018, eq. 9",
       R"({"loss": "non_saturating", "penalty": {"kind": "r1", "weight": 0.3, "every": 4}, "discriminator.batch_norm": false,
           "latent.noise": 64, "optimizer": {"lr": 2e-3, "beta1": 0, "beta2": 0.99}, "ema": 0.998})"},
      {"r2", "Zero-centred gradient penalty on samples", "Mescheder et al. 2018, eq. 10",
       R"({"loss": "non_saturating", "penalty": {"kind": "r2", "weight": 0.3, "every": 4}, "discriminator.batch_norm": false,
           "latent.noise": 64, "optimizer": {"lr": 2e-3, "beta1": 0, "beta2": 0.99}, "ema": 0.998})"},
      {"r3gan", "R3GAN's relativistic loss, R1 and R2", "Huang et al. 2024, eq. 2 and 3",
       R"({"loss": "relativistic_paired", "penalty": {"kind": "r1r2", "weight": 0.5}, "discriminator.batch_norm": false,
           "latent.noise": 64, "optimizer": {"lr": 1e-3, "beta1": 0, "beta2": 0.99}, "ema": 0.998})"},
      {"ragan", "Relativistic average GAN", "Jolicoeur-Martineau 2018, sec. 4.3",
       R"({"loss": "relativistic_average", "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"hinge", "Hinge loss with two time scales", "Lim and Ye 2017; Heusel et al. 2017; Zhang et al. 2019, sec. 4",
       R"({"model": "sndcgan", "loss": "hinge", "latent.noise": 128,
           "optimizer": {"lr": 1e-4, "beta1": 0, "beta2": 0.9, "lr_discriminator": 4e-4}})"},
      {"sngan", "Spectral normalisation", "Miyato et al. 2018, eq. 8 and Algorithm 1",
       R"({"model": "sndcgan", "loss": "hinge", "latent.noise": 128,
           "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"resnet", "SNGAN with residual networks", "Miyato et al. 2018, appendix B",
       R"({"model": "resnet", "loss": "hinge", "latent.noise": 128, "discriminator_steps": 5,
           "optimizer": {"lr": 2e-4, "beta1": 0, "beta2": 0.9}, "schedule": "linear", "schedule_end": 0})"},
      {"sagan", "Self-attention", "Zhang et al. 2019, eq. 1 to 3",
       R"({"model": "resnet", "loss": "hinge", "latent.noise": 128, "generator.spectral_norm": true,
           "generator.attention": -1, "discriminator.attention": -1,
           "optimizer": {"lr": 1e-4, "beta1": 0, "beta2": 0.9, "lr_discriminator": 4e-4}})"},
      {"style", "StyleGAN2, small", "Karras et al. 2019b, eq. 1 to 4",
       R"({"model": "style", "loss": "non_saturating", "latent.noise": 64, "penalty": {"kind": "r1", "weight": 0.01, "every": 16},
           "generator.mixing": 0, "discriminator.residual": false,
           "optimizer": {"lr": 2.5e-3, "beta1": 0, "beta2": 0.99}, "ema": 0.998})"},
      {"cgan", "Conditional GAN", "Mirza and Osindero 2014, eq. 2",
       R"({"loss": "non_saturating", "classes": "input", "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"acgan", "Auxiliary classifier GAN", "Odena et al. 2017, eq. 2 and 3",
       R"({"loss": "non_saturating", "classes": "auxiliary", "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"projection", "Projection discriminator", "Miyato and Koyama 2018, eq. 3",
       R"({"model": "resnet", "loss": "hinge", "classes": "projection", "latent.noise": 128, "discriminator_steps": 5,
           "optimizer": {"lr": 2e-4, "beta1": 0, "beta2": 0.9}, "schedule": "linear", "schedule_end": 0})"},
      {"infogan", "InfoGAN", "Chen et al. 2016, eq. 5 and 6, appendix C.1",
       R"({"model": "infogan", "loss": "non_saturating",
           "latent": {"noise": 62, "prior": "uniform", "categories": [10], "continuous": 2}, "mutual_information": {"weight": 1, "continuous": 0.1},
           "optimizer": {"lr": 1e-3, "beta1": 0.5, "lr_discriminator": 2e-4}})"},
      {"began", "BEGAN", "Berthelot et al. 2017, sec. 3.3 and 3.4",
       R"({"model": "began", "loss": "began", "latent": {"noise": 64, "prior": "uniform"}, "optimizer": {"lr": 1e-4, "beta1": 0.5}})"},
      {"pacgan", "PacGAN, two samples packed", "Lin et al. 2018, sec. 2",
       R"({"loss": "non_saturating", "pack": 2, "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"unrolled", "Unrolled GAN, five steps", "Metz et al. 2017, eq. 9 and 10",
       R"({"loss": "non_saturating", "unroll": 5, "discriminator.batch_norm": false, "optimizer": {"lr": 1e-4, "beta1": 0.5}})"},
      {"diffaugment", "R1 with differentiable augmentation", "Zhao et al. 2020, eq. 4 to 7",
       R"({"loss": "non_saturating", "augment": "diff", "penalty": {"kind": "r1", "weight": 0.3, "every": 4},
           "discriminator.batch_norm": false, "latent.noise": 64, "optimizer": {"lr": 2e-3, "beta1": 0, "beta2": 0.99},
           "ema": 0.998})"},
      {"ada", "R1 with adaptive augmentation", "Karras et al. 2020, sec. 3",
       R"({"loss": "non_saturating", "augment": "ada", "penalty": {"kind": "r1", "weight": 0.3, "every": 4},
           "discriminator.batch_norm": false, "latent.noise": 64, "optimizer": {"lr": 2e-3, "beta1": 0, "beta2": 0.99},
           "ema": 0.998})"},
      {"top-k", "Top-k training", "Sinha et al. 2020, sec. 3",
       R"({"loss": "non_saturating", "top_k": 0.5, "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"feature-matching", "Feature matching", "Salimans et al. 2016, sec. 3.1",
       R"({"loss": "non_saturating", "feature_matching": 1, "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"historical", "Historical averaging", "Salimans et al. 2016, sec. 3.3",
       R"({"loss": "non_saturating", "historical_averaging": 1e-4, "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
      {"instance-noise", "Instance noise", "Sonderby et al. 2017; Arjovsky and Bottou 2017",
       R"({"loss": "non_saturating", "instance_noise": {"sigma": 0.2, "steps": 10000}, "discriminator.batch_norm": false,
           "latent.noise": 100, "optimizer": {"lr": 2e-4, "beta1": 0.5}})"},
  };
  return recipes;
}

/// The recipe of a name. Throws ValueError with the nearest name.
[[nodiscard]] inline const Recipe& find(const std::string& name) {
  std::vector<std::string> names;
  for (const Recipe& r : all()) {
    if (r.name == name) return r;
    names.emplace_back(r.name);
  }
  fail<ValueError>("recipes", "there is no recipe \"", name, "\".", io::detail::did_you_mean(name, names),
                   " There are ", io::detail::enumerate(names), ".");
}

}  // namespace recipes
GANVAS_END
