// The convolution trio against plain loops, and its closure: each one's gradients are the other two.
#include "ganvas/autograd/conv.hpp"

#include <cmath>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/kernels/reference.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {

Tensor<double> normal(const Shape& shape, std::uint64_t seed = 1) { return Random(seed).normal<double>(shape); }

double largest_difference(const Tensor<double>& a, const Tensor<double>& b) {
  double worst = 0;
  for (index_t i = 0; i < a.numel(); ++i) worst = std::max(worst, std::abs(a.data()[i] - b.data()[i]));
  return worst;
}

double dot(const Tensor<double>& a, const Tensor<double>& b) {
  double s = 0;
  for (index_t i = 0; i < a.numel(); ++i) s += a.data()[i] * b.data()[i];
  return s;
}

/// Strides 1-3, kernels 1-7, paddings, dilation, odd sizes, one image, one channel, channels that fill no vector.
std::vector<ConvGeometry> geometries() {
  struct Sizes {
    index_t n, h, w, i, o, kernel;
  };
  std::vector<ConvGeometry> all;
  for (const Sizes& s : {Sizes{1, 5, 5, 1, 1, 1}, Sizes{2, 7, 6, 3, 2, 3}, Sizes{1, 9, 8, 2, 5, 4},
                         Sizes{3, 7, 7, 1, 3, 7}, Sizes{2, 8, 11, 5, 1, 5}, Sizes{1, 6, 6, 17, 3, 2}})
    for (const index_t stride : {1, 2, 3})
      for (const index_t padding : {index_t{0}, s.kernel / 2})
        for (const index_t dilation : {1, 2}) {
          if (dilation * (s.kernel - 1) + 1 > s.h + 2 * padding) continue;
          all.push_back(conv_geometry({s.n, s.h, s.w, s.i}, {s.o, s.kernel, s.kernel, s.i},
                                      {.stride = stride, .padding = padding, .dilation = dilation}));
          if (!detail::winograd_serves(all.back())) continue;
          all.push_back(all.back());
          all.back().algorithm = ConvAlgorithm::winograd;
        }
  return all;
}

std::string text(const ConvGeometry& g) {
  return "x " + g.x().str() + " w " + g.w().str() + " y " + g.y().str() + " stride " + std::to_string(g.stride_h) +
         " padding " + std::to_string(g.padding_h) + " dilation " + std::to_string(g.dilation_h) +
         (g.algorithm == ConvAlgorithm::winograd ? " winograd" : "");
}

ConvOptions options(const ConvGeometry& g) { return {g.stride_h, g.padding_h, g.dilation_h, g.algorithm}; }

}  // namespace

TEST_CASE("the trio equals plain loops, and its three inner products are one number") {
  for (const ConvGeometry& g : geometries()) {
    INFO(text(g));
    const Tensor<double> x = normal(g.x()), w = normal(g.w(), 2), y = normal(g.y(), 3);
    Tensor<double> ey(g.y()), ex(g.x()), ew(g.w());
    kernels::reference::conv(g, x.data(), w.data(), ey.mutable_data());
    kernels::reference::conv_transpose(g, y.data(), w.data(), ex.mutable_data());
    kernels::reference::conv_weight(g, x.data(), y.data(), ew.mutable_data());
    const Tensor<double> py = conv2d(V(x), V(w), {}, options(g)).value();
    CHECK(largest_difference(py, ey) < 1e-12);
    CHECK(largest_difference(conv_weight(V(x), V(y), g).value(), ew) < 1e-12);
    const index_t reach = g.dilation_h * (g.kernel_h - 1) + 1;
    const index_t rest = g.in_h + 2 * g.padding_h - reach - (g.out_h - 1) * g.stride_h;
    const index_t rest_w = g.in_w + 2 * g.padding_w - reach - (g.out_w - 1) * g.stride_w;
    if (rest == rest_w) {  // then one output_padding says both
      const Tensor<double> px = conv_transpose2d(V(y), V(w), {},
                                                 {.stride = g.stride_h,
                                                  .padding = g.padding_h,
                                                  .output_padding = rest,
                                                  .dilation = g.dilation_h,
                                                  .algorithm = g.algorithm})
                                    .value();
      REQUIRE(px.shape() == g.x());
      CHECK(largest_difference(px, ex) < 1e-12);
      CHECK(dot(px, x) == Approx(dot(py, y)).epsilon(1e-12).margin(1e-12));
    }
    CHECK(dot(ew, w) == Approx(dot(ey, y)).epsilon(1e-12).margin(1e-12));
  }
}

