// Colour pictures are measured in the features of ResNet-50, if that is asked for: half of the data are what samples
// are compared with, the other half say what real pictures score. The network sees no transparency: pictures with alpha
// are laid on a background, which is named beside the scores.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/data/on_background.hpp"
#include "ganvas/io/progress.hpp"
#include "ganvas/io/sha256.hpp"
#include "ganvas/metrics/evaluation.hpp"
#include "ganvas/metrics/feature_cache.hpp"
#include "ganvas/models/resnet50.hpp"

#include "session.hpp"

namespace tool {

namespace {

/// The pictures order[first], ..., order[first + n - 1].
Tensor<float> chosen(const data::Dataset<float>& pictures, const std::vector<index_t>& order, index_t first,
                     index_t n) {
  return pictures.select({order.begin() + first, order.begin() + first + n}).images;
}

}  // namespace

Judge make_picture_judge(const Data& d, const PictureNetwork& o) {
  require<ValueError>(d.train && !d.stacked && d.sample.rank() == 3 && d.sample[2] >= 3, "score",
                      "resnet50 measures pictures in red, green and blue, with or without alpha, but samples of ",
                      d.name, " have shape ", d.sample, d.stacked ? " and are digits" : "", ".");
  const index_t there = d.train->size();
  const auto net = std::make_shared<const models::Resnet50<float>>(models::read_resnet50(o.folder));
  std::printf("Measured by ResNet-50 at %lld x %lld pixels, weights %s\n", static_cast<long long>(o.side),
              static_cast<long long>(o.side), net->hash.substr(0, 16).c_str());

  Judge judge;
  const bool transparent = d.sample[2] == 4;
  const auto seen = [transparent, behind = o.black ? io::colours::black : io::colours::white](Tensor<float> pictures) {
    return transparent ? data::on_background(pictures, behind) : pictures;
  };
  judge.full = [net, o, transparent, seen, real = *d.train, there](const Tensor<float>& samples,
                                                                   const Labels&) -> FullScores {
    const auto features = [&](const char* what, const Tensor<float>& pictures) {
      io::Progress progress(pictures.size(0), 1, "pictures");
      const auto show = [&](index_t done, index_t) { progress.update(done, what); };
      return models::features_and_logits(*net, pictures, {.side = o.side, .progress = show}).features;
    };
    const metrics::FeatureCache cache(o.cache);
    const auto kept = [&](const char* what, const Tensor<float>& pictures) {
      const metrics::FeatureKey key{io::content_hash(pictures),
                                    "resnet50 1, side " + std::to_string(o.side) + ", weights " + net->hash};
      auto found = cache.features<float>(key, [&] { return features(what, pictures); });
      if (!found.trouble.empty()) std::fprintf(stderr, "%s\n", found.trouble.c_str());
      return std::move(found.value);
    };
    // The halves are the same whatever is measured, so that scores can be compared and the real features be kept.
    const index_t half = there / 2, n = std::min(half, samples.size(0));
    const std::vector<index_t> order = Random(0, 24).permutation(there);
    metrics::EvaluationInput<float> in;
    in.test = kept("real pictures, to compare with", seen(chosen(real, order, 0, n)));
    in.train = kept("real pictures, for the floor", seen(chosen(real, order, half, n)));
    data::Dataset<float> made;
    made.images = samples;
    in.fake = features("samples", seen(chosen(made, Random(0, 26).permutation(made.size()), 0, n)));
    const metrics::Evaluation found = metrics::evaluate(in);
    const char* const behind = o.black ? "black" : "white";
    char note[200];
    std::snprintf(note, sizeof note, "%lld samples and one half of %lld pictures%s%s; the floor: the other half\n",
                  static_cast<long long>(n), static_cast<long long>(there), transparent ? ", all on " : "",
                  transparent ? behind : "");
    io::Pairs pairs = found.pairs();
    pairs.emplace_back("network", "resnet50 " + net->hash);
    pairs.emplace_back("side", std::to_string(o.side));
    if (transparent) pairs.emplace_back("background", behind);
    return {note + found.table(), std::move(pairs)};
  };
  return judge;
}

}  // namespace tool
