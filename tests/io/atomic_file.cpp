#include "ganvas/io/atomic_file.hpp"

#include "support/child.hpp"
#include "support/files.hpp"

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

#if defined(__unix__)
TEST_CASE("what a killed program left is removed, what a living one writes stays", "[io]") {
  const test::Folder folder;
  const auto killed = [&](const std::string& name) {
    return test::in_child([&] {
      auto* const file = new io::AtomicFile(folder / name);  // dies with the process, not before
      file->write("half");
      _exit(0);
    });
  };
  for (int i = 0; i < 3; ++i) CHECK(killed("x") == 0);
  CHECK(killed("y") == 0);
  CHECK(folder.count() == 2);  // of x the last, and that of y
  io::atomic_write(folder / "x", "whole");
  CHECK(folder.count() == 2);  // x, and the unfinished y
  io::atomic_write(folder / "y", "whole");
  CHECK(folder.count() == 2);

  io::AtomicFile alive(folder / "x");
  alive.write("later");
  CHECK(test::in_child([&] { io::atomic_write(folder / "x", "by the child"); }) == 0);
  CHECK(test::get(folder / "x") == "by the child");
  alive.commit();
  CHECK(test::get(folder / "x") == "later");
  CHECK(folder.count() == 2);
}

TEST_CASE("too many unfinished files: the sentence says which to remove", "[io]") {
  const test::Folder folder;
  {
    const io::AtomicFile first(folder / "x");
    const std::string name = std::filesystem::directory_iterator(folder.path())->path().filename().string();
    const std::string kept = name.substr(0, name.size() - std::string("0.part").size());
    REQUIRE(name == kept + "0.part");
    for (int i = 1; i < 1000; ++i) test::put(folder / (kept + std::to_string(i) + ".part"), "");
    CHECK(says(sentence([&] { io::AtomicFile(folder / "x"); }),
               "remove the .ganvas-*.part files in " + folder.path().string() + "."));
    CHECK(folder.count() == 1000);  // and none was removed that is not ours
  }
  CHECK(folder.count() == 999);
}

TEST_CASE("with stderr closed its messages do not land in the file", "[io]") {
  const test::Folder folder;
  CHECK(test::in_child([&] {
          close(2);
          io::AtomicFile file(folder / "a");
          file.write("con");
          static_cast<void>(!write(2, "progress", 8));
          file.write("tent");
          file.commit();
        }) == 0);
  CHECK(test::get(folder / "a") == "content");
}
#endif

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
  CHECK(says(sentence([] { io::make_directories(""); }), "the path is empty."));
  std::filesystem::create_directory_symlink("nowhere", folder / "link");
  CHECK(says(sentence([&] { io::make_directories(folder / "link"); }), "link is a link to nowhere, which does not"));
  CHECK(says(sentence([&] { io::make_directories(folder / "link" / "p"); }), "link is a link to nowhere"));
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

  const test::Folder folder;
  test::put(folder / "a", "old");
  const std::string text = test::on_full_disk(4096, [&] { io::atomic_write(folder / "a", std::string(100000, 'x')); });
  CHECK(says(text, "File too large"));
  CHECK(test::get(folder / "a") == "old");
  CHECK(folder.count() == 1);
}
#endif
