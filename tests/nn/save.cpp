// Networks in safetensors files.
#include "ganvas/nn/save.hpp"

#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/load.hpp"
#include "ganvas/nn/sequential.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;

namespace {

template <class T>
auto network(std::uint64_t seed, index_t out = 4) {
  Random rng(seed);
  return nn::sequential<T>(rng, nn::conv2d({.in = 2, .out = out, .kernel = 3}), nn::batch_norm2d({.channels = out}));
}

}  // namespace

TEST_CASE("a saved network is read back bit for bit") {
  const test::Folder folder;
  auto a = network<float>(1);
  static_cast<void>(a.training(normal<float>({4, 5, 5, 2})));
  nn::save(folder / "net.safetensors", a, {{"about", "a test"}});
  auto b = network<float>(2);
  nn::load(folder / "net.safetensors", b);
  const Var<float> x = normal<float>({2, 5, 5, 2});
  CHECK(a(x).value() == b(x).value());
  CHECK(b.get<1>().num_batches_tracked == 1);
  const auto file = io::read_safetensors(folder / "net.safetensors");
  CHECK(file.metadata().at("format") == "pt");
  CHECK(file.metadata().at("about") == "a test");
  CHECK(file.entry("1.num_batches_tracked").dtype == io::Dtype::I64);
  CHECK(file.entry("0.weight").shape == Shape{4, 2, 3, 3});
}

TEST_CASE("a file of floats is read into a network of doubles") {
  const test::Folder folder;
  const auto a = network<float>(1);
  nn::save(folder / "net.safetensors", a);
  auto b = network<double>(2);
  nn::load(folder / "net.safetensors", b);
  CHECK(b.get<0>().weight.value() == a.get<0>().weight.value().cast<double>());
}

TEST_CASE("a file that does not fit changes nothing") {
  const test::Folder folder;
  nn::save(folder / "net.safetensors", network<float>(1, 3));
  auto b = network<float>(2);
  const Tensor<float> before = b.get<0>().weight.value();
  CHECK(test::says(test::sentence([&] { nn::load(folder / "net.safetensors", b); }),
                   "0.weight has shape (3,2,3,3) but the network has (4,2,3,3)"));
  CHECK(test::says(test::sentence([&] { nn::load(folder / "net.safetensors", b); }),
                   (folder / "net.safetensors").string()));
  CHECK(test::says(test::sentence([&] { nn::load(folder / "absent.safetensors", b); }), "absent.safetensors"));
  CHECK(b.get<0>().weight.value() == before);
}

TEST_CASE("a part of a file can be loaded by hand") {
  const test::Folder folder;
  const auto a = network<float>(1);
  nn::save(folder / "net.safetensors", a);
  auto dict = nn::read_state_dict<float>(folder / "net.safetensors");
  std::erase_if(dict, [](const auto& e) { return !e.name.starts_with("0."); });
  for (auto& e : dict) e.name = e.name.substr(2);
  Random rng(5);
  nn::Conv2d<float> conv({.in = 2, .out = 4, .kernel = 3}, rng);
  nn::load_state_dict(conv, dict);
  CHECK(conv.weight.value() == a.get<0>().weight.value());
}

TEST_CASE("weights that are whole numbers are refused") {
  const test::Folder folder;
  auto net = network<float>(1);
  std::vector<io::SafetensorsItem> items;
  for (const auto& entry : nn::state_dict(net)) items.emplace_back(entry.name, entry.value.cast<std::int64_t>());
  io::write_safetensors(folder / "whole.safetensors", items);
  CHECK(test::says(test::sentence([&] { nn::load(folder / "whole.safetensors", net); }),
                   "0.weight holds whole numbers (I64); weights are F64, F32, F16 or BF16"));
}
