#pragma once
// A training run on images from start to end: progress while it goes, pictures and numbers when it ends, and an orderly
// end when it is interrupted or its losses are no numbers any more.

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/core/config.hpp"
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
#include "ganvas/nn/labels.hpp"
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
  index_t steps = 0;         ///< discriminator steps that were made
  double seconds = 0;        ///< spent in training, pictures on the way included
  std::string stopped;       ///< why it ended early; empty if it did not
  bool interrupted = false;  ///< by Ctrl-C or a signal like it
  bool diverged = false;     ///< by losses that are no numbers any more
};

/// Samples on the way between latents: each row leads from one draw of z to the next, in one class; the classes in
/// turn.
template <class G>
[[nodiscard]] auto interpolate(const G& g, index_t rows, index_t columns, Random& rng) {
  using T = typename G::value_type;
  const Tensor<T> ends = g.noise(rows + 1, rng);
  const index_t length = ends.size(1);
  Tensor<T> z(Shape{rows * columns, length});
  T* to = z.mutable_data();
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < columns; ++c, to += length) {
      const T* const from = ends.data() + r * length;
      g.prior().between(from, from + length, static_cast<T>(c) / static_cast<T>(columns), to);
    }
  const Labels of_row = nn::labels_in_turn(rows, g.classes());
  Labels y;
  for (const index_t label : of_row) y.insert(y.end(), static_cast<std::size_t>(columns), label);
  return g.sample(z, y);
}

namespace detail {

/// The curves of a run, in memory for the report and in losses.csv for everybody else. Until the run ends the table is
/// losses.part.csv, which can be watched; then it takes the place of an older one.
class LossLog {
 public:
  explicit LossLog(const std::filesystem::path& folder)
      : folder_(folder),
        csv_(fresh(folder / "losses.part.csv"), {"step", "loss_d", "loss_g", "penalty", "d_real", "d_fake"}) {}

  LossLog(const LossLog&) = delete;
  LossLog& operator=(const LossLog&) = delete;
  /// A table without a row is none.
  ~LossLog() {
    if (columns_[0].empty()) fresh(folder_ / "losses.part.csv");
  }

  void add(const StepReport& r) {
    csv_.row({static_cast<double>(r.step), r.loss_d, r.loss_g, r.penalty, r.d_real, r.d_fake});
    const double values[] = {static_cast<double>(r.step), r.loss_d, r.loss_g, r.d_real, r.d_fake};
    for (std::size_t i = 0; i < 5; ++i) columns_[i].push_back(values[i]);
  }

  void finish() const {
    std::error_code error;
    std::filesystem::rename(folder_ / "losses.part.csv", folder_ / "losses.csv", error);
    require<FileError>(!error, "image_run", "cannot rename losses.part.csv to losses.csv in ", folder_.string(), ": ",
                       error.message(), ".");
  }

  void draw(io::Report& report) const {
    const auto& [step, loss_d, loss_g, d_real, d_fake] = columns_;
    report.curve("Losses", {{"L_D", loss_d, step}, {"L_G", loss_g, step}}, {.smooth = 0.98});
    report.curve("What D says", {{"D(x)", d_real, step}, {"D(G(z))", d_fake, step}}, {.smooth = 0.98});
  }

 private:
  /// A link of that name would lead elsewhere.
  static std::filesystem::path fresh(const std::filesystem::path& path) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    return path;
  }

