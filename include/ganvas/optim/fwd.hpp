#pragma once
// Forward declarations of optim/.

#include "ganvas/core/config.hpp"

GANVAS_BEGIN
namespace optim {
struct Adam;
struct AdamW;
struct RMSProp;
struct SGD;
template <class Rule, class T>
class Optimizer;
template <class Model>
class Ema;
}  // namespace optim
GANVAS_END
