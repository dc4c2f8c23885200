#pragma once
// Two small networks that play for points in the plane, and data for them.

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/models/mlp.hpp"

struct Players {
  ganvas::Random rng{4};
  ganvas::Generator<ganvas::models::Mlp<double>> g{
      ganvas::models::mlp_generator<double>({.latent = 2, .hidden = {8}}, rng)};
  ganvas::Discriminator<ganvas::models::Mlp<double>> d{ganvas::models::mlp_discriminator<double>({.hidden = {8}}, rng)};
  ganvas::Tensor<double> x = rng.normal<double>({16, 2});
};
