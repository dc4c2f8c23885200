// Does some layer fall off a cliff? Sweeps kernels 1-7, strides 1-2, channels 1-512 and maps 1-64, odd ones too, in all
// three passes, and names the layers that are slower than their neighbours give reason to expect.
//
//   bench_sweep [--threads N] [--json FILE] [--only kernel=4,stride=2,in=31-33,map=1-8,pass=weight] [--help]
//
// --only measures a part: a number or a range for some of kernel, stride, in, out, map, and one pass.
// Exit code: 0 it measured, 1 it could not (no such layer, a file that can not be written), 2 an option is wrong.
//
// Rate: useful GFLOP/s (taps inside the image, two operations each) of the shortest call.
// Neighbours: the layers one step up and down the grid on one axis: kernel, stride, map, channels in, channels out, or
// both channels together. Channel pairs are c -> c, c -> 64, 64 -> c, c -> 3 and 3 -> c, so not every layer has all.
// What a layer should reach, in the light of
//   a smaller neighbour: its rate. Growing costs nothing, there is only more to do in the same loops.
//   a larger neighbour:  its rate times the ratio of work. The smaller layer may take as long as the larger one does.
//   the machine:         never more than FLOPs / (5 us + the longer of FLOPs at the peak of multiply-adds and bytes at
//                        the bandwidth of a copy), both measured here. Bytes: x and y once and w three times, for it
//                        is packed. (Winograd's layers exceed the peak: then a direct neighbour need not follow.)
// A cliff is a layer below 60 % of that. Each is measured again together with its neighbour, more often, before it
// is listed. The batch of a layer is a power of two, at most 256, that makes a call of about 0.1 GFLOP or 16 MB.
// Layers of more than 2 GFLOP an image are left out: there is nothing but products in them.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "ganvas/core/random.hpp"

#include "conv_cases.hpp"
#include "peak.hpp"

namespace {

using bench::ConvCase;
using bench::Pass;
using ganvas::ConvGeometry;
using ganvas::index_t;

constexpr double allowed = 0.6;           ///< of what neighbours let expect
constexpr double call_overhead = 5e-6;    ///< seconds
constexpr double most_flops = 2e9;        ///< of one image
constexpr double work_of_a_call = 1e8;    ///< FLOPs
constexpr double bytes_of_a_call = 16e6;  ///< of x and y
constexpr index_t most_images = 256;

const std::vector<index_t> kernels = {1, 2, 3, 4, 5, 6, 7};
const std::vector<index_t> strides = {1, 2};
const std::vector<index_t> channels = {1, 3, 4, 8, 16, 31, 32, 33, 64, 100, 128, 256, 512};
const std::vector<index_t> maps = {1, 2, 3, 4, 5, 7, 8, 13, 14, 16, 17, 28, 31, 32, 33, 64};

/// A layer of the sweep: input of map x map pixels, padding (kernel - 1) / 2.
struct Layer {
  index_t kernel, stride, in, out, map;
  Pass pass;
  auto operator<=>(const Layer&) const = default;

  [[nodiscard]] ConvGeometry geometry(index_t batch) const {
    const index_t padding = (kernel - 1) / 2, space = map + 2 * padding - kernel;
    return bench::layer(batch, map, in, kernel, space < 0 ? 0 : space / stride + 1, out, stride, padding);
  }
  [[nodiscard]] std::string name() const {
    char text[96];
    std::snprintf(text, sizeof text, "k%td s%td %3td->%-3td @%-2td %-7s", kernel, stride, in, out, map,
                  bench::name(pass));
    return text;
  }
};

struct Result {
  index_t batch;
  double flops;    ///< of a call
  double roof;     ///< the most that the machine allows, GFLOP/s
  double seconds;  ///< of the shortest call
  bool disturbed;  ///< some call ran while the machine was slow
  [[nodiscard]] double rate() const { return 1e-9 * flops / seconds; }
  [[nodiscard]] double flops_of_image() const { return flops / static_cast<double>(batch); }
};

struct Cliff {
  Layer layer, neighbour;
  const char* axis;
  double share;  ///< of what could be expected
};

/// Tells whether the machine is at its full speed right now: on a shared one there are seconds in which it is half.
/// A short product from the first-level cache on each thread, compared with the best one seen so far.
class Probe {
 public:
  bool undisturbed() {
    const double start = bench::seconds();
    ganvas::parallel_chunks(ganvas::threads(), 1, [&](index_t, index_t) { work(); });
    const double s = bench::seconds() - start;
    best_ = std::min(best_, s);
    return s < 1.15 * best_;
  }

