#pragma once
// A training run on images from start to end: progress while it goes, pictures and numbers when it ends, and an orderly
// end when it is interrupted or its losses are no numbers any more.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/data/batches.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/csv.hpp"
#include "ganvas/io/interrupt.hpp"
#include "ganvas/io/machine.hpp"
#include "ganvas/io/npy.hpp"
#include "ganvas/io/png.hpp"
#include "ganvas/io/progress.hpp"
#include "ganvas/io/report.hpp"
#include "ganvas/nn/save.hpp"

GANVAS_BEGIN

/// Settings of run_on_images.
struct ImageRunOptions {
  std::filesystem::path out;  ///< folder for everything the run leaves; made if it is not there
  std::string title = "A GAN on images";
  index_t epochs = 1;
  index_t batch = 64;
  index_t samples = 10000;  ///< how many go to samples.npy
  std::uint64_t seed = 0;   ///< of the order of the data and the noise of the pictures
  io::Pairs settings = {};  ///< shown in the report and kept with the generator
};

/// How a run ended.
struct ImageRunResult {
  index_t steps = 0;    ///< discriminator steps that were made
  double seconds = 0;   ///< spent in training, pictures on the way included
  std::string stopped;  ///< why it ended early; empty if it did not
};

/// Samples on the way between latents: each row leads from one draw of z to the next on a great circle, along which
/// ||z|| stays what it is for a normal z.
template <class G>
[[nodiscard]] auto interpolate(const G& g, index_t rows, index_t columns, Random& rng) {
  using T = typename G::value_type;
  const Tensor<T> ends = g.noise(rows + 1, rng);
  Tensor<T> z(Shape{rows * columns, ends.size(1)});
  auto row_of = mutable_matrix(z);
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < columns; ++c) {
      const T angle = std::numbers::pi_v<T> / 2 * static_cast<T>(c) / static_cast<T>(columns);
      row_of.row(r * columns + c) = std::cos(angle) * matrix(ends).row(r) + std::sin(angle) * matrix(ends).row(r + 1);
    }
  return g.sample(z);
}

namespace detail {

/// The curves of a run, in memory for the report and in losses.csv for everybody else.
class LossLog {
 public:
  explicit LossLog(const std::filesystem::path& path)
      : csv_(path, {"step", "loss_d", "loss_g", "penalty", "d_real", "d_fake"}) {}

  void add(const StepReport& r) {
    csv_.row({static_cast<double>(r.step), r.loss_d, r.loss_g, r.penalty, r.d_real, r.d_fake});
    const double values[] = {static_cast<double>(r.step), r.loss_d, r.loss_g, r.d_real, r.d_fake};
    for (std::size_t i = 0; i < 5; ++i) columns_[i].push_back(values[i]);
  }

  void draw(io::Report& report) const {
    const auto& [step, loss_d, loss_g, d_real, d_fake] = columns_;
    report.curve("Losses", {{"L_D", loss_d, step}, {"L_G", loss_g, step}}, {.smooth = 0.98});
    report.curve("What D says", {{"D(x)", d_real, step}, {"D(G(z))", d_fake, step}}, {.smooth = 0.98});
  }

