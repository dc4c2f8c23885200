// Stack: as many layers of one type as is decided at run time.
#include "ganvas/nn/stack.hpp"

#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

template <class T>
using Block = decltype(nn::sequential<T>(std::declval<Random&>(), nn::linear({.in = 3, .out = 3}),
                                         nn::batch_norm2d({.channels = 3})));

nn::Stack<Block<double>> stack(int n) {
  Random rng(1);
  nn::Stack<Block<double>> s;
  for (int i = 0; i < n; ++i)
    s.layers.push_back(nn::sequential<double>(rng, nn::linear({.in = 3, .out = 3}), nn::batch_norm2d({.channels = 3})));
  return s;
}

}  // namespace

TEST_CASE("a stack applies its layers in order and names them by number") {
  auto s = stack(3);
  const Var<double> x = normal({4, 3});
  CHECK(std::as_const(s)(x).value() == s.layers[2](s.layers[1](s.layers[0](x))).value());
  CHECK(s.output_shape({4, 3}) == Shape{4, 3});
  const auto names = nn::parameter_names(s);
  REQUIRE(names.size() == 12);
  CHECK(names[0] == "0.0.weight");
  CHECK(names[11] == "2.1.bias");
  static_cast<void>(s.training(x));
  CHECK(s.layers[2].get<1>().num_batches_tracked == 1);
  CHECK(nn::state_dict(s).size() == 21);
  CHECK(stack(0)(x).value() == x.value());
}

TEST_CASE("a stack refuses with the layer's number") {
  const auto s = stack(2);
  CHECK_THAT(sentence<ShapeError>([&] {
               static_cast<void>(s(normal({4, 2})));
             }),
             Contains("[sequential] layer 0 (Sequential of 2 layers): [sequential] layer 0 (Linear 3->3)") &&
                 Contains("(4,2)"));
}