TEST_CASE("float and double agree") {
  for (const ConvGeometry& g : geometries()) {
    const Tensor<double> x = normal(g.x()), w = normal(g.w(), 2);
    const Tensor<double> exact = conv2d(V(x), V(w), {}, options(g)).value();
    const Tensor<float> y = conv2d(Var<float>(x.cast<float>()), Var<float>(w.cast<float>()), {}, options(g)).value();
    CHECK(largest_difference(exact, y.cast<double>()) < 1e-4);
  }
}

TEST_CASE("first and second order of the trio", "[gradients]") {
  for (const ConvGeometry& g : geometries()) {
    if (g.x().numel() * g.w().numel() > 40000) continue;  // differences of every element take long
    INFO(text(g));
    const auto forward = [&](const auto& v) { return conv2d(v[0], v[1], v[2], options(g)); };
    const auto back = [&](const auto& v) { return detail::conv_transpose(v[0], v[1], g); };
    const auto weight = [&](const auto& v) { return conv_weight(v[0], v[1], g); };
    const Tensor<double> x = normal(g.x()), w = normal(g.w(), 2), y = normal(g.y(), 3), b = normal({g.out_c}, 4);
    CHECK(check::gradients(forward, {x, w, b}));
    CHECK(check::second_gradients(forward, {x, w, b}));
    CHECK(check::gradients(back, {y, w}));
    CHECK(check::second_gradients(back, {y, w}));
    CHECK(check::gradients(weight, {x, y}));
    CHECK(check::second_gradients(weight, {x, y}));
  }
}

TEST_CASE("conv_transpose2d with its options and a bias", "[gradients]") {
  for (const index_t stride : {1, 2, 3})
    for (const index_t padding : {0, 1}) {
      const ConvTransposeOptions o{.stride = stride, .padding = padding, .output_padding = stride - 1, .dilation = 1};
      const auto f = [&](const auto& v) { return conv_transpose2d(v[0], v[1], v[2], o); };
      const std::vector<Tensor<double>> inputs{normal({2, 3, 2, 3}), normal({3, 4, 4, 2}, 2), normal({2}, 3)};
      const V y = f(std::vector<V>(inputs.begin(), inputs.end()));
      CHECK(y.shape() == Shape{2, 2 * stride - 2 * padding + 4 + stride - 1, stride - 2 * padding + 4 + stride - 1, 2});
      CHECK(check::gradients(f, inputs));
      CHECK(check::second_gradients(f, inputs));
    }
}

TEST_CASE("bias and leaky ReLU in the convolution's pass are those after it", "[gradients]") {
  for (const bool transposed : {false, true})
    for (const bool biased : {false, true})
      for (const double slope : {1.0, 0.2, 0.0}) {
        INFO("transposed " << transposed << ", biased " << biased << ", slope " << slope);
        const auto plain = [&](const std::vector<V>& v, double s) {
          const V b = biased ? v[2] : V{};
          return transposed ? conv_transpose2d(v[0], v[1], b, {.stride = 2, .padding = 1}, s)
                            : conv2d(v[0], v[1], b, {.stride = 2, .padding = 1}, s);
        };
        const auto fused = [&](const auto& v) { return plain(v, slope); };
        const auto separate = [&](const auto& v) {
          const V y = plain(v, 1);
          return slope == 1 ? y : slope == 0 ? relu(y) : leaky_relu(y, slope);
        };
        std::vector<V> in{V::variable(normal({2, 5, 6, 3})), V::variable(normal({3, 4, 4, 3}, 2))};
        if (biased) in.push_back(V::variable(normal({3}, 3)));
        const V one = fused(in), two = separate(in), gy = V::variable(normal(one.shape(), 4));
        CHECK(one.value() == two.value());
        const auto first = grad(one, in, {.output = gy}),
                   recorded = grad(one, in, {.create_graph = true, .output = gy}),
                   first_two = grad(two, in, {.create_graph = true, .output = gy});
        V m(Tensor<double>::scalar(0)), m_two = m;
        for (std::size_t i = 0; i < in.size(); ++i) {
          CHECK(largest_difference(first[i].value(), first_two[i].value()) < 1e-12);
          CHECK(largest_difference(recorded[i].value(), first_two[i].value()) < 1e-12);
          m = m + sum(square(recorded[i]));
          m_two = m_two + sum(square(first_two[i]));
        }
        in.push_back(gy);
        if (biased) in.erase(in.begin() + 2);  // in which the sums of squares are constant
        const auto second = grad(m, in), second_two = grad(m_two, in);
        for (std::size_t i = 0; i < in.size(); ++i)
          CHECK(largest_difference(second[i].value(), second_two[i].value()) < 1e-9);
      }
  const V x(normal({1, 4, 4, 2})), w(normal({3, 3, 3, 2}));
  CHECK_THROWS_WITH(conv2d(x, w, {}, {}, -0.5), Contains("slope") && Contains("-0.5"));
  CHECK_THROWS_WITH(conv2d(x, w, V(normal({2}))), Contains("(3)") && Contains("(2)"));
}