 private:
  static void work() {
    const auto& kernel = ganvas::cpu::kernels<float>().gemm;
    constexpr index_t depth = 32, repeats = 64;
    thread_local std::vector<float> numbers(static_cast<std::size_t>((kernel.rows + kernel.columns) * depth), 1.0F);
    thread_local std::vector<float> c(static_cast<std::size_t>(kernel.rows * kernel.columns));
    index_t a_rows[64], c_rows[64];
    for (index_t r = 0; r < kernel.rows; ++r) {
      a_rows[r] = r * depth;
      c_rows[r] = r * kernel.columns;
    }
    const std::vector<ganvas::abi::GemmRun> runs(repeats, {0, 0, depth});
    kernel.product(kernel.rows, kernel.columns, runs.data(), repeats, numbers.data(), a_rows,
                   numbers.data() + kernel.rows * depth, c.data(), c_rows, ganvas::abi::GemmStore::overwrite, {});
  }

  double best_ = 1e9;
};

/// Numbers to read and room to write, as large as any layer of the sweep needs.
class Memory {
 public:
  const float* source(index_t n, bool second) {
    auto& v = second ? b_ : a_;
    if (static_cast<std::size_t>(n) > v.size()) {
      ganvas::Random random(second ? 2 : 1);
      const auto t = random.normal<float>({n});
      v.assign(t.data(), t.data() + n);
    }
    return v.data();
  }
  float* result(index_t n) {
    if (static_cast<std::size_t>(n) > c_.size()) c_.resize(static_cast<std::size_t>(n));
    return c_.data();
  }

 private:
  std::vector<float> a_, b_, c_;
};

class Sweep {
 public:
  explicit Sweep(int threads) : threads_(threads) {
    bandwidth_ = 1e9 * bench::copy_bandwidth();
    peak_ = 1e9 * bench::peak_gflops<float>();
    std::printf("instruction set %s, %d thread%s, peak %.0f GFLOP/s, copy %.1f GB/s\n",
                ganvas::cpu::kernels<float>().name, threads, threads == 1 ? "" : "s", 1e-9 * peak_, 1e-9 * bandwidth_);
  }

  /// Measures a layer if it exists (a kernel can be larger than its map) and is small enough.
  void add(const Layer& layer) {
    if (results_.contains(layer)) return;
    const double flops = bench::useful_flops(layer.geometry(1));
    if (flops <= 0) return;
    if (flops > most_flops) {
      ++left_out_;
      return;
    }
    const ConvGeometry one = layer.geometry(1);
    const double image_bytes = 4.0 * static_cast<double>(one.x().numel() + one.y().numel());
    index_t batch = 1;
    while (batch < most_images && 2 * static_cast<double>(batch) * flops <= work_of_a_call &&
           2 * static_cast<double>(batch) * image_bytes <= bytes_of_a_call)
      batch *= 2;
    const double calls = static_cast<double>(batch);
    const double bytes = calls * image_bytes + 3 * 4.0 * static_cast<double>(one.w().numel());
    const double least = call_overhead + std::max(calls * flops / peak_, bytes / bandwidth_);
    Result result{batch, calls * flops, 1e-9 * calls * flops / least, 1e9, false};
    time(layer, result, 3, 5e-4, 0.02);
    results_[layer] = result;
  }

  /// Measures again what was disturbed, compares all pairs of neighbours, measures suspects again and keeps what is
  /// still below.
  std::vector<Cliff> cliffs() {
    patience_left_ = 60;
    for (auto& [layer, result] : results_)
      if (result.disturbed) time(layer, result, 3, 5e-4, 0.1);
    patience_left_ = 60;
    for (const Cliff& c : compare())
      for (int repeat = 0; repeat < 2; ++repeat)
        for (const Layer& l : {c.layer, c.neighbour}) time(l, results_[l], 4, 1e-3, 0.5);
    return compare();
  }

