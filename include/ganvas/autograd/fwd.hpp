#pragma once
// Forward declarations of autograd/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
template <class T>
class Var;
template <class T>
class Backward;
class NoRecord;
namespace detail {
template <class T>
struct Node;
}  // namespace detail
GANVAS_END
