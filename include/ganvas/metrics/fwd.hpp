#pragma once
// Forward declarations of metrics/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
namespace metrics {
struct FeatureStatistics;
}  // namespace metrics
GANVAS_END
