// The convolution trio beside oneDNN's on the layers of bench/conv_cases.hpp. oneDNN gets what it is best with: every
// tensor in the format that it asks for, and converting to that is not counted. It is sometimes faster with narrower
// vectors: bench/run.sh runs this program again with ONEDNN_MAX_CPU_ISA=AVX2, and the report takes the better one.
#include <cstdlib>
#include <dnnl.hpp>
#include <span>
#include <string>
#include <unordered_map>

#include "ganvas/core/random.hpp"

#include "conv_cases.hpp"
#include "measure.hpp"
#include "versus.hpp"

namespace {

using bench::ConvCase;
using bench::Pass;
using dnnl::memory;
using ganvas::index_t;
using ganvas::Tensor;

/// One pass of one layer by oneDNN, in training form, without bias. The tensors must live as long.
class Peer {
 public:
  Peer(const ConvCase& c, Pass pass, Tensor<float>& x, Tensor<float>& w, Tensor<float>& y)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    const auto& g = c.g;
    const memory::dims strides{g.stride_h, g.stride_w}, padding{g.padding_h, g.padding_w};
    const memory::dims x_dims{g.batch, g.in_c, g.in_h, g.in_w}, y_dims{g.batch, g.out_c, g.out_h, g.out_w};
    // A transposed layer's input is y, its output x, and its weights are (x's channels, y's channels, kh, kw).
    const memory::dims w_dims = c.transposed ? memory::dims{g.in_c, g.out_c, g.kernel_h, g.kernel_w}
                                             : memory::dims{g.out_c, g.in_c, g.kernel_h, g.kernel_w};
    const memory::dim per_o = g.kernel_h * g.kernel_w * g.in_c, per_row = g.kernel_w * g.in_c;
    const memory::dims w_strides =
        c.transposed ? memory::dims{1, per_o, per_row, g.in_c} : memory::dims{per_o, 1, per_row, g.in_c};
    const auto plain = [&](const memory::dims& dims, Tensor<float>& t) {  // numbers as they lie in ganvas's tensor
      return memory({dims, memory::data_type::f32, memory::format_tag::nhwc}, engine_, t.mutable_data());
    };
    memory in = plain(c.transposed ? y_dims : x_dims, c.transposed ? y : x);
    memory out = plain(c.transposed ? x_dims : y_dims, c.transposed ? x : y);
    memory weights({w_dims, memory::data_type::f32, w_strides}, engine_, w.mutable_data());
    const auto any = [](const memory::dims& dims) {
      return memory::desc(dims, memory::data_type::f32, memory::format_tag::any);
    };
    const auto in_any = any(c.transposed ? y_dims : x_dims), out_any = any(c.transposed ? x_dims : y_dims);
    const auto w_any = any(w_dims);
    if (c.transposed) {
      constexpr auto direct = dnnl::algorithm::deconvolution_direct;
      const dnnl::deconvolution_forward::primitive_desc forward(
          {dnnl::prop_kind::forward_training, direct, in_any, w_any, out_any, strides, padding, padding}, engine_);
      if (pass == Pass::forward)
        prepare_forward<dnnl::deconvolution_forward>(forward, in, weights, out);
      else if (pass == Pass::data)
        prepare_data<dnnl::deconvolution_backward_data>(
            {{direct, in_any, w_any, out_any, strides, padding, padding}, engine_, forward}, in, weights, out);
      else
        prepare_weight<dnnl::deconvolution_backward_weights>(
            {{direct, in_any, w_any, out_any, strides, padding, padding}, engine_, forward}, in, weights, out);
    } else {
      constexpr auto best = dnnl::algorithm::convolution_auto;  // direct, or Winograd's where oneDNN prefers it
      const dnnl::convolution_forward::primitive_desc forward(
          {dnnl::prop_kind::forward_training, best, in_any, w_any, out_any, strides, padding, padding}, engine_);
      if (pass == Pass::forward)
        prepare_forward<dnnl::convolution_forward>(forward, in, weights, out);
      else if (pass == Pass::data)
        prepare_data<dnnl::convolution_backward_data>(
            {{best, in_any, w_any, out_any, strides, padding, padding}, engine_, forward}, in, weights, out);
      else
        prepare_weight<dnnl::convolution_backward_weights>(
            {{best, in_any, w_any, out_any, strides, padding, padding}, engine_, forward}, in, weights, out);
    }
  }

