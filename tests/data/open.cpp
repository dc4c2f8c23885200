#include "ganvas/data/open.hpp"

#include "ganvas/io/png.hpp"

#include "support/files.hpp"
#include "support/idx.hpp"

using namespace ganvas;
using test::Folder;
using test::idx;
using test::says;
using test::sentence;

namespace {

std::string refusal(const std::string& name, const data::OpenOptions& o = {}) {
  return sentence([&] { static_cast<void>(data::open(name, o)); });
}

/// A made-up test split in the format of MNIST.
void put_digits(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::string labels(10000, '\0');
  labels[1] = '\7';
  test::put(folder / "t10k-images-idx3-ubyte.gz", test::gzip(idx(8, {10000, 28, 28}, std::string(7'840'000, '\0'))));
  test::put(folder / "t10k-labels-idx1-ubyte", idx(8, {10000}, labels));
}

}  // namespace

TEST_CASE("mixtures by name", "[data]") {
  const auto ring = data::open("ring");
  REQUIRE(ring.mixture.has_value());
  CHECK_FALSE(ring.dataset.has_value());
  CHECK(ring.mixture->modes() == 8);
  CHECK(ring.description.kind == "mixture");
  CHECK(ring.description.sample == Shape{2});
  CHECK(ring.description.classes == 8);
  const auto grid = data::open<double>("grid");
  CHECK(grid.mixture->modes() == 25);
  CHECK_FALSE(grid.description.hash == ring.description.hash);
  CHECK(data::open<double>("grid").description.hash == grid.description.hash);
  CHECK(grid.description.str() == "grid: a mixture of 25 Gaussians, hash " + grid.description.hash.str());
}

TEST_CASE("MNIST and Fashion-MNIST by name, below a root folder", "[data]") {
  const Folder root;
  put_digits(root / "mnist");
  put_digits(root / "fashion-mnist");
  const data::OpenOptions options{.split = data::Split::test, .pictures = {}, .root = root.path()};
  const auto digits = data::open("mnist", options);
  REQUIRE(digits.dataset.has_value());
  CHECK(digits.description.samples == 10000);
  CHECK(digits.description.sample == Shape{28, 28, 1});
  CHECK(digits.description.class_names[7] == "7");
  CHECK(digits.description.hash == data::content_hash(*digits.dataset));
  const auto clothes = data::open("fashion-mnist", options);
  CHECK(clothes.description.class_names[static_cast<std::size_t>(clothes.dataset->labels[1])] == "sneaker");
  CHECK(says(refusal("mnist", {.split = data::Split::test, .pictures = {}, .root = root / "x"}), "no MNIST at"));
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
    CHECK(says(refusal("fashion-mnist", {.split = data::Split::test, .pictures = {}, .root = root / "x"}),
               "fetch it by examples/get_mnist.sh --fashion"));
  // The same files by their folder
  const auto folder = data::open((root / "mnist").string(), options);
  CHECK(folder.description.kind == "IDX files");
  CHECK(folder.description.classes == 8);
  CHECK(says(refusal((root / "mnist").string()), "there is no file train-images-idx3-ubyte"));
}

TEST_CASE("a folder of pictures", "[data]") {
  const Folder folder;
  for (const char* name : {"cats", "dogs"}) {
    std::filesystem::create_directory(folder / name);
    test::put(folder / name / "1.png", io::encode_png(io::Picture(5, 5, 3)));
  }
  test::put(folder / "cats/2.png", "rubbish");
  const auto opened = data::open(folder.path().string(), {.split = data::Split::train, .pictures = {.side = 16}});
  const auto& d = opened.description;
  CHECK(opened.dataset->images.shape() == Shape{2, 16, 16, 3});
  CHECK(d.kind == "pictures");
  CHECK(d.class_names == std::vector<std::string>{"cats", "dogs"});
  CHECK(says(d.report, "1 of 3 pictures"));
  CHECK(d.str() == folder.path().string() + ": 2 pictures of shape (16,16,3) in 2 classes, hash " + d.hash.str());
}

TEST_CASE("what is nothing of all that says what is possible", "[data]") {
  const std::string text = refusal("minst");
  CHECK(says(text, "there is no data set and no folder named 'minst'."));
  CHECK(says(text, "mnist, fashion-mnist, ring and grid by name, a folder of IDX files, or a folder of PNG and JPEG"));
  CHECK(says(text, "Did you mean 'mnist'?"));
  CHECK(says(refusal(""), "named ''"));
  const Folder folder;
  CHECK(says(refusal(folder.path().string()), "looked for .png, .jpg and .jpeg"));
}
