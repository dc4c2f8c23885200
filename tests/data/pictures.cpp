#include "ganvas/data/pictures.hpp"

#include <cmath>

#include "ganvas/data/content_hash.hpp"
#include "ganvas/io/png.hpp"
#include "ganvas/io/read_image.hpp"
#include "ganvas/io/resize_image.hpp"

#include "support/files.hpp"
#include "support/pictures.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using data::Channels;
using data::Crop;
using data::pictures;
using test::Folder;
using test::says;
using test::sentence;

namespace {

/// A picture of one colour.
void put_plain(const std::filesystem::path& path, const std::vector<int>& colour, index_t w = 8, index_t h = 8) {
  std::filesystem::create_directories(path.parent_path());
  io::Picture p(w, h, static_cast<index_t>(colour.size()));
  for (std::size_t i = 0; i < p.pixels.size(); ++i) p.pixels[i] = static_cast<std::uint8_t>(colour[i % colour.size()]);
  test::put(path, io::encode_png(p));
}
/// A picture of noise.
void put_noise(const std::filesystem::path& path, index_t w, index_t h, index_t c, unsigned seed) {
  std::filesystem::create_directories(path.parent_path());
  io::Picture p(w, h, c);
  for (auto& v : p.pixels) v = static_cast<std::uint8_t>((seed = seed * 1664525U + 1013904223U) >> 24U);
  test::put(path, io::encode_png(p));
}
std::string refusal(const std::filesystem::path& folder, const data::PictureOptions& o = {}) {
  return sentence([&] { static_cast<void>(pictures(folder, o)); });
}
/// A value of 0..255 as the data set has it.
Approx is(double value) { return Approx(value / 127.5 - 1).margin(1e-6); }

}  // namespace

TEST_CASE("subfolders are classes, in the order of their names", "[data]") {
  const Folder folder;
  put_plain(folder / "b/z.png", {200});
  put_plain(folder / "b/deep/er/a.PNG", {100});
  put_plain(folder / "a/x.png", {0});
  put_plain(folder / "a/.hidden.png", {1});
  put_plain(folder / ".hidden/x.png", {1});
  test::put(folder / "a/notes.txt", "no picture");
  std::filesystem::create_directory(folder / "empty");
  const auto set = pictures(folder.path(), {.side = 4});
  CHECK(set.files == std::vector<std::string>{"a/x.png", "b/deep/er/a.PNG", "b/z.png"});
  CHECK(set.class_names == std::vector<std::string>{"a", "b"});
  CHECK(set.dataset.labels == std::vector<index_t>{0, 1, 1});
  CHECK(set.dataset.classes == 2);
  REQUIRE(set.dataset.images.shape() == Shape{3, 4, 4, 1});
  CHECK(set.dataset.images(0, 3, 3, 0) == is(0));
  CHECK(set.dataset.images(1, 0, 0, 0) == is(100));
  CHECK(set.dataset.images(2, 2, 1, 0) == is(200));
  CHECK(set.report.empty());
  CHECK(pictures(folder.path(), {.side = 4, .classes_from_subfolders = false}).dataset.labels.empty());
  CHECK(pictures(folder / "b/deep", {.side = 4}).dataset.labels.empty());  // one folder tells nothing apart
}

TEST_CASE("pictures beside class folders have no class", "[data]") {
  const Folder folder;
  put_plain(folder / "x.png", {1});
  put_plain(folder / "a/x.png", {1});
  put_plain(folder / "b/x.png", {1});
  CHECK(says(refusal(folder.path()), "has 1 pictures beside its 2 subfolders"));
  CHECK(pictures(folder.path(), {.classes_from_subfolders = false}).dataset.size() == 3);
}

TEST_CASE("the data set is the same for any number of threads", "[data][threads]") {
  const Folder folder;
  for (unsigned i = 0; i < 12; ++i)
    put_noise(folder / (std::to_string(i) + ".png"), 20 + i, 31 - i, i % 2 == 0 ? 3 : 4, i);
  test::put(folder / "5.png", "rubbish");
  CHECK(same_for_any_threads([&] {
    const auto set = pictures(folder.path(), {.side = 16});
    return data::content_hash(set.dataset).str() + set.report;
  }));
}

