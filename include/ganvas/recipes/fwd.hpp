#pragma once
// Forward declarations of recipes/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
namespace recipes {
struct Recipe;
struct SampleShape;
struct Game;
template <class T>
struct AnyGenerator;
template <class T>
struct AnyDiscriminator;
}  // namespace recipes
GANVAS_END
