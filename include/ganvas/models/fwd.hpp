#pragma once
// Forward declarations of models/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
namespace models {
struct DcganGeneratorOptions;
struct DcganDiscriminatorOptions;
struct MlpGeneratorOptions;
struct MlpDiscriminatorOptions;
template <class T>
struct DcganGenerator;
template <class T>
struct DcganDiscriminator;
template <class T>
struct Mlp;
template <class T>
struct DigitClassifier;
}  // namespace models
GANVAS_END
