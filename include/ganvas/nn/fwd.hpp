#pragma once
// Forward declarations of nn/.

#include "ganvas/core/config.hpp"

GANVAS_BEGIN
namespace nn {
template <class T>
class Parameter;
template <class Class, class Field>
struct Member;
template <class... Specs>
struct Plan;
template <class T, class... Layers>
struct Sequential;
template <class T>
struct Linear;
template <class T>
struct Conv2d;
template <class T>
struct ConvTranspose2d;
template <class T>
struct BatchNorm2d;
template <class T>
struct LayerNorm;
template <class T>
struct InstanceNorm2d;
template <class T>
struct GroupNorm;
template <class T>
struct Embedding;
template <class T>
struct EqualizedLinear;
template <class T>
struct EqualizedConv2d;
template <class T>
struct ModulatedConv2d;
template <class T>
struct NoiseInjection;
struct MinibatchStddev;
template <class T>
struct ConditionalBatchNorm2d;
template <class T>
struct SelfAttention;
template <class Layer>
struct SpectralNorm;
template <class Layer>
struct SpectralNormIf;
}  // namespace nn
GANVAS_END
