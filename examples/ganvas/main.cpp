// ganvas: GANs from the command line. `ganvas --help` lists the commands, `ganvas COMMAND --help` a command's options.

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

#include "command_line.hpp"
#include "commands.hpp"

namespace {

struct Command {
  const char* name;
  int (*run)(int, char**);
  const char* help;
};
constexpr Command commands[] = {
    {"recipes", tool::command_recipes, "the recipes, and the settings of each"},
    {"train", tool::command_train, "trains a GAN and leaves it in a folder, with pictures, curves and a page"},
    {"sample", tool::command_sample, "draws samples from a trained generator: PNG or .npy"},
    {"interpolate", tool::command_interpolate, "a picture of ways between samples"},
    {"score", tool::command_score, "measures samples against data"},
    {"info", tool::command_info, "says what a file is"},
    {"report", tool::command_report, "makes the page of a run again"},
};

int usage(std::FILE* out, int code) {
  std::fputs(
      "ganvas " GANVAS_VERSION ": generative adversarial networks on CPUs\n\nusage: ganvas COMMAND [options]\n\n", out);
  for (const Command& c : commands) std::fprintf(out, "  %-12s %s\n", c.name, c.help);
  std::fputs(
      "\nganvas COMMAND --help lists a command's options. A first try:\n"
      "  ganvas train --recipe r1 --data ring --out out/ring\n"
      "  ganvas train --recipe dcgan --data mnist --out out/digits --epochs 5\n"
      "  ganvas sample --from out/digits -n 64 --out digits.png\n\n"
      "Exit codes: 0 done, 1 a training broke down (its losses or its samples became NaN, again and again), 2 it\n"
      "could not be done (a wrong option, no data, a full disk; the reason is on the standard error stream), 130 a\n"
      "training was interrupted by Ctrl-C, and left what there is.\n",
      out);
  return code;
}

}  // namespace

int main(int argc, char** argv) try {
#ifdef SIGXFSZ
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error to be told, not the end
#endif
  if (argc < 2) return usage(stderr, 2);
  const std::string name = argv[1];
  if (name == "--help" || name == "-h" || name == "help") return after_output(usage(stdout, 0));
  if (name == "--version") {
    std::puts(GANVAS_VERSION);
    return after_output(0);
  }
  for (const Command& c : commands)
    if (name == c.name) return after_output(c.run(argc - 1, argv + 1));
  std::fprintf(stderr, "There is no command '%s'.\n\n", name.c_str());
  return usage(stderr, 2);
} catch (const ganvas::NumericError& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return argc > 1 && std::string(argv[1]) == "train" ? 1 : 2;  // others only find it broken down
} catch (const std::bad_alloc&) {
  std::fputs("[memory] the system has none left; use a smaller batch or smaller pictures.\n", stderr);
  return 2;
} catch (const nlohmann::json::exception& error) {
  std::fprintf(stderr, "A file does not hold what `ganvas` writes into it (%s); use another one.\n", error.what());
  return 2;
} catch (const std::filesystem::filesystem_error& error) {
  std::fprintf(stderr, "%s: %s.\n", error.path1().string().c_str(), error.code().message().c_str());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
