#include "ganvas/metrics/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using metrics::Evaluation;
using metrics::EvaluationInput;

namespace {

constexpr metrics::EvaluationOptions quick{.kid = {.subsets = 5, .subset_size = 40}};

/// Features of three sets, `shift` apart, and logits that see classes 0..2 by the first feature.
EvaluationInput<float> sets(index_t train, index_t test, index_t fake, float shift = 0.0F) {
  Random rng{1};
  EvaluationInput<float> in{rng.normal<float>({train, 4}), rng.normal<float>({test, 4}),
                            rng.normal<float>({fake, 4}, shift)};
  const auto logits = [](const Tensor<float>& x) {
    Tensor<float> l(Shape{x.size(0), 3});
    for (index_t i = 0; i < x.size(0); ++i)
      for (index_t c = 0; c < 3; ++c) l.mutable_data()[3 * i + c] = x(i, c) * 3;
    return l;
  };
  in.train_logits = logits(in.train);
  in.test_logits = logits(in.test);
  in.fake_logits = logits(in.fake);
  return in;
}

std::string value(const io::Pairs& pairs, const std::string& name) {
  for (const auto& [key, text] : pairs)
    if (key == name) return text;
  return "there is no " + name;
}

}  // namespace

TEST_CASE("an evaluation is its scores, each computed alone on the same vectors") {
  const auto in = sets(80, 80, 80, 0.7F);
  const Evaluation e = metrics::evaluate(in, quick);
  CHECK(e.n == 80);
  CHECK(e.features == 4);
  const auto test = metrics::feature_statistics(in.test);
  CHECK(e.fake.fid == metrics::frechet_distance(test, metrics::feature_statistics(in.fake)));
  CHECK(e.floor.fid == metrics::frechet_distance(test, metrics::feature_statistics(in.train)));
  CHECK(e.fake.neighbours.precision == metrics::precision_recall(in.test, in.fake).precision);
  CHECK(e.floor.neighbours.coverage == metrics::precision_recall(in.test, in.train).coverage);
  CHECK(e.fake.kid.subset_size == 40);
  CHECK(std::abs(e.fake.kid.mean - metrics::kernel_distance(in.test, in.fake)) < 10 * e.fake.kid.standard_error);
  REQUIRE(e.fake_classes);
  REQUIRE(e.floor_classes);
  CHECK(e.fake_classes->inception.mean == metrics::inception_score(metrics::class_probabilities(in.fake_logits)).mean);
  CHECK(e.floor_classes->to_test.kl_fake_real ==
        metrics::kl_divergence(metrics::class_histogram(in.train_logits), metrics::class_histogram(in.test_logits)));
  CHECK(e.fake_classes->to_uniform.kl_real_fake ==
        metrics::kl_divergence(metrics::uniform_histogram(3), metrics::class_histogram(in.fake_logits)));
  CHECK_FALSE(e.asked_accuracy);
}

TEST_CASE("samples of the data's own distribution score like the floor, shifted ones worse") {
  const Evaluation good = metrics::evaluate(sets(150, 150, 150), quick);
  const Evaluation bad = metrics::evaluate(sets(150, 150, 150, 1.5F), quick);
  CHECK(good.fake.fid < 3 * good.floor.fid);
  CHECK(bad.fake.fid > 10 * bad.floor.fid);
  CHECK(bad.floor.fid == good.floor.fid);
  CHECK(bad.fake.kid.mean > 10 * std::abs(good.fake.kid.mean));
  CHECK(bad.fake.neighbours.coverage < 0.7 * good.fake.neighbours.coverage);
}

TEST_CASE("sets of other sizes: as many of each as the smallest has, the same ones each time") {
  const auto in = sets(300, 120, 90);
  const Evaluation e = metrics::evaluate(in, quick), again = metrics::evaluate(in, quick);
  CHECK(e.n == 90);
  CHECK(e.pairs() == again.pairs());
  auto other = quick;
  other.seed = 1;
  CHECK(metrics::evaluate(in, other).floor.fid != e.floor.fid);
  auto few = quick;
  few.n = 20;
  CHECK(metrics::evaluate(in, few).n == 20);
  CHECK(metrics::evaluate(in, few).fake.kid.subset_size == 10);
  const auto chosen = metrics::detail::choose(50, 20, Random(3));
  CHECK(std::set<index_t>(chosen.begin(), chosen.end()).size() == 20);
  CHECK_FALSE(std::is_sorted(chosen.begin(), chosen.end()));
  CHECK(metrics::detail::choose(4, 4, Random(3)) == std::vector<index_t>{0, 1, 2, 3});
}