TEST_CASE("channels", "[data]") {
  const Folder folder;
  put_plain(folder / "a.png", {100});
  put_plain(folder / "b.png", {255, 0, 0});
  const auto automatic = pictures(folder.path(), {.side = 2}).dataset.images;
  REQUIRE(automatic.shape() == Shape{2, 2, 2, 3});
  CHECK(automatic(0, 0, 0, 2) == is(100));
  CHECK(automatic(1, 0, 0, 0) == is(255));
  const auto grey = pictures(folder.path(), {.side = 2, .channels = Channels::grey}).dataset.images;
  REQUIRE(grey.shape() == Shape{2, 2, 2, 1});
  CHECK(grey(0, 0, 0, 0) == is(100));
  CHECK(grey(1, 0, 0, 0) == is(0.299 * 255));
  const auto rgba = pictures(folder.path(), {.side = 2, .channels = Channels::rgba}).dataset.images;
  REQUIRE(rgba.shape() == Shape{2, 2, 2, 4});
  CHECK(rgba(1, 1, 1, 0) == is(255));
  CHECK(rgba(1, 1, 1, 3) == is(255));
  std::filesystem::remove(folder / "b.png");
  CHECK(pictures(folder.path(), {.side = 2}).dataset.images.shape() == Shape{1, 2, 2, 1});
}

TEST_CASE("transparency is laid on the background before resizing, or kept", "[data]") {
  const Folder folder;
  // The left half is opaque red, the right half transparent green, of which nothing may be seen.
  io::Picture p(8, 8, 4);
  for (index_t y = 0; y < 8; ++y)
    for (index_t x = 0; x < 8; ++x) {
      p.at(x, y)[0] = x < 4 ? 255 : 0;
      p.at(x, y)[1] = x < 4 ? 0 : 255;
      p.at(x, y)[3] = x < 4 ? 255 : 0;
    }
  test::put(folder / "a.png", io::encode_png(p));
  const auto area = ResizeFilter::area;
  const auto white = pictures(folder.path(), {.side = 1, .filter = area}).dataset.images;
  REQUIRE(white.shape() == Shape{1, 1, 1, 3});
  CHECK(white(0, 0, 0, 0) == is(255));
  CHECK(white(0, 0, 0, 1) == is(127.5));
  const auto blue =
      pictures(folder.path(), {.side = 1, .filter = area, .background = {.red = 0, .green = 0, .blue = 255}})
          .dataset.images;
  CHECK(blue(0, 0, 0, 0) == is(127.5));
  CHECK(blue(0, 0, 0, 1) == is(0));
  CHECK(blue(0, 0, 0, 2) == is(127.5));
  const auto kept = pictures(folder.path(), {.side = 1, .channels = Channels::rgba, .filter = area}).dataset.images;
  CHECK(kept(0, 0, 0, 0) == is(255));  // red, half transparent: no green, no white
  CHECK(kept(0, 0, 0, 1) == is(0));
  CHECK(kept(0, 0, 0, 3) == is(127.5));
  const auto both = pictures(folder.path(), {.side = 2, .channels = Channels::rgba, .filter = area}).dataset.images;
  CHECK(both(0, 0, 1, 0) == is(255));  // wholly transparent: the background's colour
  CHECK(both(0, 0, 1, 1) == is(255));
  CHECK(both(0, 0, 1, 3) == is(0));
  const auto grey = pictures(folder.path(), {.side = 2, .channels = Channels::grey, .filter = area}).dataset.images;
  CHECK(grey(0, 0, 0, 0) == is(0.299 * 255));
  CHECK(grey(0, 0, 1, 0) == is(255));
}

