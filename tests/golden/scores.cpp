// Modes that points of a mixture cover, and the Frechet distance of fewer vectors than features, against numpy and
// scipy. The cases are described at the head of generators/scores.py.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ganvas/data/gaussians.hpp"
#include "ganvas/metrics/frechet.hpp"

#include "golden/golden.hpp"

using namespace ganvas;
using golden::Json;

namespace {

template <class T>
data::GaussianMixture<T> mixture(const Json& m) {
  const auto number = [&](const char* key) { return static_cast<T>(m.at(key).get<double>()); };
  if (m.contains("side")) return data::grid<T>(m.at("side").get<index_t>(), number("spacing"), number("sigma"));
  return data::ring<T>(m.at("modes").get<index_t>(), number("radius"), number("sigma"));
}

template <class T>
Tensor<T> points(const Json& json) {
  Tensor<T> x = golden::tensor<T>(json.at("points"));
  for (const Json& one : json.at("not_finite")) {
    const std::string which = one.at(2);
    const T infinity = std::numeric_limits<T>::infinity();
    x.mutable_data()[2 * one.at(0).get<index_t>() + one.at(1).get<index_t>()] =
        which == "nan"   ? std::numeric_limits<T>::quiet_NaN()
        : which == "inf" ? infinity
                         : -infinity;
  }
  return x;
}

}  // namespace

TEMPLATE_TEST_CASE("golden: modes of rings and grids", "[golden][data]", double, float) {
  using T = TestType;
  int seen = 0;
  for (const Json& json : golden::cases("scores")) {
    if (!json.contains("points")) continue;
    INFO(json.at("name").get<std::string>());
    const auto m = mixture<T>(json.at("mixture"));
    CHECK(golden::distance(m.centres, json.at("centres")) <= (sizeof(T) == 8 ? 1e-12 : 1e-6));
    const auto s = m.statistics(points<T>(json));
    CHECK(s.modes == golden::shape(json.at("centres").at("shape"))[0]);
    CHECK(s.counts == json.at("counts").get<std::vector<index_t>>());
    CHECK(s.covered == json.at("covered").get<index_t>());
    CHECK(golden::relative(s.high_quality, json.at("high_quality")) <= 1e-12);
    CHECK(std::abs(s.reverse_kl - json.at("reverse_kl").get<double>()) <= 1e-12);
    ++seen;
  }
  CHECK(seen == 8);
}

TEMPLATE_TEST_CASE("golden: the Frechet distance of fewer vectors than features", "[golden][metrics]", double, float) {
  using T = TestType;
  int seen = 0;
  for (const Json& json : golden::cases("scores")) {
    if (!json.contains("fid")) continue;
    INFO(json.at("name").get<std::string>());
    const auto real = golden::tensor<T>(json.at("real")), fake = golden::tensor<T>(json.at("fake"));
    REQUIRE(real.size(0) + fake.size(0) < 2 * real.size(1));  // where the distance is computed from the vectors
    constexpr double noise = 5e-8;                            // of scipy's sqrtm
    CHECK(golden::relative(metrics::frechet_distance_of_features(real, fake), json.at("fid")) <= noise);
    CHECK(golden::relative(metrics::frechet_distance_of_features(fake, real), json.at("fid")) <= noise);
    const auto a = metrics::feature_statistics(real), b = metrics::feature_statistics(fake);
    CHECK(golden::relative(metrics::frechet_distance(a, b), json.at("fid")) <= noise);
    ++seen;
  }
  CHECK(seen == 4);
}
