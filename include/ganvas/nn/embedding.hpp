#pragma once
// Embedding: a table of learned vectors, looked up by number (class labels, tokens).

#include <string>
#include <tuple>
#include <vector>

#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

struct EmbeddingOptions {
  index_t count = 0;     ///< how many numbers there are: 0 to count - 1
  index_t features = 0;  ///< length of each vector
};

/// y[i] = weight[labels[i]]     weight: (count,features), born as N(0, 1)
template <class T>
struct Embedding {
  using value_type = T;

  EmbeddingOptions options;
  Parameter<T> weight;

  static constexpr auto members = std::tuple{member("weight", &Embedding::weight)};

  Embedding(const EmbeddingOptions& o, Random& rng) : options(o) {
    require<ValueError>(o.count > 0 && o.features > 0, "embedding", "count and features must be positive, but are ",
                        o.count, " and ", o.features, ".");
    weight = Parameter<T>(init::normal<T>({o.count, o.features}, rng));
  }

  /// labels: N numbers in [0, count); the result is (N,features).
  [[nodiscard]] Var<T> operator()(const std::vector<index_t>& labels) const {
    return ganvas::embedding<T>(weight, labels);
  }
  [[nodiscard]] std::string describe() const {
    return "Embedding " + std::to_string(options.count) + "->" + std::to_string(options.features);
  }
};

}  // namespace nn

GANVAS_END