TEST_CASE("features, logits and asked classes stay together when some are taken") {
  auto in = sets(60, 60, 100);
  in.asked = metrics::predicted_classes(in.fake_logits);
  CHECK(metrics::evaluate(in, quick).asked_accuracy == 1.0);
  for (auto& c : in.asked) c = (c + 1) % 3;
  CHECK(metrics::evaluate(in, quick).asked_accuracy == 0.0);
  // the logits see the features' own first three numbers, so they agree row by row
  const auto rows = metrics::detail::choose(100, 60, Random(quick.seed, 16));
  const auto f = metrics::detail::rows_of(in.fake, rows), l = metrics::detail::rows_of(in.fake_logits, rows);
  for (index_t i = 0; i < 60; ++i) CHECK(l(i, 2) == f(i, 2) * 3);
}

TEST_CASE("an evaluation as pairs and as a table") {
  auto in = sets(60, 60, 60);
  in.asked = metrics::predicted_classes(in.fake_logits);
  const Evaluation e = metrics::evaluate(in, quick);
  const io::Pairs pairs = e.pairs();
  CHECK(value(pairs, "n") == "60");
  CHECK(value(pairs, "features") == "4");
  CHECK(std::stod(value(pairs, "fid")) == Approx(e.fake.fid).epsilon(1e-5));
  CHECK(std::stod(value(pairs, "fid_floor")) == Approx(e.floor.fid).epsilon(1e-5));
  CHECK(std::stod(value(pairs, "kl_fake_test")) == Approx(e.fake_classes->to_test.kl_fake_real).margin(1e-6));
  CHECK(value(pairs, "asked_accuracy") == "1");
  std::set<std::string> names;
  for (const auto& [name, text] : pairs) names.insert(name);
  CHECK(names.size() == pairs.size());
  CHECK(names.size() == 2 + 2 * 12 + 1);
  const std::string table = e.table();
  CHECK(std::count(table.begin(), table.end(), '\n') == 14);
  CHECK(table.find("n = 60, F = 4") == 0);
  for (const char* word : {"samples", "floor", "fid", "kid", "precision", "recall", "density", "coverage",
                           "inception_score", "asked_accuracy"})
    CHECK(table.find(word) != std::string::npos);
  in.train_logits = in.test_logits = in.fake_logits = {};
  in.asked.clear();
  CHECK(metrics::evaluate(in, quick).pairs().size() == 2 + 2 * 7);
}

TEST_CASE("an evaluation is the same for any number of threads", "[threads]") {
  const auto in = sets(300, 300, 300, 0.1F);
  CHECK(same_for_any_threads([&] { return metrics::evaluate(in, quick).pairs(); }));
}

TEST_CASE("an evaluation refuses inputs that do not belong together") {
  const auto refused = [](const auto& change, const char* words) {
    auto in = sets(30, 30, 30);
    change(in);
    return test::says(test::sentence([&] { static_cast<void>(metrics::evaluate(in, quick)); }), words);
  };
  using In = EvaluationInput<float>;
  CHECK(refused([](In& in) { in.fake = Tensor<float>(Shape{30, 5}, 0.0F); }, "fake feature vectors have length 5"));
  CHECK(refused([](In& in) { in.train_logits = {}; }, "or of none"));
  CHECK(refused([](In& in) { in.fake_logits = in.fake_logits.rows(0, 29); }, "fake logits have shape (29,3)"));
  CHECK(refused([](In& in) { in.train_logits = Tensor<float>(Shape{30, 4}, 0.0F); }, "training logits"));
  CHECK(refused([](In& in) { in.asked = {0, 1}; }, "2 classes"));
  CHECK(refused([](In& in) { in.train.set({3, 1}, HUGE_VALF); }, "training features hold the number inf"));
  auto many = quick;
  many.n = 31;
  CHECK(test::says(test::sentence([&] { static_cast<void>(metrics::evaluate(sets(30, 40, 50), many)); }),
                   "30 training images"));
}
