// The examples' command line: what is set, what is refused with a sentence, and with which exit code.
#include <cstdio>
#include <initializer_list>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "command_line.hpp"
#include "support/catch.hpp"

namespace {

struct Given {
  bool smoke = false;
  int threads = 0;
  std::ptrdiff_t epochs = 5;
  std::uint64_t seed = 1;
  double gamma = 0.5;
  std::string recipe = "fast";
  std::string folder;
  std::vector<std::string> files;
  std::optional<int> ended;
  std::string out, err;  ///< what was printed
};

Given read(std::initializer_list<const char*> words) {
  std::vector<const char*> argv{"program"};
  argv.insert(argv.end(), words);
  Given g;
  std::ostringstream out, err;
  auto* const old_out = std::cout.rdbuf(out.rdbuf());
  auto* const old_err = std::cerr.rdbuf(err.rdbuf());
  g.ended = read_options(static_cast<int>(argv.size()), argv.data(), "Does something.",
                         {{"--smoke", &g.smoke, "a few steps"},
                          {"--threads", &g.threads, "processors", 1, 1024},
                          {"--epochs", &g.epochs, "passes", 1, 1e6},
                          {"--seed", &g.seed, "a seed"},
                          {"--gamma", &g.gamma, "a weight"},
                          {.name = "--recipe", .value = &g.recipe, .help = "settings", .choices = {"fast", "dcgan"}},
                          {"--folder", &g.folder, "where"},
                          {"files", &g.files, "what to read"}});
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  g.out = out.str();
  g.err = err.str();
  return g;
}

}  // namespace

TEST_CASE("options set their variables and leave the others alone") {
  const Given none = read({});
  CHECK(!none.ended);
  CHECK((!none.smoke && none.threads == 0 && none.epochs == 5 && none.recipe == "fast" && none.files.empty()));

  const Given all = read({"--smoke", "--threads", "2", "a.npy", "--epochs=7", "--seed", "18446744073709551615",
                          "--gamma", "0.25", "--recipe", "dcgan", "b.npy"});
  CHECK(!all.ended);
  CHECK((all.smoke && all.threads == 2 && all.epochs == 7 && all.gamma == 0.25 && all.recipe == "dcgan"));
  CHECK(all.seed == 18446744073709551615U);
  CHECK(all.files == std::vector<std::string>{"a.npy", "b.npy"});
  CHECK((all.out.empty() && all.err.empty()));

  CHECK(read({"--epochs", "010"}).epochs == 10);  // not octal
}

TEST_CASE("a wrong option ends with code 2, its name and what it takes") {
  struct Case {
    std::vector<const char*> words;
    const char* sentence;
  };
  const Case cases[] = {
      {{"--epochs", "0"}, "--epochs: takes a whole number, 1 to 1000000, but '0' was given."},
      {{"--epochs", "many"}, "--epochs: takes a whole number, 1 to 1000000, but 'many' was given."},
      {{"--epochs", "1.5"}, "--epochs: takes a whole number, 1 to 1000000, but '1.5' was given."},
      {{"--epochs", "7x"}, "--epochs: takes a whole number, 1 to 1000000, but '7x' was given."},
      {{"--epochs", "0x10"}, "--epochs: takes a whole number, 1 to 1000000, but '0x10' was given."},
      {{"--epochs", "1_000"}, "--epochs: takes a whole number, 1 to 1000000, but '1_000' was given."},
      {{"--epochs", ""}, "--epochs: takes a whole number, 1 to 1000000, but '' was given."},
      {{"--epochs", "99999999999999999999"}, "1 to 1000000, but '99999999999999999999' was given."},
      {{"--threads", "-1"}, "--threads: takes a whole number, 1 to 1024, but '-1' was given."},
      {{"--threads", "-99999999999"}, "--threads: takes a whole number, 1 to 1024, but '-99999999999' was given."},
      {{"--seed", "-1"}, "--seed: takes a whole number, 0 or more, but '-1' was given."},
      {{"--seed", "18446744073709551616"}, "--seed: takes a whole number, 0 or more, but '18446744073709551616' was"},
      {{"--gamma", "nan"}, "--gamma: takes a number, 0 or more, but 'nan' was given."},
      {{"--gamma", "inf"}, "--gamma: takes a number, 0 or more, but 'inf' was given."},
      {{"--gamma", "1e999"}, "--gamma: takes a number, 0 or more, but '1e999' was given."},
      {{"--gamma", "0.5e"}, "--gamma: takes a number, 0 or more, but '0.5e' was given."},
      {{"--folder", ""}, "--folder: must not be empty."},
      {{"--epochs"}, "--epochs"},
      {{"--recipe", "slow"}, "--recipe"},
      {{"--speed", "9"}, "--speed"},
  };
  for (const Case& c : cases) {
    std::vector<const char*> words = c.words;
    words.resize(2, "");
    const Given g = c.words.size() == 1 ? read({words[0]}) : read({words[0], words[1]});
    INFO(words[0] << " " << words[1] << ": " << g.err);
    CHECK(g.ended == 2);
    CHECK(g.err.find(c.sentence) != std::string::npos);
  }
}

TEST_CASE("help names every option, its default and its bounds") {
  const Given g = read({"--help"});
  CHECK(g.ended == 0);
  for (const char* words : {"Does something.", "--smoke", "--threads", "1 to 1024", "--epochs", "1 to 1000000",
                            "--seed", "0 or more", "{fast,dcgan}", "files"}) {
    INFO(words << " in\n" << g.out);
    CHECK(g.out.find(words) != std::string::npos);
  }
  const auto shown = [&](const std::string& before, const std::string& value) {  // older and newer CLI11
    return g.out.find(before + "=" + value) != std::string::npos ||
           g.out.find(before + " [" + value + "]") != std::string::npos;
  };
  CHECK(shown("1 to 1000000", "5"));
  CHECK_FALSE(shown("1 to 1024", "0"));  // the program chooses, 0 is no default that one could give
}

TEST_CASE("an option can have two names, and --help ends with what more there is to say") {
  const auto run = [](std::vector<const char*> argv, std::ptrdiff_t& n) {
    std::ostringstream out;
    auto* const old = std::cout.rdbuf(out.rdbuf());
    const auto ended = read_options(static_cast<int>(argv.size()), argv.data(), "Counts.",
                                    {{"-n,--n", &n, "how many", 1, 100}}, "Exit codes: 0 and 2.");
    std::cout.rdbuf(old);
    return std::pair(ended, out.str());
  };
  std::ptrdiff_t n = 1;
  CHECK((!run({"program", "-n", "5"}, n).first && n == 5));
  CHECK((!run({"program", "--n", "6"}, n).first && n == 6));
  CHECK((!run({"program", "--n=7"}, n).first && n == 7));
  const auto [ended, text] = run({"program", "--help"}, n);
  CHECK(ended == 0);
  const auto at = text.find("Exit codes: 0 and 2.");
  CHECK((at != std::string::npos && at > text.find("how many")));
}
