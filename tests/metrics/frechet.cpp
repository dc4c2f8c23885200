#include "ganvas/metrics/frechet.hpp"

#include <Eigen/QR>

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("the distance of normal distributions with diagonal covariances is known") {
  // for commuting covariances it is |mu1 - mu2|^2 + sum (s1 - s2)^2
  metrics::FeatureStatistics a, b;
  a.mean = Tensor<double>(Shape{3}, {0, 0, 1});
  b.mean = Tensor<double>(Shape{3}, {1, 2, 1});
  a.covariance = Tensor<double>(Shape{3, 3}, {1, 0, 0, 0, 4, 0, 0, 0, 0});
  b.covariance = Tensor<double>(Shape{3, 3}, {9, 0, 0, 0, 4, 0, 0, 0, 1});
  CHECK(metrics::frechet_distance(a, b) == Approx(5 + 4 + 0 + 1));
  CHECK(metrics::frechet_distance(a, a) == Approx(0).margin(1e-9));
  CHECK(metrics::frechet_distance(a, b) == Approx(metrics::frechet_distance(b, a)));
}

TEST_CASE("a rotation of both sets changes nothing, a shift adds its square") {
  Random rng{1};
  const auto x = rng.normal<double>({500, 4}), y = rng.normal<double>({400, 4}, 1.0, 2.0);
  const Eigen::MatrixXd q =
      Eigen::HouseholderQR<Eigen::MatrixXd>(Eigen::MatrixXd(matrix(rng.normal<double>({4, 4})))).householderQ();
  const auto distance = [](const Tensor<double>& u, const Tensor<double>& v) {
    return metrics::frechet_distance(metrics::feature_statistics(u), metrics::feature_statistics(v));
  };
  const double before = distance(x, y);
  CHECK(distance(tensor(matrix(x) * q), tensor(matrix(y) * q)) == Approx(before).epsilon(1e-9));
  const Tensor<double> shifted = tensor((matrix(x).array() + 3.0).matrix());
  CHECK(distance(x, shifted) == Approx(4 * 9.0).epsilon(1e-9));
}

TEST_CASE("features that make no statistics get a sentence") {
  CHECK_THROWS_WITH(metrics::feature_statistics(Tensor<float>(Shape{1, 3}, 0.0F)), Contains("(1,3)"));
  CHECK_THROWS_AS(metrics::feature_statistics(Tensor<float>(Shape{5}, 0.0F)), ShapeError);
  const auto a = metrics::feature_statistics(Tensor<float>(Shape{2, 3}, 0.0F));
  const auto b = metrics::feature_statistics(Tensor<float>(Shape{2, 2}, 0.0F));
  CHECK_THROWS_WITH(metrics::frechet_distance(a, b), Contains("(3)") && Contains("(2)"));
}
