#include "ganvas/io/atomic_file.hpp"

#include "support/files.hpp"

#if defined(__unix__)
#  include <csignal>
#  include <sys/resource.h>
#endif

using namespace ganvas;
using test::says;
using test::sentence;

TEST_CASE("a whole file appears, and replaces one that is there", "[io]") {
  const test::Folder folder;
  const auto path = folder / "a.txt";
  io::atomic_write(path, "first");
  CHECK(test::get(path) == "first");
  io::atomic_write(path, std::string_view("sec\0nd", 6));
  CHECK(test::get(path) == std::string("sec\0nd", 6));
  io::atomic_write(path, "");
  CHECK(test::get(path).empty());
  CHECK(folder.count() == 1);
}

TEST_CASE("before commit the path holds what it held before", "[io]") {
  const test::Folder folder;
  const auto path = folder / "a.txt";
  test::put(path, "old");
  {
    io::AtomicFile file(path);
    file.write("new, but never finished");
    CHECK(test::get(path) == "old");
    CHECK(folder.count() == 2);
  }
  CHECK(test::get(path) == "old");
  CHECK(folder.count() == 1);

  io::AtomicFile file(path);
  file.write("......");
  file.write(" world");
  file.overwrite_begin("hello,");
  file.write("!");
  file.commit();
  CHECK(test::get(path) == "hello, world!");
  CHECK(says(sentence([&] { file.write("more"); }), "finished"));
  CHECK(says(sentence([&] { file.commit(); }), "finished"));
  CHECK(test::get(path) == "hello, world!");
}

TEST_CASE("two writers of one path do not disturb each other", "[io]") {
  const test::Folder folder;
  io::AtomicFile a(folder / "x"), b(folder / "x");
  a.write("from a");
  b.write("from b");
  b.commit();
  CHECK(test::get(folder / "x") == "from b");
  a.commit();
  CHECK(test::get(folder / "x") == "from a");
  CHECK(folder.count() == 1);
}

TEST_CASE("a link stays a link, and permissions stay", "[io]") {
  namespace fs = std::filesystem;
  const test::Folder folder;
  test::put(folder / "target", "old");
  fs::permissions(folder / "target", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("target", folder / "link");
  io::atomic_write(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(test::get(folder / "target") == "new");
  CHECK(fs::status(folder / "target").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("unwritable_output: one sentence, with the path and the reason", "[io]") {
  const test::Folder folder;
  CHECK(says(sentence([&] { io::atomic_write(folder / "none" / "a.png", "x"); }), "none does not exist"));
  CHECK(says(sentence([&] { io::atomic_write(folder.path(), "x"); }), "directory"));
  CHECK(says(sentence([&] { io::atomic_write(folder.path().string() + "/", "x"); }), "directory"));
  CHECK(says(sentence([&] { io::atomic_write("", "x"); }), "name"));
  test::put(folder / "file", "");
  const std::string below = sentence([&] { io::atomic_write(folder / "file" / "a.png", "x"); });
  CHECK(says(below, "file/a.png"));
  CHECK(says(below, "Not a directory"));
  CHECK(says(sentence([&] { io::make_directories(folder / "file" / "b"); }), "cannot make the directory"));
  CHECK(says(sentence([&] { io::make_directories(folder / "file"); }), "cannot make the directory"));
  io::make_directories(folder / "p" / "q");
  io::make_directories(folder / "p" / "q");
  CHECK(std::filesystem::is_directory(folder / "p" / "q"));
}

#if defined(__linux__)
TEST_CASE("a full disk: one sentence, nothing left behind", "[io]") {
  CHECK(says(sentence([] { io::atomic_write("/dev/full", "x"); }), "cannot write /dev/full: No space left on device"));
  CHECK(std::filesystem::is_character_file("/dev/full"));
  io::atomic_write("/dev/null", "x");
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK_FALSE(sentence([] { io::atomic_write("/proc/ganvas.png", "x"); }).empty());

  // A limit on the size of files is the full disk that a test can have anywhere.
  const test::Folder folder;
  test::put(folder / "a", "old");
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string text;
  try {
    io::atomic_write(folder / "a", std::string(100000, 'x'));
  } catch (const FileError& e) {
    text = e.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(says(text, "File too large"));
  CHECK(test::get(folder / "a") == "old");
  CHECK(folder.count() == 1);
}
#endif
