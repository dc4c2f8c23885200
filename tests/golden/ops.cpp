// Every operation against PyTorch: value, gradients for a given output gradient, and second order (the gradient of the
// sum of the squares of the first gradients, by every input and by the output gradient), in double and in float.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/batch_norm.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/losses.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/norms.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/pool.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/softmax.hpp"
#include "ganvas/autograd/upsample.hpp"

#include "golden/golden.hpp"

namespace {

using namespace ganvas;
using golden::Json;

/// One case: its inputs as variables (or constants) and its options.
template <class T>
struct Case {
  const Json& json;
  std::map<std::string, Var<T>> inputs;

  explicit Case(const Json& j) : json(j) {
    for (const auto& [name, value] : j.at("inputs").items())
      inputs[name] = j.at("gradients").contains(name) ? golden::variable<T>(value) : Var<T>(golden::tensor<T>(value));
  }

  [[nodiscard]] const Var<T>& operator[](const std::string& name) const { return inputs.at(name); }
  /// The input, or an undefined Var if the case has none of that name.
  [[nodiscard]] Var<T> optional(const std::string& name) const {
    return inputs.contains(name) ? inputs.at(name) : Var<T>();
  }
  template <class U>
  [[nodiscard]] U option(const char* name) const {
    return json.at("options").at(name).template get<U>();
  }
  [[nodiscard]] T number(const char* name) const { return static_cast<T>(option<double>(name)); }
  [[nodiscard]] index_t size(const char* name) const { return option<index_t>(name); }
  [[nodiscard]] Axes axes() const { return option<std::vector<int>>("axes"); }
  [[nodiscard]] bool keepdim() const { return option<bool>("keepdim"); }
  [[nodiscard]] std::vector<index_t> indices(const char* name) const { return option<std::vector<index_t>>(name); }
  [[nodiscard]] Shape shape() const { return golden::shape(json.at("options").at("shape")); }
};

template <class T>
using Table = std::map<std::string, std::function<Var<T>(const Case<T>&)>>;

template <class T>
void add_arithmetic(Table<T>& t) {
  using C = const Case<T>&;
  t["add"] = [](C c) { return c["a"] + c["b"]; };
  t["sub"] = [](C c) { return c["a"] - c["b"]; };
  t["mul"] = [](C c) { return c["a"] * c["b"]; };
  t["div"] = [](C c) { return c["a"] / c["b"]; };
  t["neg"] = [](C c) { return -c["x"]; };
  t["add_scalar"] = [](C c) { return c["x"] + T(1.5); };
  t["rsub_scalar"] = [](C c) { return T(2.5) - c["x"]; };
  t["mul_scalar"] = [](C c) { return c["x"] * T(-0.75); };
  t["div_scalar"] = [](C c) { return c["x"] / T(0.5); };
  t["rdiv_scalar"] = [](C c) { return T(3) / c["x"]; };
  t["broadcast_to"] = [](C c) { return broadcast_to(c["x"], c.shape()); };
  t["sum_to"] = [](C c) { return sum_to(c["x"], c.shape()); };
}

template <class T>
void add_pointwise(Table<T>& t) {
  using C = const Case<T>&;
  t["exp"] = [](C c) { return exp(c["x"]); };
  t["log"] = [](C c) { return log(c["x"]); };
  t["sqrt"] = [](C c) { return sqrt(c["x"]); };
  t["square"] = [](C c) { return square(c["x"]); };
  t["pow"] = [](C c) { return pow(c["x"], c.number("p")); };
  t["abs"] = [](C c) { return abs(c["x"]); };
  t["sign"] = [](C c) { return sign(c["x"]); };
  t["clamp"] = [](C c) { return clamp(c["x"], c.number("low"), c.number("high")); };
  t["maximum"] = [](C c) { return maximum(c["a"], c["b"]); };
  t["minimum"] = [](C c) { return minimum(c["a"], c["b"]); };
  t["erf"] = [](C c) { return erf(c["x"]); };
  t["relu"] = [](C c) { return relu(c["x"]); };
  t["leaky_relu"] = [](C c) { return leaky_relu(c["x"], c.number("slope")); };
  t["elu"] = [](C c) { return elu(c["x"], c.number("alpha")); };
  t["gelu"] = [](C c) { return gelu(c["x"]); };
  t["sigmoid"] = [](C c) { return sigmoid(c["x"]); };
  t["tanh"] = [](C c) { return tanh(c["x"]); };
  t["softplus"] = [](C c) { return softplus(c["x"]); };
}

template <class T>
void add_reductions_and_losses(Table<T>& t) {
  using C = const Case<T>&;
  t["sum_all"] = [](C c) { return sum(c["x"]); };
  t["mean_all"] = [](C c) { return mean(c["x"]); };
  t["sum"] = [](C c) { return sum(c["x"], c.axes(), c.keepdim()); };
  t["mean"] = [](C c) { return mean(c["x"], c.axes(), c.keepdim()); };
  t["var"] = [](C c) { return var(c["x"], c.axes(), c.keepdim(), c.template option<int>("correction")); };
  t["max"] = [](C c) { return max(c["x"], c.axes(), c.keepdim()); };
  t["norm"] = [](C c) { return norm(c["x"], c.axes(), c.keepdim(), c.number("eps")); };
  t["softmax"] = [](C c) { return softmax(c["x"], c.template option<int>("axis")); };
  t["log_softmax"] = [](C c) { return log_softmax(c["x"], c.template option<int>("axis")); };
  t["cross_entropy"] = [](C c) { return cross_entropy(c["logits"], c.indices("labels")); };
  t["bce_with_logits"] = [](C c) { return bce_with_logits(c["x"], c["target"]); };
  t["mse"] = [](C c) { return mse(c["a"], c["b"]); };
  t["l1"] = [](C c) { return l1(c["a"], c["b"]); };
}

template <class T>
void add_shape_operations(Table<T>& t) {
  using C = const Case<T>&;
  t["reshape"] = [](C c) { return reshape(c["x"], c.shape()); };
  t["permute"] = [](C c) { return permute(c["x"], c.template option<std::vector<int>>("order")); };
  t["transpose"] = [](C c) { return transpose(c["x"]); };
  t["slice"] = [](C c) {
    return slice(c["x"], c.template option<int>("axis"), c.size("begin"), c.size("end"), c.size("step"));
  };
  t["flip"] = [](C c) { return flip(c["x"], c.axes()); };
  t["concat"] = [](C c) {
    const Var<T>& a = c["a"];
    const auto parts = c.inputs.contains("b") ? std::vector<Var<T>>{a, c["b"]} : std::vector<Var<T>>{a, a, a * a};
    return concat(parts, c.template option<int>("axis"));
  };
  t["pad"] = [](C c) {
    const std::map<std::string, PadMode> modes{
        {"zero", PadMode::zero}, {"reflect", PadMode::reflect}, {"edge", PadMode::edge}};
    return pad(c["x"], c.template option<std::vector<std::pair<index_t, index_t>>>("amounts"),
               modes.at(c.template option<std::string>("mode")));
  };
  t["gather"] = [](C c) { return gather(c["x"], c.template option<int>("axis"), c.indices("index")); };
  t["scatter_add"] = [](C c) {
    return scatter_add(c["x"], c.template option<int>("axis"), c.indices("index"), c.size("extent"));
  };
  t["embedding"] = [](C c) { return embedding(c["table"], c.indices("index")); };
  t["upsample"] = [](C c) {
    const bool nearest = c.template option<std::string>("mode") == "nearest";
    return upsample(c["x"], c.size("factor"), nearest ? UpsampleMode::nearest : UpsampleMode::bilinear);
  };
  t["pixel_shuffle"] = [](C c) { return pixel_shuffle(c["x"], c.size("factor")); };
}

template <class T>
void add_products_and_pools(Table<T>& t) {
  using C = const Case<T>&;
  const auto conv_options = [](C c) {
    return ConvOptions{.stride = c.size("stride"), .padding = c.size("padding"), .dilation = c.size("dilation")};
  };
  const auto pool_options = [](C c) {
    return PoolOptions{.kernel = c.size("kernel"), .stride = c.size("stride"), .padding = c.size("padding")};
  };
  t["matmul"] = [](C c) { return matmul(c["a"], c["b"]); };
  t["linear"] = [](C c) { return linear(c["x"], c["w"], c.optional("b")); };
  t["conv2d"] = [=](C c) { return conv2d(c["x"], c["w"], c.optional("b"), conv_options(c)); };
  t["conv_transpose2d"] = [](C c) {
    return conv_transpose2d(c["x"], c["w"], c.optional("b"),
                            {.stride = c.size("stride"),
                             .padding = c.size("padding"),
                             .output_padding = c.size("output_padding"),
                             .dilation = c.size("dilation")});
  };
  t["conv_weight"] = [=](C c) {
    const Shape w = golden::shape(c.json.at("options").at("w"));
    return conv_weight(c["x"], c["y"], conv_geometry(c["x"].shape(), w, conv_options(c)));
  };
  t["avg_pool2d"] = [=](C c) { return avg_pool2d(c["x"], pool_options(c)); };
  t["max_pool2d"] = [=](C c) { return max_pool2d(c["x"], pool_options(c)); };
}

template <class T>
void add_norms(Table<T>& t) {
  using C = const Case<T>&;
  t["batch_norm"] = [](C c) { return batch_norm(c["x"], c["gamma"], c["beta"], c.number("eps")).y; };
  t["batch_norm_inference"] = [](C c) {
    return batch_norm_inference(c["x"], c["gamma"], c["beta"], c["mean"].value(), c["var"].value(), c.number("eps"));
  };
  t["layer_norm"] = [](C c) { return layer_norm(c["x"], c["gamma"], c["beta"], c.number("eps")); };
  t["instance_norm"] = [](C c) {
    return instance_norm(c["x"], c.optional("gamma"), c.optional("beta"), c.number("eps"));
  };
  t["group_norm"] = [](C c) { return group_norm(c["x"], c.size("groups"), c["gamma"], c["beta"], c.number("eps")); };
}

template <class T>
const Table<T>& table() {
  static const Table<T> all = [] {
    Table<T> t;
    add_arithmetic(t);
    add_pointwise(t);
    add_reductions_and_losses(t);
    add_shape_operations(t);
    add_products_and_pools(t);
    add_norms(t);
    return t;
  }();
  return all;
}

/// Tolerances, relative to the largest number of a tensor (or `floor`, where a gradient is zero up to rounding).
struct Tolerance {
  double value, first, second, floor;
};
template <class T>
constexpr Tolerance tolerance = sizeof(T) == 8 ? Tolerance{1e-11, 1e-11, 1e-11, 0.01}
                                               : Tolerance{1e-6, 2e-6, 2e-5, 0.1};

/// grad(), or zeros where y has no history: that of sign, and what is zero everywhere.
template <class T>
std::vector<Var<T>> gradients(const Var<T>& y, const std::vector<Var<T>>& by, const GradOptions<T>& options = {}) {
  if (y.requires_grad()) return grad(y, by, options);
  std::vector<Var<T>> zeros;
  for (const Var<T>& x : by) zeros.push_back(Var<T>(Tensor<T>::zeros(x.shape())));
  return zeros;
}

template <class T>
void check_case(const Json& json) {
  constexpr Tolerance allowed = tolerance<T>;
  INFO(json.at("name").get<std::string>());
  const auto op = table<T>().find(json.at("op").get<std::string>());
  REQUIRE(op != table<T>().end());
  const Case<T> c(json);
  const Var<T> y = op->second(c);
  CHECK(golden::distance(y.value(), json.at("y")) <= allowed.value);

  std::vector<std::string> names;
  std::vector<Var<T>> by;
  for (const auto& [name, unused] : json.at("gradients").items()) {
    names.push_back(name);
    by.push_back(c[name]);
  }
  const Var<T> gy = golden::variable<T>(json.at("gy"));
  const std::vector<Var<T>> first = gradients<T>(y, by, {.create_graph = true, .output = gy});
  const std::vector<Var<T>> plain = gradients<T>(y, by, {.output = gy});  // some operations have a faster way for it
  Var<T> squares(Tensor<T>::scalar(T(0)));
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO("gradient by " << names[i]);
    CHECK(golden::distance(plain[i].value(), json.at("gradients").at(names[i]), allowed.floor) <= allowed.first);
    CHECK(golden::distance(first[i].value(), json.at("gradients").at(names[i]), allowed.floor) <= allowed.first);
    squares = squares + sum(first[i] * first[i]);
  }

  if (!json.contains("second")) return;
  names.push_back("gy");
  by.push_back(gy);
  const std::vector<Var<T>> second = gradients<T>(squares, by);
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO("second gradient by " << names[i]);
    CHECK(golden::distance(second[i].value(), json.at("second").at(names[i]), allowed.floor) <= allowed.second);
  }
}

const std::vector<std::string> files{"ops_pointwise", "ops_reduce", "ops_shape", "ops_conv", "ops_norm"};

}  // namespace

TEMPLATE_TEST_CASE("golden: every operation in value, first and second order", "[golden][ops]", double, float) {
  for (const std::string& file : files)
    for (const Json& json : golden::cases(file)) check_case<TestType>(json);
}

TEST_CASE("golden: no operation is without a golden case", "[golden][ops]") {
  std::set<std::string> seen;
  for (const std::string& file : files)
    for (const Json& json : golden::cases(file)) seen.insert(json.at("op").get<std::string>());
  for (const auto& [op, unused] : table<double>()) {
    INFO(op);
    CHECK(seen.contains(op));
  }
  CHECK(seen.size() == table<double>().size());
}
