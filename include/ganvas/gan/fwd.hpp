#pragma once
// Forward declarations of gan/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
template <class Net>
class Generator;
template <class Net>
class Discriminator;
struct StepReport;
struct TrainerOptions;
namespace loss {
struct Minimax;
struct NonSaturating;
struct LeastSquares;
struct Hinge;
struct Wasserstein;
}  // namespace loss
struct NoPenalty;
struct GradientPenalty;
struct R1;
GANVAS_END
