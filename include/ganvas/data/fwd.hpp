#pragma once
// Forward declarations of data/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
namespace data {
template <class T>
struct Dataset;
template <class T>
struct Batch;
struct BatchOptions;
template <class T>
class Epoch;
template <class T>
class BatchStream;
template <class T>
class StackedMnist;
template <class T>
struct GaussianMixture;
struct ModeStatistics;
enum class Split;
enum class Channels;
enum class Crop;
struct PictureOptions;
template <class T>
struct PictureSet;
struct Table;
struct OpenOptions;
struct Description;
template <class T>
struct Opened;
}  // namespace data
GANVAS_END