  void run() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }
  /// Writes the result of run() into the tensor that it belongs to.
  void take_result() { copy(result_, plain_result_); }

 private:
  template <class P>
  void prepare_forward(const typename P::primitive_desc& d, memory& in, memory& weights, memory& out) {
    arguments_ = {{DNNL_ARG_SRC, as(d.src_desc(), in)}, {DNNL_ARG_WEIGHTS, as(d.weights_desc(), weights)}};
    prepare(P(d), DNNL_ARG_DST, d.dst_desc(), out);
  }
  template <class P>
  void prepare_data(const typename P::primitive_desc& d, memory& in, memory& weights, memory& out) {
    arguments_ = {{DNNL_ARG_DIFF_DST, as(d.diff_dst_desc(), out)}, {DNNL_ARG_WEIGHTS, as(d.weights_desc(), weights)}};
    prepare(P(d), DNNL_ARG_DIFF_SRC, d.diff_src_desc(), in);
  }
  template <class P>
  void prepare_weight(const typename P::primitive_desc& d, memory& in, memory& weights, memory& out) {
    arguments_ = {{DNNL_ARG_DIFF_DST, as(d.diff_dst_desc(), out)}, {DNNL_ARG_SRC, as(d.src_desc(), in)}};
    prepare(P(d), DNNL_ARG_DIFF_WEIGHTS, d.diff_weights_desc(), weights);
  }
  void prepare(dnnl::primitive p, int argument, const memory::desc& result, memory& plain) {
    primitive_ = std::move(p);
    result_ = memory(result, engine_);
    plain_result_ = plain;
    arguments_.insert({argument, result_});
  }
  memory as(const memory::desc& format, memory& plain) {
    memory converted(format, engine_);
    copy(plain, converted);
    return converted;
  }
  void copy(memory& from, memory& to) {
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::primitive primitive_;
  std::unordered_map<int, memory> arguments_;
  memory result_, plain_result_;
};

void compare(benchmark::State& state, int threads, const ConvCase& c, Pass pass) {
  ganvas::set_threads(threads);  // oneDNN uses OpenMP's number too
  ganvas::Random random(1);
  auto x = random.normal<float>(c.g.x());
  auto w = random.normal<float>(c.g.w());
  auto y = random.normal<float>(c.g.y());
  Peer peer(c, pass, x, w, y);
  Tensor<float>& result = pass == Pass::weight ? w : (pass == Pass::forward) == c.transposed ? x : y;
  run(c, pass, x.mutable_data(), w.mutable_data(), y.mutable_data());
  const Tensor<float> ours(result.shape(),
                           std::span<const float>(result.data(), static_cast<std::size_t>(result.numel())));
  peer.run();
  peer.take_result();
  const double error = bench::relative_error(ours.data(), result.data(), result.numel());
  bench::versus(
      state, threads, bench::useful_flops(c.g), bench::least_bytes(c.g), error,
      [&] { run(c, pass, x.mutable_data(), w.mutable_data(), y.mutable_data()); }, [&] { peer.run(); });
}

}  // namespace

int main(int argc, char** argv) {
  const char* isa = std::getenv("ONEDNN_MAX_CPU_ISA");
  benchmark::AddCustomContext(
      "peer", "oneDNN " + std::to_string(dnnl_version()->major) + '.' + std::to_string(dnnl_version()->minor) + '.' +
                  std::to_string(dnnl_version()->patch) + ", instruction set up to " + (isa != nullptr ? isa : "any"));
  for (const ConvCase& c : bench::conv_cases)
    for (const Pass pass : bench::passes)
      bench::for_threads(std::string(c.name) + '/' + name(pass),
                         [c, pass](benchmark::State& state, int threads) { compare(state, threads, c, pass); });
  return bench::run_all(argc, argv);
}