  std::filesystem::path folder_;
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

/// samples.npy: o.samples images of the seed's own stream, which do not depend on what was drawn for the pictures; of a
/// generator with classes also labels.npy, what was asked for.
template <class G>
void write_samples(const G& g, const ImageRunOptions& o) {
  Random rng(o.seed, 8);
  const Shape batch = g.sample(1, rng).shape();
  rng = Random(o.seed, 8);
  Shape sample_shape;
  for (int axis = 1; axis < batch.rank(); ++axis) sample_shape.append(batch[axis]);
  io::NpyWriter<typename G::value_type> npy(o.out / "samples.npy", sample_shape);
  constexpr index_t portion = 250;
  Labels asked;
  for (index_t i = 0; i < o.samples; i += portion) {
    const index_t n = std::min(portion, o.samples - i);
    const auto z = g.noise(n, rng);
    const Labels y = g.labels(n, rng);
    npy.append(g.sample(z, y));
    asked.insert(asked.end(), y.begin(), y.end());
  }
  npy.finish();
  std::error_code ignored;
  if (asked.empty())
    std::filesystem::remove(o.out / "labels.npy", ignored);  // of an older run: it would not fit
  else
    io::write_npy(o.out / "labels.npy", Tensor<index_t>(Shape{static_cast<index_t>(asked.size())}, asked));
}

inline void write_report(const ImageRunOptions& o, const ImageRunResult& result, const LossLog& log,
                         const std::string& grid, const std::string& ways, bool classes) {
  io::Report report(o.title);
  if (!result.stopped.empty()) report.text("The run ended early. " + result.stopped);
  if (!grid.empty())
    report.image("Samples", grid,
                 classes ? "draws of z, none chosen by hand, the classes in turn" : "draws of z, none chosen by hand");
  if (std::filesystem::is_regular_file(o.out / "progress.png"))
    report.image_file("Progress", o.out / "progress.png", "the same latents, a row each quarter of an epoch");
  if (!ways.empty())
    report.image("Interpolation", ways,
                 classes ? "each row leads from one latent to the next, in one class"
                         : "each row leads from one latent to the next");
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

/// What a finished run leaves: generator.safetensors, losses.csv, samples.png, interpolation.png, samples.npy (and
/// labels.npy), report.html. What matters most comes first; where one cannot be made or written, the others are, and
/// the first error is thrown at the end.
template <class G>
void write_results(const G& g, const ImageRunOptions& o, const ImageRunResult& result, const LossLog& log) {
  std::exception_ptr first_error;
  const auto attempt = [&first_error](const auto& write) {
    try {
      write();
    } catch (const std::exception&) {  // the disk or the memory is full
      if (!first_error) first_error = std::current_exception();
    }
  };
  attempt([&] { nn::save(o.out / "generator.safetensors", g, {o.settings.begin(), o.settings.end()}); });
  attempt([&] { log.finish(); });
  Random rng(o.seed, 6);
  const index_t columns = nn::picture_columns(g.classes());
  std::string grid, ways;
  attempt([&] {
    const auto z = g.noise(8 * columns, rng);
    grid = io::grid_png(g.sample(z, nn::labels_in_turn(8 * columns, g.classes())), {.columns = columns, .upscale = 2});
    io::atomic_write(o.out / "samples.png", grid);
  });
  attempt([&] {
    ways = io::grid_png(interpolate(g, columns, columns, rng), {.columns = columns, .upscale = 2});
    io::atomic_write(o.out / "interpolation.png", ways);
  });
  attempt([&] { write_report(o, result, log, grid, ways, g.classes() > 0); });
  attempt([&] { write_samples(g, o); });
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace detail

/// Trains for o.epochs over the images and leaves in o.out: progress.png (the same latents after each quarter epoch),
/// losses.csv, samples.png, interpolation.png, samples.npy (of a generator with classes also labels.npy),
/// generator.safetensors and report.html. Ctrl-C, losses that are not finite, a full disk and a full memory end the run
/// early, with all of that from what there is, as far as it can be written. A run that made no step leaves what was in
/// the folder. Throws FileError if something cannot be written or somebody else writes there: before the training where
/// that can be known.
template <class Trainer, class T>
ImageRunResult run_on_images(Trainer& trainer, const data::Dataset<T>& images, const ImageRunOptions& o) {
  require<ValueError>(o.epochs >= 1 && o.samples >= 1, "run_on_images", "epochs and samples must be at least 1, but ",
                      "are ", o.epochs, " and ", o.samples, ".");
  Random rng(o.seed, 4);
  data::BatchStream<T> batches(images, o.batch, rng.split());
  const index_t quarter = std::max<index_t>(batches.batches_per_epoch() / 4, 1);
  require<ValueError>(o.epochs <= std::numeric_limits<index_t>::max() / (images.size() + 1), "run_on_images", o.epochs,
                      " epochs are more steps than can be counted; use fewer.");
  const index_t steps = o.epochs * batches.batches_per_epoch();
  const index_t classes = trainer.best_generator().classes(), columns = nn::picture_columns(classes);
  const Tensor<T> latents = trainer.best_generator().noise(columns, rng);
  const Labels latent_classes = nn::labels_in_turn(columns, classes);

  io::make_directories(o.out);
  const io::FolderLock lock(o.out);
  for (const char* name : {"progress.png", "samples.png", "interpolation.png", "samples.npy", "labels.npy",
                           "generator.safetensors", "losses.csv", "report.html"})
    const io::AtomicFile can_be_written(o.out / name);
  detail::LossLog log(o.out);
  std::vector<Var<T>> strips;
  index_t drawn = -1;  // the step of the latest row of progress.png
  ImageRunResult result;
  const auto draw_progress = [&] {
    drawn = result.steps;
    strips.push_back(Var<T>(trainer.best_generator().sample(latents, latent_classes)));
    const NoRecord values_only;
    io::write_grid(o.out / "progress.png", concat(strips, 0).value(), {.columns = columns});
  };
  const io::Interrupt interrupt;
  io::Progress progress(steps, o.batch);
  while (result.steps < steps && result.stopped.empty()) {
    try {
      const StepReport& report = trainer.step(batches.next());
      ++result.steps;
      log.add(report);
      progress.update(result.steps, detail::progress_text(report, batches.state().epoch + 1, o.epochs));
      result.interrupted = interrupt.requested();
      if (result.interrupted) result.stopped = "It was interrupted.";
      if (result.steps % quarter == 0 || result.steps == steps) draw_progress();
    } catch (const NumericError& error) {
      result.stopped = error.what();
      result.diverged = true;
    } catch (const FileError& error) {
      result.stopped = error.what();
    } catch (const MemoryError& error) {
      result.stopped = error.what();
    } catch (const std::bad_alloc&) {
      result.stopped = "[memory] the system has none left; use a smaller batch.";
    }
  }
  progress.finish();
  result.seconds = progress.seconds();
  if (result.steps == 0) {
    std::fprintf(stderr, "Stopped in the first step. %s\n", result.stopped.c_str());
    return result;
  }
  if (result.interrupted)
    std::fputs("Interrupted: writing what there is; Ctrl-C again ends at once.\n", stderr);
  else if (!result.stopped.empty())
    std::fprintf(stderr, "Stopped, writing what there is. %s\n", result.stopped.c_str());
  try {
    if (drawn != result.steps) draw_progress();
  } catch (const std::exception& error) {
    if (result.stopped.empty()) result.stopped = error.what();
  }
  detail::write_results(trainer.best_generator(), o, result, log);
  return result;
}

GANVAS_END
