#pragma once
// Feature vectors of many images, a portion at a time: what a network needs memory for is one portion.

#include <algorithm>
#include <type_traits>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN
namespace metrics {

/// features(images[a..b)) for portion after portion, as one tensor (N,F)     images: (N,...), N >= 1
/// `features` is any callable Tensor<T> (n,...) -> Tensor<T> (n,...) whose rows do not depend on each other; of a
/// network nn::frozen(net), which keeps no history. What it gives beside n is flattened to F.
template <class T, class Features>
[[nodiscard]] Tensor<T> extract_features(const Tensor<T>& images, Features&& features, index_t portion = 250) {
  static_assert(std::is_convertible_v<std::invoke_result_t<Features&, const Tensor<T>&>, Tensor<T>>,
                "features must be a function Tensor<T> -> Tensor<T>; of a network give nn::frozen(net) "
                "(ganvas/nn/frozen.hpp), which keeps no history");
  require(images.rank() >= 1 && images.size(0) >= 1, "features",
          "images must have shape (N,...) with N >= 1, but have ", images.shape(), ".");
  require<ValueError>(portion >= 1, "features", "a portion has at least one image, but ", portion, " were asked for.");
  const index_t n = images.size(0);
  Tensor<T> all;
  for (index_t first = 0; first < n; first += portion) {
    const index_t last = std::min(n, first + portion);
    const Tensor<T> part = features(images.rows(first, last));
    require(part.rank() >= 1 && part.size(0) == last - first && !part.empty(), "features", "a portion of ",
            last - first, " images gave features of shape ", part.shape(), "; one row an image is needed.");
    const index_t f = part.numel() / (last - first);
    if (first == 0) all = Tensor<T>(Shape{n, f});
    require(f == all.size(1), "features", "one portion gave ", all.size(1), " features an image and another ", f, ".");
    std::copy_n(part.data(), part.numel(), all.mutable_data() + first * f);
  }
  return all;
}

}  // namespace metrics
GANVAS_END
