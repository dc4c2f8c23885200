#include "ganvas/data/mnist.hpp"

#include <cstdlib>

#include "support/files.hpp"
#include "support/idx.hpp"

using namespace ganvas;
using data::Split;
using test::gzip;
using test::idx;
using test::says;
using test::sentence;

namespace {

/// Made-up test images: image i has the value i mod 256 in its first pixel and 255 in its last.
std::string images(std::uint32_t n = 10000, std::uint32_t side = 28) {
  std::string pixels(std::size_t{n} * side * side, '\0');
  for (std::size_t i = 0; i < n; ++i) {
    pixels[i * side * side] = static_cast<char>(i % 256);
    pixels[(i + 1) * side * side - 1] = '\xFF';
  }
  return idx(8, {n, side, side}, pixels);
}
std::string labels(std::uint32_t n = 10000) {
  std::string bytes(n, '\0');
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i % 10);
  return idx(8, {n}, bytes);
}
std::string refusal(const test::Folder& folder) {
  return sentence([&] { static_cast<void>(data::mnist<float>(folder.path(), Split::test)); });
}

}  // namespace

TEST_CASE("images in [-1,1] and labels, from files of either name, packed or not", "[data]") {
  const char* const names[][2] = {{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
                                  {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"},
                                  {"t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte.gz"}};
  for (const auto& name : names) {
    const test::Folder folder;
    test::put(folder / name[0], std::string(name[0]).ends_with("gz") ? gzip(images()) : images());
    test::put(folder / name[1], std::string(name[1]).ends_with("gz") ? gzip(labels()) : labels());
    const auto d = data::mnist(folder.path(), Split::test);
    CHECK(d.images.shape() == Shape{10000, 28, 28, 1});
    CHECK(d.classes == 10);
    CHECK(d.labels.size() == 10000);
    CHECK(d.labels[1234] == 4);
    CHECK(d.images(0, 0, 0, 0) == -1.0F);
    CHECK(d.images(51, 0, 0, 0) == Approx(-0.6F));
    CHECK(d.images(9999, 27, 27, 0) == 1.0F);
  }
}

TEST_CASE("without MNIST the sentence says how to get it", "[data]") {
  const test::Folder folder;
  const std::string text = refusal(folder);
  CHECK(says(text, "no MNIST at " + folder.path().string()));
  CHECK(says(text, "by examples/get_mnist.sh, or name a folder"));
  CHECK(says(sentence([] { static_cast<void>(data::mnist("/nowhere")); }), "(train-images-idx3-ubyte is not there)"));
  test::put(folder / "t10k-images-idx3-ubyte", images());
  CHECK(says(refusal(folder), "(t10k-labels-idx1-ubyte is not there)"));
}

TEST_CASE("files that are not MNIST's are refused", "[data]") {
  const test::Folder folder;
  const auto image_file = folder / "t10k-images-idx3-ubyte", label_file = folder / "t10k-labels-idx1-ubyte";
  test::put(image_file, images());
  test::put(label_file, labels(9999));
  CHECK(says(refusal(folder), "has labels of shape (9999); MNIST has (10000)"));
  test::put(label_file, labels());
  test::put(image_file, images(9999));
  CHECK(says(refusal(folder), "images of shape (9999,28,28); MNIST has (10000,28,28)"));
  test::put(image_file, images(10000, 20));
  CHECK(says(refusal(folder), "images of shape (10000,20,20)"));
  test::put(image_file, images().substr(0, 5000000));
  CHECK(says(refusal(folder), "needs 7840016 bytes, but the file has 5000000"));
  test::put(image_file, idx(13, {10000, 28, 28}, std::string(std::size_t{4} * 10000 * 784, '\xFF')));  // all NaN
  CHECK(says(refusal(folder), "holds floating-point numbers"));
  std::filesystem::remove(image_file);
  std::filesystem::create_directory(image_file);
  test::put(folder / "t10k-images.idx3-ubyte", images());
  CHECK(data::mnist(folder.path(), Split::test).size() == 10000);
  std::filesystem::remove(image_file);
  test::put(image_file, images());
  std::string eleven = labels();
  eleven[8 + 77] = 10;
  test::put(label_file, eleven);
  CHECK(says(refusal(folder), "label 77 is 10; MNIST has 0 to 9"));
  test::put(label_file, images());
  CHECK(says(refusal(folder), "has labels of shape (10000,28,28)"));
}

TEST_CASE("the real MNIST, where it was fetched or GANVAS_MNIST names its folder", "[data]") {
  const char* const named = std::getenv("GANVAS_MNIST");
  const std::string folder = named != nullptr ? named : GANVAS_TESTS_DIR "/../data/mnist";
  if (!std::filesystem::exists(folder)) {
    WARN("there is no MNIST in data/mnist, and GANVAS_MNIST is not set: the real files are not read");
    return;
  }
  const auto train = data::mnist(folder), test = data::mnist(folder, Split::test);
  CHECK(train.images.shape() == Shape{60000, 28, 28, 1});
  CHECK(train.labels[0] == 5);  // the famous first digits: 5 0 4 1 9
  CHECK(train.labels[4] == 9);
  CHECK(test.labels[0] == 7);
  double sum = 0;
  for (const float v : train.images.values()) sum += (static_cast<double>(v) + 1) / 2;
  CHECK(sum / static_cast<double>(train.images.numel()) == Approx(0.1306604762738429));
}