TEST_CASE("cut, padded, stretched", "[data]") {
  const Folder folder;
  // Three squares side by side: black, grey, black.
  io::Picture p(12, 4, 1);
  for (index_t y = 0; y < 4; ++y)
    for (index_t x = 4; x < 8; ++x) *p.at(x, y) = 90;
  test::put(folder / "a.png", io::encode_png(p));
  const auto area = ResizeFilter::area;
  const auto cut = pictures(folder.path(), {.side = 3, .filter = area}).dataset.images;
  for (const float v : cut.values()) CHECK(v == is(90));
  const auto stretched = pictures(folder.path(), {.side = 3, .crop = Crop::stretch, .filter = area}).dataset.images;
  for (index_t y = 0; y < 3; ++y)
    for (index_t x = 0; x < 3; ++x) CHECK(stretched(0, y, x, 0) == is(x == 1 ? 90 : 0));
  const auto padded = pictures(folder.path(), {.side = 3, .crop = Crop::pad, .filter = area}).dataset.images;
  for (index_t y = 0; y < 3; ++y)
    for (index_t x = 0; x < 3; ++x) CHECK(padded(0, y, x, 0) == is(y != 1 ? 255 : x == 1 ? 90 : 0));
  const auto clear = pictures(folder.path(), {.side = 3, .channels = Channels::rgba, .crop = Crop::pad, .filter = area})
                         .dataset.images;
  CHECK(clear(0, 0, 1, 3) == is(0));
  CHECK(clear(0, 1, 1, 3) == is(255));
}

TEST_CASE("a picture is what read_image, centre_crop and resize_image make of it", "[data]") {
  const Folder folder;
  put_noise(folder / "a.png", 37, 21, 3, 5);
  const auto set = pictures<double>(folder.path(), {.side = 8, .filter = ResizeFilter::lanczos});
  const auto x = io::read_image<double>(folder / "a.png");
  const auto expected = io::resize_image(io::centre_crop(x), 8, 8, ResizeFilter::lanczos);
  for (index_t i = 0; i < expected.numel(); ++i)
    CHECK(set.dataset.images.data()[i] == Approx(std::clamp(expected.data()[i], -1.0, 1.0)).margin(1e-12));
  put_noise(folder / "a.png", 8, 8, 3, 6);  // of the right size already: every pixel is kept
  const auto same = pictures<double>(folder.path(), {.side = 8}).dataset.images;
  const auto y = io::read_image<double>(folder / "a.png");
  for (index_t i = 0; i < y.numel(); ++i) CHECK(same.data()[i] == Approx(y.data()[i]).margin(1e-12));
  const auto opened = pictures(folder.path(), {.side = 8});
  for (const float v : opened.dataset.images.values()) {
    CHECK(v >= -1.0F);
    CHECK(v <= 1.0F);
  }
}

TEST_CASE("16 bits, two channels, palettes and JPEG", "[data]") {
  const Folder folder;
  for (const auto& one : test::picture_cases())
    test::put(folder / one.at("name").get<std::string>(), test::bytes_of(one));
  const auto set = pictures<double>(folder.path(), {.side = 5, .crop = Crop::stretch});
  CHECK(set.dataset.images.shape() == Shape{28, 5, 5, 3});
  CHECK(set.report.empty());
  // Upright: a picture and its eight orientations are what PIL shows; here they must differ from each other alone by
  // what the camera's turn does to an unchanged grid, so 1 and 3 are half a turn apart.
  const auto at = [&](const std::string& name) {
    return static_cast<index_t>(std::find(set.files.begin(), set.files.end(), name) - set.files.begin());
  };
  for (index_t y = 0; y < 5; ++y)
    for (index_t x = 0; x < 5; ++x)
      CHECK(set.dataset.images(at("exif3.jpg"), y, x, 0) ==
            Approx(set.dataset.images(at("exif1.jpg"), 4 - y, 4 - x, 0)).margin(0.02));
}

TEST_CASE("pictures that cannot be read are counted and named", "[data]") {
  const Folder folder;
  put_plain(folder / "good.png", {50});
  put_plain(folder / "z.png", {60});
  test::put(folder / "a.png", "");
  const std::string file = test::picture_file("rgb8.png");
  test::put(folder / "b.jpg", file.substr(0, 40));
  const auto set = pictures(folder.path(), {.side = 2});
  CHECK(set.files == std::vector<std::string>{"good.png", "z.png"});
  CHECK(set.dataset.images(0, 0, 0, 0) == is(50));
  CHECK(set.dataset.images(1, 0, 0, 0) == is(60));
  CHECK(set.unreadable.size() == 2);
  CHECK(set.report == "2 of 4 pictures in " + folder.path().string() +
                          " cannot be read: " + (folder / "a.png").string() + " is empty; " +
                          (folder / "b.jpg").string() + " is truncated: it ends within the picture, after 40 bytes.");
  CHECK(says(refusal(folder.path(), {.strict = true}), "[pictures] 2 of 4 pictures in"));
  std::filesystem::remove(folder / "good.png");
  std::filesystem::remove(folder / "z.png");
  CHECK(says(refusal(folder.path()), "2 of 2 pictures in"));
  for (int i = 0; i < 10; ++i) test::put(folder / ("more" + std::to_string(i) + ".png"), "");
  const std::string many = refusal(folder.path());
  CHECK(says(many, "12 of 12"));
  CHECK(says(many, "more0.png is empty; and so on."));
  put_plain(folder / "large.png", {1}, 100, 100);
  CHECK(says(refusal(folder.path(), {.strict = true, .max_pixels = 50}), "13 of 13"));
}

