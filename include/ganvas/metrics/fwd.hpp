#pragma once
// Forward declarations of metrics/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
namespace metrics {
struct FeatureStatistics;
struct FeatureKey;
class FeatureCache;
template <class V>
struct Cached;
struct KernelDistance;
struct KernelDistanceOptions;
struct PrecisionRecall;
struct PrecisionRecallOptions;
struct InceptionScore;
struct InceptionScoreOptions;
struct HistogramDivergence;
struct AskedAccuracy;
struct StackedModes;
struct Evaluation;
struct EvaluationOptions;
template <class T>
struct EvaluationInput;
}  // namespace metrics
GANVAS_END
