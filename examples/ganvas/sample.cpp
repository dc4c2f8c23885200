// ganvas sample and ganvas interpolate.

#include <cstdio>
#include <filesystem>
#include <string>

#include "ganvas/core/parallel.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/npy.hpp"
#include "ganvas/nn/labels.hpp"

#include "command_line.hpp"
#include "commands.hpp"
#include "session.hpp"

namespace tool {

namespace fs = std::filesystem;

namespace {

/// Writes samples as the name of the file wants them.
void write_samples(const fs::path& path, const Sampler& s, index_t n, index_t wanted, double psi, int upscale,
                   Random& rng) {
  const std::string extension = path.extension().string();
  require<ValueError>(extension == ".png" || extension == ".npy", "sample", "--out must end in .png or .npy, but is ",
                      path.string(), ".");
  constexpr index_t portion = 250;
  const bool in_turn = extension == ".png" && wanted < 0;  // a column for each class
  const auto part = [&](index_t count) {
    const Tensor<float> z = s.latent.draw<float>(count, rng);
    return s.generate(z, in_turn ? nn::labels_in_turn(count, s.classes) : labels_for(s, count, wanted, rng), psi);
  };
  if (extension == ".npy") {
    io::NpyWriter<float> npy(path, s.sample);
    for (index_t i = 0; i < n; i += portion) npy.append(part(std::min(portion, n - i)));
    npy.finish();
  } else {
    require<ValueError>(n <= 10000, "sample", "a picture of ", n, " samples would be too large; write .npy.");
    io::atomic_write(path, picture_of(part(n), upscale, in_turn ? nn::picture_columns(s.classes) : 8));
  }
}

}  // namespace

int command_sample(int argc, char** argv) {
  std::string from, out;
  std::ptrdiff_t n = 64, wanted = -1;
  std::uint64_t seed = 1;
  double psi = 1;
  int threads = 0, upscale = 2;
  const auto ended = read_options(
      argc, argv, "Draws samples from a trained generator.",
      {{"--from", &from, "folder of a training, or a checkpoint in it"},
       {"-n,--n", &n, "how many", 1, 1e9},
       {"--seed", &seed, "another seed, other samples"},
       {"--class", &wanted, "of this class alone (conditional generators; else all, in a picture in turn)", 0, 1e9},
       {"--truncation", &psi, "psi of StyleGAN2: below 1 cleaner and more alike", 0, 10},
       {"--upscale", &upscale, "pixels of the picture for one of a sample", 1, 64},
       {"--threads", &threads, "processors to use (default: all)", 1, 1024},
       {"--out", &out, ".png for a picture, .npy for numbers in [-1,1], (n,H,W,C)"}},
      exit_codes);
  if (ended) return *ended;
  require<ValueError>(!from.empty() && !out.empty(), "sample", "--from and --out are needed.");
  if (threads > 0) set_threads(threads);
  const Sampler s = load_sampler(from);
  Random rng(seed, 20);
  write_samples(out, s, n, wanted, psi, upscale, rng);
  std::printf("%lld samples: %s\n", static_cast<long long>(n), out.c_str());
  return 0;
}

int command_interpolate(int argc, char** argv) {
  std::string from, out;
  std::ptrdiff_t rows = 8, columns = 8, wanted = -1;
  std::uint64_t seed = 1;
  double psi = 1;
  int upscale = 2;
  const auto ended = read_options(
      argc, argv, "A picture whose rows lead from one sample to another (normal z: on a great circle).",
      {{"--from", &from, "folder of a training, or a checkpoint in it"},
       {"--rows", &rows, "how many ways", 1, 1000},
       {"--columns", &columns, "pictures on each", 2, 1000},
       {"--seed", &seed, "another seed, other ways"},
       {"--class", &wanted, "of this class alone (conditional generators; else a row each in turn)", 0, 1e9},
       {"--truncation", &psi, "psi of StyleGAN2", 0, 10},
       {"--upscale", &upscale, "pixels of the picture for one of a sample", 1, 64},
       {"--out", &out, "the picture, .png"}},
      exit_codes);
  if (ended) return *ended;
  require<ValueError>(!from.empty() && fs::path(out).extension() == ".png", "interpolate",
                      "--from and --out are needed, and --out must end in .png.");
  const Sampler s = load_sampler(from);
  Random rng(seed, 20);
  const index_t length = s.latent.size();
  const Tensor<float> ends = s.latent.draw<float>(2 * rows, rng);
  const Labels of_row = wanted < 0 ? nn::labels_in_turn(rows, s.classes) : labels_for(s, rows, wanted, rng);
  Tensor<float> z(Shape{rows * columns, length});
  Labels y;
  float* to = z.mutable_data();
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < columns; ++c, to += length) {
      const float* const a = ends.data() + 2 * r * length;
      s.latent.between(a, a + length, static_cast<float>(c) / static_cast<float>(columns - 1), to);
      if (!of_row.empty()) y.push_back(of_row[static_cast<std::size_t>(r)]);
    }
  io::atomic_write(out, picture_of(s.generate(z, y, psi), upscale, columns));
  std::printf("%lld ways: %s\n", static_cast<long long>(rows), out.c_str());
  return 0;
}

}  // namespace tool