TEST_CASE("folders without pictures", "[data]") {
  const Folder folder;
  CHECK(says(refusal(folder / "nothing"), "there is no folder"));
  CHECK(says(refusal(folder.path()), "there is no picture in " + folder.path().string() +
                                         " or its subfolders; looked for .png, .jpg and .jpeg."));
  test::put(folder / "a.webp", "");
  test::put(folder / "b.webp", "");
  test::put(folder / "README", "");
  CHECK(says(refusal(folder.path()), ", found only other files: 1 without an extension and 2 .webp."));
  CHECK(says(refusal(folder / "README"), "is a file; name its folder"));
  CHECK(says(refusal(folder.path(), {.side = 0}), "side must be 1 to 4096 pixels, but is 0"));
  CHECK(says(refusal(folder.path(), {.side = 5000}), "but is 5000"));
}

TEST_CASE("links to folders are followed once, loops end", "[data]") {
  const Folder folder, elsewhere;
  put_plain(elsewhere / "x.png", {7});
  put_plain(folder / "a/y.png", {8});
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "b");
  std::filesystem::create_directory_symlink(folder.path(), folder / "a/loop");
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "c");
  std::filesystem::create_symlink(folder / "nowhere", folder / "a/dead.png");
  const auto set = pictures(folder.path());
  CHECK(set.files == std::vector<std::string>{"a/y.png", "b/x.png"});
  CHECK(set.unreadable.size() == 1);  // the link to nowhere
}

TEST_CASE("a table names pictures and their classes", "[data]") {
  const Folder folder;
  put_plain(folder / "x/2.png", {20});
  put_plain(folder / "x/1.png", {10});
  put_plain(folder / "3.png", {30});
  put_plain(folder / "unnamed.png", {40});
  test::put(folder / "captions.tsv", "file\tkind\nx/2.png\tblue\nx/1.png\tred\n3.png\tblue\n");
  const auto set = pictures(folder.path(), {.side = 1, .label_column = "kind"});
  CHECK(set.files == std::vector<std::string>{"3.png", "x/1.png", "x/2.png"});
  CHECK(set.class_names == std::vector<std::string>{"blue", "red"});
  CHECK(set.dataset.labels == std::vector<index_t>{0, 1, 0});
  CHECK(set.dataset.images(1, 0, 0, 0) == is(10));
  CHECK(pictures(folder.path(), {.table = "captions.tsv"}).dataset.labels.empty());
  CHECK(pictures(folder.path(), {.table = folder / "captions.tsv"}).files.size() == 3);
  CHECK(says(refusal(folder.path(), {.label_column = "kinds"}), "Did you mean 'kind'?"));
  CHECK(says(refusal(folder.path(), {.table = "other.tsv"}), "other.tsv does not exist"));
  const auto with = [&](const std::string& text) {
    test::put(folder / "captions.tsv", text);
    return refusal(folder.path(), {.label_column = "kind"});
  };
  CHECK(says(with("file\tkind\n../x.png\ta\n"), "names the file '../x.png'; it must be a path inside the folder"));
  CHECK(says(with("file\tkind\n/etc/passwd\ta\n"), "must be a path inside the folder"));
  CHECK(says(with("file\tkind\n3.png\ta\n3.png\tb\n"), "'3.png' twice"));
  CHECK(says(with("name\tkind\n3.png\ta\n"), "has no column 'file'"));
  CHECK(says(with("file\tkind\n"), "names no pictures"));
  test::put(folder / "captions.tsv", "file\tkind\n3.png\ta\nlost.png\tb\n");
  CHECK(says(pictures(folder.path(), {.label_column = "kind"}).report, "lost.png does not exist"));
}
