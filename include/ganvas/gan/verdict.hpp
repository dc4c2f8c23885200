#pragma once
// What a discriminator says of samples: how real they look, and, where it has more heads than one, what else it sees.

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"

GANVAS_BEGIN

/// What D(x) may return in place of its score alone. Parts of the game that need a second head or the features say so
/// when they are missing.
template <class T>
struct Verdict {
  Var<T> score;          ///< D(x), (N,1) or (N): a logit, a critic's value, or what the loss takes it for
  Var<T> classes = {};   ///< (N,K) of an auxiliary head: logits of classes (ACGAN), of codes (InfoGAN); or undefined
  Var<T> features = {};  ///< (N,...) what the heads see, for feature matching; or undefined
};

GANVAS_END