 private:
  io::CsvWriter csv_;
  std::array<std::vector<double>, 5> columns_;
};

inline std::string progress_text(const StepReport& r, index_t epoch, index_t epochs) {
  char text[160];
  std::snprintf(text, sizeof text, "epoch %lld/%lld step %lld  L_D %.3f L_G %.3f  D(x) %.2f D(G(z)) %.2f",
                static_cast<long long>(epoch), static_cast<long long>(epochs), static_cast<long long>(r.step), r.loss_d,
                r.loss_g, r.d_real, r.d_fake);
  return text;
}

/// What a finished run leaves: samples.png, interpolation.png, samples.npy, generator.safetensors, report.html.
template <class G>
void write_results(const G& g, const ImageRunOptions& o, const ImageRunResult& result, const LossLog& log) {
  Random rng(o.seed + 1);
  const auto grid = io::grid_png(g.sample(64, rng), {.upscale = 2});
  const auto ways = io::grid_png(interpolate(g, 8, 8, rng), {.upscale = 2});
  io::atomic_write(o.out / "samples.png", grid);
  io::atomic_write(o.out / "interpolation.png", ways);
  nn::save(o.out / "generator.safetensors", g, {o.settings.begin(), o.settings.end()});

  const Shape one = g.sample(1, rng).shape();
  Shape sample_shape;
  for (int axis = 1; axis < one.rank(); ++axis) sample_shape.append(one[axis]);
  Random fixed(o.seed + 2);  // samples.npy does not depend on what was drawn for the pictures
  io::NpyWriter<typename G::value_type> npy(o.out / "samples.npy", sample_shape);
  constexpr index_t portion = 250;
  for (index_t n = 0; n < o.samples; n += portion) npy.append(g.sample(std::min(portion, o.samples - n), fixed));
  npy.finish();

  io::Report report(o.title);
  if (!result.stopped.empty()) report.text("The run ended early. " + result.stopped);
  report.image("Samples", grid, "64 draws of z, none chosen by hand")
      .image_file("Progress", o.out / "progress.png", "the same 8 latents, a row each quarter of an epoch")
      .image("Interpolation", ways, "each row leads from one latent to the next");
  log.draw(report);
  report.settings(o.settings)
      .pairs("Machine", io::machine().rows())
      .pairs("Timing",
             {{"steps", std::to_string(result.steps)},
              {"training", io::clock_text(result.seconds)},
              {"images a second", std::to_string(static_cast<index_t>(static_cast<double>(result.steps * o.batch) /
                                                                      std::max(result.seconds, 1e-9)))}})
      .write(o.out / "report.html");
}

}  // namespace detail

/// Trains for o.epochs over the images and leaves in o.out: progress.png (the same 8 latents after each quarter epoch),
/// losses.csv, samples.png, interpolation.png, samples.npy, generator.safetensors and report.html. Ctrl-C and losses
/// that are not finite end the run early, with all of that from what there is. Throws FileError if it cannot write.
template <class Trainer, class T>
ImageRunResult run_on_images(Trainer& trainer, const data::Dataset<T>& images, const ImageRunOptions& o) {
  require<ValueError>(o.epochs >= 1 && o.samples >= 1, "run_on_images", "epochs and samples must be at least 1, but ",
                      "are ", o.epochs, " and ", o.samples, ".");
  Random rng(o.seed);
  data::BatchStream<T> batches(images, o.batch, rng.split());
  io::make_directories(o.out);
  const index_t steps = o.epochs * batches.batches_per_epoch();
  const index_t quarter = std::max<index_t>(batches.batches_per_epoch() / 4, 1);
  const Tensor<T> latents = trainer.best_generator().noise(8, rng);

  detail::LossLog log(o.out / "losses.csv");
  std::vector<Var<T>> strips;
  ImageRunResult result;
  const io::Interrupt interrupt;
  io::Progress progress(steps, o.batch);
  while (result.steps < steps && result.stopped.empty()) {
    try {
      const StepReport& report = trainer.step(batches.next());
      ++result.steps;
      log.add(report);
      progress.update(result.steps, detail::progress_text(report, batches.state().epoch + 1, o.epochs));
    } catch (const NumericError& error) {
      result.stopped = error.what();
    }
    if (interrupt.requested()) result.stopped = "It was interrupted.";
    if (result.steps % quarter == 0 || result.steps == steps || !result.stopped.empty()) {
      strips.push_back(Var<T>(trainer.best_generator().sample(latents)));
      const NoRecord values_only;
      io::write_grid(o.out / "progress.png", concat(strips, 0).value());
    }
  }
  progress.finish();
  result.seconds = progress.seconds();
  detail::write_results(trainer.best_generator(), o, result, log);
  return result;
}

GANVAS_END
