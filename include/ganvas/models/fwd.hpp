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
struct SndcganGeneratorOptions;
struct SndcganDiscriminatorOptions;
struct ResnetGeneratorOptions;
struct ResnetDiscriminatorOptions;
struct AuxiliaryDiscriminatorOptions;
struct InfoganGeneratorOptions;
struct InfoganDiscriminatorOptions;
struct BeganOptions;
template <class T>
struct DcganGenerator;
template <class T>
struct DcganDiscriminator;
enum class ClassInput;
struct ClassOptions;
template <class Net>
struct Conditional;
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
template <class T>
struct SndcganGenerator;
template <class T>
struct SndcganDiscriminator;
template <class T>
struct ResidualUp;
template <class T>
struct ResidualDown;
template <class T>
struct ResnetGenerator;
template <class T>
struct ResnetDiscriminator;
template <class T>
struct AuxiliaryDiscriminator;
template <class T>
struct InfoganGenerator;
template <class T>
struct InfoganDiscriminator;
template <class T>
struct BeganDecoder;
template <class T>
struct BeganDiscriminator;
template <class T>
struct UnrolledGenerator;
template <class T>
struct Resnet50;
struct Resnet50Options;
}  // namespace models
GANVAS_END
