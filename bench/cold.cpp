// Small and cold: what a program waits for that only draws a sample.
//   one image through the MNIST generator (batch 1, evaluation, no history)
//   process start to first sample: a program that reads the generator from a checkpoint and draws one image, from
//   fork to exit, many times, and where that time goes as the program itself saw it
//
//   bench_cold [--threads N] [--runs N]
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "ganvas/gan/players.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/nn/load.hpp"
#include "ganvas/nn/save.hpp"

#include "peak.hpp"

namespace {

using namespace ganvas;

/// When the child reached what, in seconds of the clock that all processes share.
struct Moments {
  double main = 0, built = 0, loaded = 0, sampled = 0;
};
constexpr std::array<const char*, 5> phases{"until main", "network made", "checkpoint read", "image drawn", "exit"};

/// The whole of the tiny program.
Moments first_sample(const std::string& checkpoint) {
  Moments m;
  m.main = bench::seconds();
  Random rng{1};
  auto g = Generator{models::dcgan_generator({}, rng)};
  m.built = bench::seconds();
  nn::load(checkpoint, g);
  m.loaded = bench::seconds();
  const Tensor<float> image = g.sample(1, rng);
  m.sampled = bench::seconds();
  if (!(std::abs(image.data()[0]) <= 1)) std::abort();
  return m;
}

/// Runs this program again as the tiny one. Seconds of its phases and, last, of all.
std::array<double, 6> time_child(const char* program, const std::string& checkpoint) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe can be made");
  const double start = bench::seconds();
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    execl(program, program, "--first-sample", checkpoint.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  int status = 0;
  waitpid(child, &status, 0);
  const double end = bench::seconds();
  Moments m;
  const bool told = read(ends[0], &m, sizeof m) == static_cast<ssize_t>(sizeof m);
  close(ends[0]);
  if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0 || !told)
    throw std::runtime_error("the program that draws one sample failed");
  return {m.main - start, m.built - m.main, m.loaded - m.built, m.sampled - m.loaded, end - m.sampled, end - start};
}

void print(const char* what, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  std::printf("%-44s %9.3f %9.3f\n", what, 1e3 * seconds.front(), 1e3 * seconds[seconds.size() / 2]);
}

void measure(const char* program, int threads, int runs) {
  set_threads(threads);
  setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);  // for the children
  Random rng{1};
  const auto g = Generator{models::dcgan_generator({}, rng)};
  const auto z = g.noise(1, rng);
  std::vector<double> times;
  for (int i = 0; i < 20 + 10 * runs; ++i) {
    const double start = bench::seconds();
    const auto image = g.sample(z);
    if (i >= 20) times.push_back(bench::seconds() - start);
  }
  std::printf("threads %-36d %9s %9s\n", threads, "min ms", "median ms");
  print("one image, batch 1", times);

  const auto checkpoint = std::filesystem::temp_directory_path() / ("bench_cold_" + std::to_string(getpid()));
  nn::save(checkpoint, g);
  std::array<std::vector<double>, 6> all;
  for (int i = 0; i < runs; ++i) {
    const auto one = time_child(program, checkpoint.string());
    for (std::size_t k = 0; k < one.size(); ++k) all[k].push_back(one[k]);
  }
  std::filesystem::remove(checkpoint);
  print("process start to first sample and exit", all.back());
  for (std::size_t k = 0; k < phases.size(); ++k) print((std::string("  ") + phases[k]).c_str(), all[k]);
}

int usage(const std::string& why) {
  std::cerr << "bench_cold: " << why << "\nusage: bench_cold [--threads N] [--runs N]\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--first-sample") {
    const Moments m = first_sample(argv[2]);
    return write(STDOUT_FILENO, &m, sizeof m) == static_cast<ssize_t>(sizeof m) ? 0 : 1;
  }
  int threads = 0, runs = 50;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    int* const number = option == "--threads" ? &threads : option == "--runs" ? &runs : nullptr;
    if (number == nullptr) return usage("unknown option " + option + ".");
    if (i + 1 == argc || (*number = std::atoi(argv[i + 1])) < 1) return usage(option + " needs a number above 0.");
  }
  try {
    set_threads(0);
    const int most = threads > 0 ? threads : ganvas::threads();
    for (int n = threads > 0 ? threads : 1; n <= most; ++n) measure(argv[0], n, runs);
  } catch (const std::exception& error) {
    std::cerr << "bench_cold: " << error.what() << '\n';
    return 1;
  }
}
