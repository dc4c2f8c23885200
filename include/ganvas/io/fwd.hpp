#pragma once
// Forward declarations of io/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
namespace io {
class InputFile;
class AtomicFile;
class Sha256;
class CsvWriter;
template <class T>
class NpyWriter;
enum class Dtype;
struct SafetensorsEntry;
struct SafetensorsItem;
class Safetensors;
struct TfjsEntry;
class TfjsWeights;
struct Picture;
struct ImageOptions;
struct GridOptions;
struct Colour;
struct PointStyle;
struct PointSet;
struct ScatterOptions;
struct Series;
struct CurveOptions;
struct Machine;
class Report;
struct PictureInfo;
struct ReadImageOptions;
struct Bounds;
class Settings;
}  // namespace io
GANVAS_END
