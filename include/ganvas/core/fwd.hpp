#pragma once
// Forward declarations of core/.

#include "ganvas/core/config.hpp"

GANVAS_BEGIN
class Shape;
class BufferPool;
class Random;
template <class T>
class Buffer;
template <class T>
class Tensor;
GANVAS_END

namespace ganvas {
struct Error;
struct ShapeError;
struct ValueError;
struct FileError;
struct NumericError;
}  // namespace ganvas
