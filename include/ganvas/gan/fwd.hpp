#pragma once
// Forward declarations of gan/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
template <class Net>
class Generator;
template <class Net>
class Discriminator;
template <class T>
struct Verdict;
template <class T>
struct Labelled;
struct Latent;
template <class T>
struct Round;
struct StepReport;
struct TrainerOptions;
namespace loss {
struct Minimax;
struct NonSaturating;
struct LeastSquares;
struct Hinge;
struct Wasserstein;
struct RelativisticPaired;
struct RelativisticAverage;
struct Began;
struct Any;
}  // namespace loss
struct NoPenalty;
struct GradientPenalty;
struct Dragan;
struct R1;
struct R2;
struct R1R2;
struct AnyPenalty;
struct ClipWeights;
struct AuxiliaryClassifier;
struct MutualInformation;
struct FeatureMatching;
template <class T>
struct HistoricalAveraging;
struct Unrolled;
struct PathLength;
struct InstanceNoise;
struct DiffAugment;
struct Ada;
struct TopK;
class Health;
struct RestartOptions;
struct RestartState;
GANVAS_END