  [[nodiscard]] const std::map<Layer, Result>& results() const { return results_; }
  [[nodiscard]] int left_out() const { return left_out_; }
  [[nodiscard]] int threads() const { return threads_; }
  [[nodiscard]] double peak() const { return 1e-9 * peak_; }
  [[nodiscard]] double bandwidth() const { return 1e-9 * bandwidth_; }

 private:
  /// Keeps the shortest of `calls` calls, or more if they fit into `enough` seconds. Calls before or after which the
  /// machine was slow do not count, unless there is no other for `patience` seconds, or a minute went by so: then the
  /// result is `disturbed`.
  void time(const Layer& layer, Result& result, int calls, double enough, double patience) {
    const ConvCase c{"", false, layer.geometry(result.batch)};
    const index_t nx = c.g.x().numel(), nw = c.g.w().numel(), ny = c.g.y().numel();
    // What a pass does not write, it only reads.
    const auto read = [&](index_t n, bool second) { return const_cast<float*>(memory_.source(n, second)); };
    float* const x = layer.pass == Pass::data ? memory_.result(nx) : read(nx, false);
    float* const w = layer.pass == Pass::weight ? memory_.result(nw) : read(nw, layer.pass == Pass::forward);
    float* const y = layer.pass == Pass::forward ? memory_.result(ny) : read(ny, true);
    bench::run(c, layer.pass, x, w, y);
    const double begin = bench::seconds();
    double spent = 0;
    bool before = probe_.undisturbed();
    result.disturbed = false;
    for (int i = 0; i < calls || spent < enough;) {
      const double start = bench::seconds();
      bench::run(c, layer.pass, x, w, y);
      const double end = bench::seconds();
      const bool after = probe_.undisturbed();
      if (!(before && after)) {
        patience_left_ -= end - start;
        if (end - begin > patience || patience_left_ < 0) result.disturbed = true;
      }
      if ((before && after) || result.disturbed) {
        ++i;
        spent += end - start;
        result.seconds = std::min(result.seconds, end - start);
      }
      before = after;
    }
  }

  std::vector<Cliff> compare() const {
    std::map<Layer, Cliff> worst;
    const auto pair = [&](const char* axis, const Layer& small, const Layer& large) {
      const auto s = results_.find(small), l = results_.find(large);
      if (s == results_.end() || l == results_.end()) return;
      const auto judge = [&](const auto& layer, const auto& neighbour, double expected) {
        const double share = layer->second.rate() / std::min(layer->second.roof, expected);
        const auto known = worst.find(layer->first);
        if (share < allowed && (known == worst.end() || share < known->second.share))
          worst[layer->first] = {layer->first, neighbour->first, axis, share};
      };
      judge(l, s, s->second.rate());
      judge(s, l, l->second.rate() * std::min(1.0, s->second.flops_of_image() / l->second.flops_of_image()));
    };
    const auto after = [](const std::vector<index_t>& axis, index_t value) {
      const auto next = std::find(axis.begin(), axis.end(), value) + 1;
      return next == axis.end() ? index_t{0} : *next;
    };
    for (const auto& [layer, result] : results_) {
      Layer next = layer;
      if ((next.kernel = after(kernels, layer.kernel)) != 0) pair("kernel", layer, next);
      next = layer;
      if ((next.map = after(maps, layer.map)) != 0) pair("map", layer, next);
      next = layer;
      if (layer.stride == 1) pair("stride", (next.stride = 2, next), layer);  // stride 2 has less to do
      next = layer;
      if ((next.in = after(channels, layer.in)) != 0) pair("in", layer, next);
      next = layer;
      if ((next.out = after(channels, layer.out)) != 0) pair("out", layer, next);
      if (layer.in == layer.out && next.out != 0) pair("channels", layer, (next.in = next.out, next));
    }
    std::vector<Cliff> list;
    for (const auto& [layer, cliff] : worst) list.push_back(cliff);
    std::sort(list.begin(), list.end(), [](const Cliff& a, const Cliff& b) { return a.share < b.share; });
    return list;
  }

