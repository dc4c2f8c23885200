#include "ganvas/io/file.hpp"

#include "support/files.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

TEST_CASE("read_file gives the bytes", "[io]") {
  const test::Folder folder;
  const std::string bytes("a\0b\n\xFF", 5);
  test::put(folder / "a", bytes);
  CHECK(io::read_file(folder / "a") == bytes);
  test::put(folder / "empty", "");
  CHECK(io::read_file(folder / "empty").empty());
#if defined(__linux__)
  CHECK_FALSE(io::read_file("/proc/self/status").empty());
#endif
}

TEST_CASE("read_file refuses with a sentence", "[io]") {
  const test::Folder folder;
  CHECK(says(sentence([&] { static_cast<void>(io::read_file(folder / "none")); }), "none does not exist"));
  CHECK(says(sentence([&] { static_cast<void>(io::read_file(folder.path())); }), "is a directory"));
  test::put(folder / "a", "12345");
  CHECK(says(sentence([&] { static_cast<void>(io::read_file(folder / "a", 4)); }), "5 bytes; at most 4"));
  CHECK(io::read_file(folder / "a", 5) == "12345");
  CHECK(says(sentence([&] { static_cast<void>(io::read_file(folder / "a" / "b")); }), "Not a directory"));
#if defined(__linux__)
  CHECK(says(sentence([&] { static_cast<void>(io::read_file("/dev/zero", 1 << 20)); }), "more than the 1048576 bytes"));
#endif
}

TEST_CASE("InputFile reads anywhere inside, and nowhere outside", "[io]") {
  const test::Folder folder;
  test::put(folder / "a", "0123456789");
  io::InputFile file(folder / "a", "here");
  CHECK(file.size() == 10);
  CHECK(file.read(3, 4) == "3456");
  CHECK(file.read(0, 10) == "0123456789");
  CHECK(file.read(10, 0).empty());
  CHECK(says(sentence([&] { static_cast<void>(file.read(8, 3)); }), "has 10 bytes, but 3 are needed at byte 8"));
  CHECK(says(sentence([&] { static_cast<void>(file.read(11, 0)); }), "truncated"));
  CHECK(says(sentence([&] { static_cast<void>(file.read(1, ~std::uint64_t{0})); }), "[here]"));
  CHECK(file.read(9, 1) == "9");
  std::filesystem::resize_file(folder / "a", 2);
  CHECK(says(sentence([&] { static_cast<void>(file.read(0, 10)); }), "became shorter"));
}