TEST_CASE("conv: values by hand") {
  // one row, kernel (1, 2): differences of neighbours, then spread again
  const V x(Tensor<double>({1, 1, 4, 1}, {1, 4, 9, 16})), w(Tensor<double>({1, 1, 2, 1}, {-1, 1}));
  const V b(Tensor<double>({1}, {100}));
  CHECK(conv2d(x, w).value() == Tensor<double>({1, 1, 3, 1}, {3, 5, 7}));
  CHECK(conv2d(x, w, b).value() == Tensor<double>({1, 1, 3, 1}, {103, 105, 107}));
  CHECK(conv2d(x, w, {}, {.stride = 2}).value() == Tensor<double>({1, 1, 2, 1}, {3, 7}));
  CHECK(conv2d(x, w, {}, {.dilation = 3}).value() == Tensor<double>({1, 1, 1, 1}, {15}));
  CHECK(conv_transpose2d(V(Tensor<double>({1, 1, 2, 1}, {3, 7})), w, b, {.stride = 2}).value() ==
        Tensor<double>({1, 1, 4, 1}, {97, 103, 93, 107}));
}

TEST_CASE("shapes that do not fit are refused with both shapes") {
  const V x(normal({8, 32, 32, 3})), w(normal({128, 4, 4, 64}));
  CHECK_THROWS_WITH(conv2d(x, w), Contains("(8,32,32,3)") && Contains("(128,4,4,64)"));
  CHECK_THROWS_WITH(conv2d(V(normal({8, 4, 4, 128})), w), Contains("Did you mean conv_transpose2d?"));
  CHECK_THROWS_WITH(conv_transpose2d(x, w), Contains("(8,32,32,3)") && Contains("(128,4,4,64)"));
  CHECK_THROWS_WITH(conv2d(x, V(normal({5, 3, 3, 3})), V(normal({3}))), Contains("(5)") && Contains("(3)"));
  CHECK_THROWS_WITH(conv2d(V(normal({4, 4, 3})), V(normal({5, 3, 3, 3}))), Contains("(4,4,3)"));
  const ConvGeometry g = conv_geometry({1, 4, 4, 1}, {1, 3, 3, 1});
  CHECK_THROWS_WITH(conv_weight(V(normal({1, 4, 4, 1})), V(normal({1, 3, 3, 1})), g),
                    Contains("(1,3,3,1)") && Contains("(1,2,2,1)"));
}

TEST_CASE("convolutions and their gradients are equal for any number of threads", "[threads]") {
  Random random(5);
  const Tensor<float> x = random.normal<float>({5, 14, 14, 19}), w = random.normal<float>({33, 4, 4, 19});
  CHECK(same_for_any_threads([&] {
    const auto vx = Var<float>::variable(x), vw = Var<float>::variable(w);
    const auto y = conv2d(vx, vw, {}, {.stride = 2, .padding = 1});
    const auto g = grad(y, {vx, vw}, {.output = y.detach()});
    return std::vector<Tensor<float>>{y.value(), g[0].value(), g[1].value()};
  }));
}
