#pragma once
// Forward declarations of models/.

#include "ganvas/core/fwd.hpp"

GANVAS_BEGIN
namespace models {
struct DcganGeneratorOptions;
struct DcganDiscriminatorOptions;
struct MlpGeneratorOptions;
struct MlpDiscriminatorOptions;
struct StyleGeneratorOptions;
struct StyleDiscriminatorOptions;
template <class T>
struct DcganGenerator;
template <class T>
struct DcganDiscriminator;
template <class T>
struct Mlp;
template <class T>
struct DigitClassifier;
template <class T>
struct StyleMapping;
template <class T>
struct StyleGenerator;
template <class T>
struct StyleDiscriminator;
template <class T>
struct DigitFeatures;
struct DigitTraining;
}  // namespace models
GANVAS_END
