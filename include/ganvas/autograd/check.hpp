#pragma once
// Checkers for gradient rules, in double: against central differences for first and second order, and the identity
// <A x, y> = <x, At y> for a linear operation and its adjoint. For the library's operations and for your own.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace check {

struct Options {
  double step = 1e-5;        ///< of the differences; keep inputs further than this from kinks
  double tolerance = 1e-6;   ///< on |rule - differences| / max(1, |rule|, |differences|)
  std::uint64_t seed = 271;  ///< of the random projections
};

/// What a check found: `if (!report) std::puts(report.text.c_str());`
struct Report {
  bool ok = true;
  double worst = 0;  ///< the largest relative error
  std::string text;  ///< where it is, with both numbers
  explicit operator bool() const { return ok; }
};

inline std::ostream& operator<<(std::ostream& out, const Report& r) { return out << r.text; }

namespace detail {

using Vars = std::vector<Var<double>>;
using Tensors = std::vector<Tensor<double>>;

inline double dot(const Tensor<double>& a, const Tensor<double>& b) {
  double s = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) s += a.values()[i] * b.values()[i];
  return s;
}

inline double relative_error(double a, double b) {
  const double e = std::abs(a - b) / std::max({1.0, std::abs(a), std::abs(b)});
  return std::isnan(e) ? std::numeric_limits<double>::infinity() : e;
}

inline Vars variables(const Tensors& inputs) {
  Vars xs;
  for (const auto& x : inputs) xs.push_back(Var<double>::variable(x));
  return xs;
}

/// grad(), or zeros for a y that does not depend on any variable, such as the gradient of a linear operation.
inline Vars grad_or_zeros(const Var<double>& y, const Vars& xs, const GradOptions<double>& options = {}) {
  if (y.requires_grad()) return grad(y, xs, options);
  Vars zeros;
  for (const auto& x : xs) zeros.push_back(Tensor<double>::zeros(x.shape()));
  return zeros;
}

/// Compares gradients with (value(x + h) - value(x - h)) / 2h for every element of every input.
template <class Value>
Report compare(const char* what, const Tensors& inputs, const Vars& gradients, const Value& value,
               const Options& options) {
  Report report;
  index_t count = 0;
  index_t wrong = 0;
  std::ostringstream text;
  text.precision(12);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    for (index_t i = 0; i < inputs[k].numel(); ++i) {
      Tensors moved = inputs;
      const double x = inputs[k].data()[i];
      const double h = options.step * std::max(1.0, std::abs(x));
      moved[k].mutable_data()[i] = x + h;
      const double above = value(moved);
      moved[k].mutable_data()[i] = x - h;
      const double below = value(moved);
      const double expected = (above - below) / (2 * h);
      const double given = gradients[k].value().data()[i];
      const double error = relative_error(given, expected);
      ++count;
      wrong += error <= options.tolerance ? 0 : 1;
      if (error <= report.worst) continue;
      report.worst = error;
      text.str("");
      text << "input " << k << " of shape " << inputs[k].shape() << ", element " << i << " (where it is " << x
           << "): the rules give " << given << ", differences give " << expected;
    }
  }
  report.ok = wrong == 0;
  std::ostringstream summary;
  summary << "[check] " << what << ": " << wrong << " of " << count << " numbers disagree; worst relative error "
          << report.worst << (text.str().empty() ? "" : " at ") << text.str() << ".";
  report.text = summary.str();
  return report;
}

}  // namespace detail

/// Compares grad() with central differences. f takes the inputs as std::vector<Var<double>> and gives one Var of any
/// shape, of which a fixed random projection is differentiated:
///   check::gradients([](const auto& x) { return my_op(x[0], x[1]); }, {a, b})
template <class F>
[[nodiscard]] Report gradients(const F& f, const std::vector<Tensor<double>>& inputs, const Options& options = {}) {
  Random random(options.seed);
  const detail::Vars xs = detail::variables(inputs);
  const Var<double> y = f(xs);
  const Tensor<double> projection = random.normal<double>(y.shape());
  const detail::Vars g = detail::grad_or_zeros(y, xs, {.output = projection});
  const auto value = [&](const detail::Tensors& at) {
    const NoRecord guard;
    return detail::dot(f(detail::Vars(at.begin(), at.end())).value(), projection);
  };
  return detail::compare("first order", inputs, g, value, options);
}

/// Compares the gradient of the gradient with differences of gradients: M = sum over inputs of <r, dL/dx>, with L the
/// projection of f and r fixed and random, is differentiated through create_graph. The differences call grad() without
/// create_graph, so both ways through a rule must agree.
template <class F>
[[nodiscard]] Report second_gradients(const F& f, const std::vector<Tensor<double>>& inputs,
                                      const Options& options = {}) {
  Random random(options.seed);
  const detail::Vars xs = detail::variables(inputs);
  const Var<double> y = f(xs);
  const Tensor<double> projection = random.normal<double>(y.shape());
  detail::Tensors r;
  for (const auto& x : inputs) r.push_back(random.normal<double>(x.shape()));

  const detail::Vars g = detail::grad_or_zeros(y, xs, {.create_graph = true, .output = projection});
  Var<double> m(Tensor<double>::scalar(0.0));
  for (std::size_t k = 0; k < xs.size(); ++k) m = m + sum(g[k] * r[k]);
  const detail::Vars gg = detail::grad_or_zeros(m, xs);
  const auto value = [&](const detail::Tensors& at) {
    const detail::Vars vs = detail::variables(at);
    const detail::Vars gl = detail::grad_or_zeros(f(vs), vs, {.output = projection});
    double s = 0;
    for (std::size_t k = 0; k < vs.size(); ++k) s += detail::dot(gl[k].value(), r[k]);
    return s;
  };
  return detail::compare("second order", inputs, gg, value, options);
}

/// Compares <A x, y> with <x, At y> for random x and y of the given shapes; exact up to rounding, so options.tolerance
/// may be tiny. A and At take and give one Var<double>.
template <class A, class At>
[[nodiscard]] Report adjoint(const A& a, const At& at, const Shape& x_shape, const Shape& y_shape,
                             const Options& options = {.tolerance = 1e-10}) {
  Random random(options.seed);
  const NoRecord guard;
  Report report;
  std::ostringstream text;
  text.precision(17);
  text << "[check] adjoint: ";
  for (int draw = 0; draw < 3; ++draw) {
    const Tensor<double> x = random.normal<double>(x_shape);
    const Tensor<double> y = random.normal<double>(y_shape);
    const Tensor<double> ax = Var<double>(a(Var<double>(x))).value();
    const Tensor<double> aty = Var<double>(at(Var<double>(y))).value();
    require(ax.shape() == y_shape, "check::adjoint", "A maps shape ", x_shape, " to ", ax.shape(), ", but y has ",
            y_shape, ".");
    require(aty.shape() == x_shape, "check::adjoint", "At maps shape ", y_shape, " to ", aty.shape(), ", but x has ",
            x_shape, ".");
    const double left = detail::dot(ax, y);
    const double right = detail::dot(x, aty);
    const double error = detail::relative_error(left, right);
    report.worst = std::max(report.worst, error);
    text << (draw == 0 ? "" : ", ") << "<A x, y> = " << left << " and <x, At y> = " << right;
  }
  report.ok = report.worst <= options.tolerance;
  text << (report.ok ? " agree." : " differ.");
  report.text = text.str();
  return report;
}

}  // namespace check

GANVAS_END
