#pragma once
// The Frechet distance between two sets of feature vectors, each seen as a normal distribution
// [Dowson and Landau 1982; Heusel et al. 2017, eq. 6 (FID)].

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "ganvas/core/config.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/metrics/check.hpp"

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

// Templates on the type of the matrix: a program that measures nothing does not compile the eigenvalue solver.
namespace detail {

template <class Matrix>
Eigen::VectorXd solved(const Eigen::SelfAdjointEigenSolver<Matrix>& e) {
  require<NumericError>(e.info() == Eigen::Success, "frechet", "the eigenvalues of a covariance did not converge.");
  return e.eigenvalues();
}

/// S^(1/2). An eigenvalue within rounding of 0 counts as 0: its root, 1e-8 of the largest, would be far from rounding.
template <class Matrix>
Matrix root(const Matrix& s) {
  const Eigen::SelfAdjointEigenSolver<Matrix> e(s);
  const Eigen::VectorXd values = solved(e);
  const double least = values.maxCoeff() * static_cast<double>(s.rows()) * std::numeric_limits<double>::epsilon();
  const Eigen::VectorXd roots = (values.array() > least).select(values.array().max(0).sqrt(), 0);
  return e.eigenvectors() * roots.asDiagonal() * e.eigenvectors().transpose();
}

/// The sum of the singular values of a: they are the positive eigenvalues of (0 a^T; a 0), which has their negatives
/// too. As exact as a singular value decomposition, and compiled in a fraction of its time.
template <class Matrix>
double nuclear_norm(const Matrix& a) {
  Matrix both = Matrix::Zero(a.rows() + a.cols(), a.rows() + a.cols());
  both.bottomLeftCorner(a.rows(), a.cols()) = a;  // the solver reads the lower half alone
  return solved(Eigen::SelfAdjointEigenSolver<Matrix>(both, Eigen::EigenvaluesOnly)).cwiseAbs().sum() / 2;
}

}  // namespace detail

/// |mu_1 - mu_2|^2 + tr(S_1 + S_2 - 2 (S_1 S_2)^(1/2)), at least 0. The root's trace is the sum of the singular values
/// of S_1^(1/2) S_2^(1/2): no root is taken of a difference, so covariances of less than full rank lose nothing.
/// Throws NumericError where a mean or a covariance has NaN or infinity.
template <class Matrix = Eigen::MatrixXd>
[[nodiscard]] double frechet_distance(const FeatureStatistics& a, const FeatureStatistics& b) {
  require(a.mean.shape() == b.mean.shape(), "frechet", "the feature vectors have lengths ", a.mean.shape(), " and ",
          b.mean.shape(), "; they must come from the same network.");
  const auto check = [](const char* which, const FeatureStatistics& s) {
    require<NumericError>(array(s.mean).allFinite() && array(s.covariance).allFinite(), "frechet", "the statistics of ",
                          "the ", which, " set of features have NaN or infinity; do the features have some?");
  };
  check("first", a);
  check("second", b);
  const Matrix s1 = matrix(a.covariance);
  const Matrix s2 = matrix(b.covariance);
  const double cross = detail::nuclear_norm<Matrix>(detail::root(s1) * detail::root(s2));
  const double squared = (array(a.mean) - array(b.mean)).square().sum() + s1.trace() + s2.trace() - 2 * cross;
  return squared < 0 ? 0 : squared;
}

/// The same of the features x (n,F) and y (m,F) themselves. With A and B for the centred features, divided by
/// (n-1)^(1/2) and (m-1)^(1/2), S_1 = A^T A and S_2 = B^T B, and the singular values of S_1^(1/2) S_2^(1/2) are those
/// of A B^T, which is small for few vectors: where there are fewer than F, this takes (n+m)^3 steps instead of (2F)^3.
template <class Matrix = Eigen::MatrixXd, class T>
[[nodiscard]] double frechet_distance_of_features(const Tensor<T>& x, const Tensor<T>& y) {
  detail::check_features("frechet", x, y, 2);
  if (x.size(0) + y.size(0) >= 2 * x.size(1))
    return frechet_distance<Matrix>(feature_statistics(x), feature_statistics(y));
  struct Centred {
    Eigen::RowVectorXd mean;
    Matrix rows;  // n rows of F numbers, divided by (n-1)^(1/2)
  };
  const auto centre = [](const Tensor<T>& features) {
    const Tensor<double> values = features.template cast<double>();
    Centred c{matrix(values).colwise().mean(), matrix(values)};
    c.rows.rowwise() -= c.mean;
    c.rows /= std::sqrt(static_cast<double>(features.size(0) - 1));
    return c;
  };
  const Centred a = centre(x), b = centre(y);
  const double cross = detail::nuclear_norm<Matrix>(a.rows * b.rows.transpose());
  const double squared = (a.mean - b.mean).squaredNorm() + a.rows.squaredNorm() + b.rows.squaredNorm() - 2 * cross;
  return squared < 0 ? 0 : squared;
}

}  // namespace metrics
GANVAS_END