  int threads_;
  double peak_, bandwidth_;
  int left_out_ = 0;
  double patience_left_ = 60;  ///< seconds of slow calls that may still be thrown away
  Probe probe_;
  Memory memory_;
  std::map<Layer, Result> results_;
};

std::set<std::pair<index_t, index_t>> channel_pairs() {
  std::set<std::pair<index_t, index_t>> pairs;
  for (const index_t c : channels) {
    pairs.insert({c, c});
    for (const index_t other : {index_t{3}, index_t{64}}) {
      pairs.insert({c, other});
      pairs.insert({other, c});
    }
  }
  return pairs;
}

void print(const Sweep& sweep, const std::vector<Cliff>& cliffs) {
  std::printf(
      "%zu layers measured, %d of more than %.0f GFLOP an image left out, %zu below %.0f %% of what is expected\n",
      sweep.results().size(), sweep.left_out(), 1e-9 * most_flops, cliffs.size(), 100 * allowed);
  if (cliffs.empty()) return;
  std::printf("%7s  %-32s %5s %9s %8s   %-8s  %-32s %5s %9s %8s\n", "share", "layer", "batch", "ms", "GFLOP/s", "axis",
              "neighbour", "batch", "ms", "GFLOP/s");
  for (const Cliff& c : cliffs) {
    const Result &a = sweep.results().at(c.layer), &b = sweep.results().at(c.neighbour);
    std::printf("%5.0f %%  %-32s %5td %9.4f %8.1f   %-8s  %-32s %5td %9.4f %8.1f\n", 100 * c.share,
                c.layer.name().c_str(), a.batch, 1e3 * a.seconds, a.rate(), c.axis, c.neighbour.name().c_str(), b.batch,
                1e3 * b.seconds, b.rate());
  }
}

bool write_json(const std::string& file, const Sweep& sweep, const std::vector<Cliff>& cliffs) {
  std::ofstream out(file);
  const auto fields = [](const Layer& l) {
    return "\"kernel\": " + std::to_string(l.kernel) + ", \"stride\": " + std::to_string(l.stride) +
           ", \"in\": " + std::to_string(l.in) + ", \"out\": " + std::to_string(l.out) +
           ", \"map\": " + std::to_string(l.map) + ", \"pass\": \"" + bench::name(l.pass) + "\"";
  };
  out << "{\n\"threads\": " << sweep.threads() << ", \"peak_gflops\": " << sweep.peak()
      << ", \"copy_gbs\": " << sweep.bandwidth() << ", \"allowed\": " << allowed
      << ", \"left_out\": " << sweep.left_out() << ",\n\"cliffs\": [";
  const char* comma = "\n";
  for (const Cliff& c : cliffs) {
    out << comma << "{\"share\": " << c.share << ", \"axis\": \"" << c.axis << "\", " << fields(c.layer)
        << ", \"gflops\": " << sweep.results().at(c.layer).rate() << ", \"neighbour\": {" << fields(c.neighbour)
        << ", \"gflops\": " << sweep.results().at(c.neighbour).rate() << "}}";
    comma = ",\n";
  }
  out << "],\n\"layers\": [";
  comma = "\n";
  for (const auto& [layer, r] : sweep.results()) {
    out << comma << "{" << fields(layer) << ", \"batch\": " << r.batch << ", \"min_ms\": " << 1e3 * r.seconds
        << ", \"gflops\": " << r.rate() << ", \"roof\": " << r.roof << "}";
    comma = ",\n";
  }
  out << "]\n}\n";
  if (!out.flush()) std::cerr << "bench_sweep: " << file << " can not be written.\n";
  return out.good();
}

/// Reads a whole number from 1 to `most`; false if the text is anything else.
bool read_number(std::string_view text, index_t most, index_t& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && value >= 1 && value <= most;
}

/// What --only selects.
class Part {
 public:
  /// Reads "kernel=4,map=1-8,pass=data"; gives a sentence about what is wrong, or none.
  std::string read(std::string_view text) {
    while (true) {
      const auto comma = text.find(',');
      std::string why = read_entry(text.substr(0, comma));
      if (!why.empty() || comma == std::string_view::npos) return why;
      text.remove_prefix(comma + 1);
    }
  }
  [[nodiscard]] bool has(const Layer& l) const {
    const auto in_range = [&](const char* key, index_t value) {
      const auto range = ranges_.find(key);
      return range == ranges_.end() || (range->second.first <= value && value <= range->second.second);
    };
    return in_range("kernel", l.kernel) && in_range("stride", l.stride) && in_range("in", l.in) &&
           in_range("out", l.out) && in_range("map", l.map) && (pass_.empty() || pass_ == bench::name(l.pass));
  }

