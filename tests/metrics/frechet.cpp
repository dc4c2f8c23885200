#include "ganvas/metrics/frechet.hpp"

#include <Eigen/QR>
#include <Eigen/SVD>
#include <array>
#include <cmath>

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

TEST_CASE("fewer samples than features: the distance is exact and never negative") {
  // With S = A^T A for the centred features A / sqrt(N - 1), tr (S_1 S_2)^(1/2) is the sum of the singular values of
  // A_1 A_2^T, a small matrix that needs no root.
  Random rng{2};
  for (const auto& [n1, n2, f] : {std::array<index_t, 3>{5, 7, 12}, {20, 30, 64}, {20, 20, 64}, {30, 90, 64}}) {
    INFO(n1 << " and " << n2 << " vectors of " << f << " features");
    const auto x = rng.normal<double>({n1, f}), y = rng.normal<double>({n2, f}, 0.5, 2.0);
    const auto a = metrics::feature_statistics(x), b = metrics::feature_statistics(y);
    const auto centred = [](const Tensor<double>& t) -> Eigen::MatrixXd {
      const Eigen::RowVectorXd mu = matrix(t).colwise().mean();
      return (matrix(t).rowwise() - mu) / std::sqrt(static_cast<double>(t.size(0) - 1));
    };
    const Eigen::MatrixXd ax = centred(x), ay = centred(y);
    const double cross = Eigen::JacobiSVD<Eigen::MatrixXd>(ax * ay.transpose()).singularValues().sum();
    const double means = (array(a.mean) - array(b.mean)).square().sum();
    const double truth = means + ax.squaredNorm() + ay.squaredNorm() - 2 * cross;
    CHECK(metrics::frechet_distance(a, b) == Approx(truth).epsilon(1e-12));
    CHECK(metrics::frechet_distance(b, a) == Approx(truth).epsilon(1e-12));
    CHECK(metrics::frechet_distance_of_features(x, y) == Approx(truth).epsilon(1e-12));
    CHECK(metrics::frechet_distance_of_features(y, x) == Approx(truth).epsilon(1e-12));
    CHECK(metrics::frechet_distance_of_features(x, x) < 1e-10);
    for (const auto& s : {a, b}) {
      CHECK(metrics::frechet_distance(s, s) >= 0);
      CHECK(metrics::frechet_distance(s, s) < 1e-10);
    }
  }
}

TEST_CASE("NaN and infinity in the features get a sentence") {
  const auto good = metrics::feature_statistics(Tensor<double>({3, 2}, {1, 2, 3, 4, 5, 7}));
  for (const double wrong : {std::nan(""), HUGE_VAL}) {
    const auto bad = metrics::feature_statistics(Tensor<double>({3, 2}, {1, 2, 3, wrong, 5, 7}));
    CHECK_THROWS_AS(metrics::frechet_distance(bad, good), NumericError);
    CHECK_THROWS_WITH(metrics::frechet_distance(bad, good), Contains("[frechet]") && Contains("first set"));
    CHECK_THROWS_WITH(metrics::frechet_distance(good, bad), Contains("NaN or infinity") && Contains("second set"));
  }
}

TEST_CASE("features that make no statistics get a sentence") {
  CHECK_THROWS_WITH(metrics::feature_statistics(Tensor<float>(Shape{1, 3}, 0.0F)), Contains("(1,3)"));
  CHECK_THROWS_AS(metrics::feature_statistics(Tensor<float>(Shape{5}, 0.0F)), ShapeError);
  const auto a = metrics::feature_statistics(Tensor<float>(Shape{2, 3}, 0.0F));
  const auto b = metrics::feature_statistics(Tensor<float>(Shape{2, 2}, 0.0F));
  CHECK_THROWS_WITH(metrics::frechet_distance(a, b), Contains("(3)") && Contains("(2)"));
}

TEST_CASE("features themselves have the distance of their statistics, few or many") {
  Random rng{7};
  for (const auto& [n1, n2, f] : {std::array<index_t, 3>{2, 3, 9}, {6, 40, 9}, {9, 9, 9}, {8, 9, 9}, {50, 60, 9}}) {
    INFO(n1 << " and " << n2 << " vectors of " << f << " features");
    const auto x = rng.normal<float>({n1, f}), y = rng.normal<float>({n2, f}, 0.5F, 2.0F);
    const double truth = metrics::frechet_distance(metrics::feature_statistics(x), metrics::feature_statistics(y));
    CHECK(metrics::frechet_distance_of_features(x, y) == Approx(truth).epsilon(1e-9));
  }
  const auto x = rng.normal<double>({4, 9});
  CHECK_THROWS_AS(metrics::frechet_distance_of_features(x, rng.normal<double>({4, 8})), ShapeError);
  CHECK_THROWS_AS(metrics::frechet_distance_of_features(x, rng.normal<double>({1, 9})), ShapeError);
  auto bad = x;
  bad.mutable_data()[5] = std::nan("");
  CHECK_THROWS_AS(metrics::frechet_distance_of_features(x, bad), NumericError);
}
