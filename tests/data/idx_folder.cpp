#include "ganvas/data/idx_folder.hpp"

#include "support/files.hpp"
#include "support/idx.hpp"

using namespace ganvas;
using data::idx_folder;
using data::Split;
using test::idx;
using test::says;
using test::sentence;

namespace {

std::string refusal(const test::Folder& folder, Split split = Split::train) {
  return sentence([&] { static_cast<void>(idx_folder(folder.path(), split)); });
}

}  // namespace

TEST_CASE("images of any size and number, grey or in colour, with and without labels", "[data]") {
  const test::Folder folder;
  test::put(folder / "train-images-idx3-ubyte", idx(8, {2, 1, 3}, std::string("\0\x33\xFF\1\2\3", 6)));
  auto d = idx_folder<double>(folder.path());
  CHECK(d.images.shape() == Shape{2, 1, 3, 1});
  CHECK(d.images(0, 0, 0, 0) == -1.0);
  CHECK(d.images(0, 0, 1, 0) == Approx(-0.6));
  CHECK(d.images(0, 0, 2, 0) == 1.0);
  CHECK(d.labels.empty());
  CHECK(d.classes == 0);
  test::put(folder / "train-labels-idx1-ubyte.gz", test::gzip(idx(8, {2}, "\4\1")));
  d = idx_folder<double>(folder.path());
  CHECK(d.labels == std::vector<index_t>{4, 1});
  CHECK(d.classes == 5);
  // The test split: in colour, and a class that only it has.
  test::put(folder / "t10k-images.idx4-ubyte", idx(8, {1, 2, 2, 3}, "abcdefghijkl"));
  test::put(folder / "t10k-labels.idx1-ubyte", idx(8, {1}, "\6"));
  CHECK(idx_folder(folder.path(), Split::test).images.shape() == Shape{1, 2, 2, 3});
  CHECK(idx_folder(folder.path(), Split::test).classes == 7);
  CHECK(idx_folder(folder.path()).classes == 7);
}

TEST_CASE("folders that do not hold such files", "[data]") {
  const test::Folder folder;
  CHECK(says(refusal(folder), "there is no file train-images-idx3-ubyte or train-images-idx4-ubyte"));
  CHECK(says(refusal(folder, Split::test), "t10k-images-idx3-ubyte"));
  const auto images = folder / "train-images-idx3-ubyte", labels = folder / "train-labels-idx1-ubyte";
  test::put(images, idx(8, {4}, "abcd"));
  CHECK(says(refusal(folder), "has shape (4); images have shape (N,H,W)"));
  test::put(images, idx(8, {1, 2, 1, 2}, "abcd"));
  CHECK(says(refusal(folder), "has shape (1,2,1,2)"));
  test::put(images, idx(8, {0, 2, 2}, ""));
  CHECK(says(refusal(folder), "at least one pixel"));
  test::put(images, idx(8, {1, 2, 2}, "abc"));
  CHECK(says(refusal(folder), "needs 20 bytes, but the file has 19"));
  test::put(images, idx(13, {1, 1, 1}, "abcd"));
  CHECK(says(refusal(folder), "floating-point"));
  test::put(images, idx(8, {1, 2, 2}, "abcd"));
  test::put(labels, idx(8, {2}, "ab"));
  CHECK(says(refusal(folder), "has labels of shape (2), but there are 1 images in"));
  test::put(labels, "rubbish");
  CHECK(says(refusal(folder), "is no IDX file"));
}