 private:
  std::string read_entry(std::string_view entry) {
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos)
      return "\"" + std::string(entry) + "\" is not of the form kernel=4, map=1-8 or pass=data.";
    const std::string key(entry.substr(0, equals));
    const std::string_view value = entry.substr(equals + 1);
    if (key == "pass") {
      if (!pass_.empty()) return "pass is given twice; give it once.";
      if (value != "forward" && value != "data" && value != "weight")
        return "pass must be forward, data or weight, not \"" + std::string(value) + "\".";
      pass_ = value;
      return "";
    }
    if (!std::set<std::string>{"kernel", "stride", "in", "out", "map"}.contains(key))
      return "\"" + key + "\" is none of kernel, stride, in, out, map, pass.";
    if (ranges_.contains(key)) return key + " is given twice; give it once, a range such as 1-8 for several.";
    constexpr index_t any = std::numeric_limits<index_t>::max();
    const auto dash = value.find('-');
    index_t least = 0, most = 0;
    const bool good = read_number(value.substr(0, dash), any, least) &&
                      read_number(dash == std::string_view::npos ? value : value.substr(dash + 1), any, most);
    if (!good || least > most)
      return key + " must be a number above 0 or a range such as 1-8, not \"" + std::string(value) + "\".";
    ranges_[key] = {least, most};
    return "";
  }

  std::map<std::string, std::pair<index_t, index_t>> ranges_;
  std::string pass_;
};

constexpr const char* usage =
    "usage: bench_sweep [--threads N] [--json FILE] [--only kernel=4,stride=2,in=31-33,out=64,map=1-8,"
    "pass=forward|data|weight] [--help]\n";

int refuse(const std::string& why) {
  std::cerr << "bench_sweep: " << why << "\n" << usage;
  return 2;
}

int run(int argc, char** argv) {
  index_t threads = 1;
  std::string json, only;
  Part part;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--help" || option == "-h") {
      std::cout << usage;
      return 0;
    }
    if (option != "--threads" && option != "--json" && option != "--only")
      return refuse("unknown option \"" + option + "\".");
    if (i + 1 == argc) return refuse(option + " needs a value.");
    const std::string value = argv[i + 1];
    if (option == "--threads") {
      if (!read_number(value, 1024, threads))
        return refuse("--threads must be a whole number from 1 to 1024, not \"" + value + "\".");
    } else if (option == "--json") {
      if (value.empty()) return refuse("--json needs the name of a file.");
      json = value;
    } else {
      if (const std::string why = part.read(value); !why.empty()) return refuse("--only: " + why);
      only = value;
    }
  }
  ganvas::set_threads(static_cast<int>(threads));
  Sweep sweep(static_cast<int>(threads));
  const auto pairs = channel_pairs();
  int done = 0;
  for (const auto& [in, out] : pairs) {
    if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\r%d of %zu pairs of channels ", ++done, pairs.size());
    for (const index_t kernel : kernels)
      for (const index_t stride : strides)
        for (const index_t map : maps)
          for (const Pass pass : bench::passes) {
            const Layer layer{kernel, stride, in, out, map, pass};
            if (part.has(layer)) sweep.add(layer);
          }
  }
  if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\r%40s\r", "");
  if (sweep.results().empty()) {
    std::cerr << "bench_sweep: --only " << only << " selects no layer that can be measured";
    if (sweep.left_out() > 0) std::cerr << "; " << sweep.left_out() << " have too much work an image";
    std::cerr << ". Give a larger part.\n";
    return 1;
  }
  const auto cliffs = sweep.cliffs();
  print(sweep, cliffs);
  return json.empty() || write_json(json, sweep, cliffs) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_sweep: " << e.what() << "\n";
    return 1;
  }
}
