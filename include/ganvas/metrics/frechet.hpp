#pragma once
// The Frechet distance between two sets of feature vectors, each seen as a normal distribution
// [Dowson and Landau 1982; Heusel et al. 2017, eq. 6 (FID)].

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cmath>

#include "ganvas/core/config.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN
namespace metrics {

/// Mean (F) and unbiased covariance (F,F) of feature vectors.
struct FeatureStatistics {
  Tensor<double> mean;
  Tensor<double> covariance;
};

/// Statistics of features (N,F), N >= 2, computed in double.
template <class T>
[[nodiscard]] FeatureStatistics feature_statistics(const Tensor<T>& features) {
  require(features.rank() == 2 && features.size(0) >= 2, "frechet", "features must have shape (N,F) with N >= 2, but ",
          "have ", features.shape(), ".");
  const Tensor<double> x = features.template cast<double>();
  const Eigen::RowVectorXd mu = matrix(x).colwise().mean();
  const Eigen::MatrixXd centred = matrix(x).rowwise() - mu;
  FeatureStatistics s;
  s.mean = tensor(mu).reshape({x.size(1)});
  s.covariance = tensor(centred.transpose() * centred / static_cast<double>(x.size(0) - 1));
  return s;
}

/// |mu_1 - mu_2|^2 + tr(S_1 + S_2 - 2 (S_1 S_2)^(1/2)). The root's trace is the sum of the roots of the eigenvalues of
/// S_1^(1/2) S_2 S_1^(1/2), which is symmetric; eigenvalues that rounding made negative count as zero.
[[nodiscard]] inline double frechet_distance(const FeatureStatistics& a, const FeatureStatistics& b) {
  require(a.mean.shape() == b.mean.shape(), "frechet", "the feature vectors have lengths ", a.mean.shape(), " and ",
          b.mean.shape(), "; they must come from the same network.");
  const auto root = [](const Eigen::MatrixXd& m) -> Eigen::MatrixXd {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> e(m);
    return e.eigenvectors() * e.eigenvalues().cwiseMax(0).cwiseSqrt().asDiagonal() * e.eigenvectors().transpose();
  };
  const Eigen::MatrixXd s1 = matrix(a.covariance);
  const Eigen::MatrixXd s2 = matrix(b.covariance);
  const Eigen::MatrixXd r1 = root(s1);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> e(r1 * s2 * r1, Eigen::EigenvaluesOnly);
  const double cross = e.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
  return (array(a.mean) - array(b.mean)).square().sum() + s1.trace() + s2.trace() - 2 * cross;
}

}  // namespace metrics
GANVAS_END
