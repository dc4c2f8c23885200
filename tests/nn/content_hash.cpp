#include "ganvas/nn/content_hash.hpp"

#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/dropout.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/load.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/save.hpp"
#include "ganvas/nn/sequential.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;

TEST_CASE("the hash of a network changes with each weight, and comes back from a file") {
  constexpr auto plan = nn::plan(nn::linear({.in = 3, .out = 4}), nn::relu(), nn::linear({.in = 4, .out = 2}));
  Random rng{3};
  const auto net = plan.make<float>(rng);
  const std::string hash = nn::content_hash(net);
  CHECK(hash.size() == 64);
  auto copy = net;
  CHECK(nn::content_hash(copy) == hash);
  int parameters = 0;
  nn::for_each_parameter(copy, [&](const std::string& name, auto& p) {
    INFO(name);
    const Tensor<float> before = p.value();
    Tensor<float> changed = before;
    changed.mutable_data()[changed.numel() - 1] += 1e-3F;
    p.set_value(changed);
    CHECK(nn::content_hash(copy) != hash);
    p.set_value(before);
    ++parameters;
  });
  CHECK(parameters == 4);
  CHECK(nn::content_hash(copy) == hash);

  const test::Folder folder;
  nn::save(folder / "net.safetensors", net);
  Random other{4};
  auto loaded = plan.make<float>(other);
  CHECK(nn::content_hash(loaded) != hash);
  nn::load(folder / "net.safetensors", loaded);
  CHECK(nn::content_hash(loaded) == hash);
}

TEST_CASE("the hash of a network counts running statistics, but not where dropout is") {
  Random rng{3};
  auto norm = nn::batch_norm2d({.channels = 2}).make<float>(rng);
  const std::string before = nn::content_hash(norm);
  static_cast<void>(norm.training(Var<float>(Tensor<float>({2, 2, 2, 2}, 3.0F))));
  CHECK(nn::content_hash(norm) != before);

  auto dropped = nn::plan(nn::linear({.in = 3, .out = 4}), nn::dropout()).make<float>(rng);
  const std::string hash = nn::content_hash(dropped);
  const auto x = Var<float>(Tensor<float>({2, 3}, 1.0F));
  const auto first = dropped.training(x).value();
  CHECK_FALSE(dropped.training(x).value() == first);  // dropout's stream went on
  CHECK(nn::content_hash(dropped) == hash);
}
