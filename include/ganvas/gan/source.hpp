#pragma once
// Where a training's minibatches come from: a data set, or a distribution that is drawn from on the fly. Both can say
// where they are in a line of text, and go on there.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <locale>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/data/batches.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/gan/verdict.hpp"

GANVAS_BEGIN

/// Minibatches without end.
template <class T>
struct Source {
  std::function<Labelled<T>()> next;
  std::function<std::string()> state;               ///< where it is
  std::function<void(const std::string&)> restore;  ///< goes on there; throws ValueError for what is no state
  index_t batch = 0;                                ///< samples in each
};

namespace detail {

inline std::string numbers_text(std::initializer_list<std::uint64_t> numbers) {
  std::string text;
  for (const std::uint64_t n : numbers) text += (text.empty() ? "" : " ") + std::to_string(n);
  return text;
}
template <std::size_t n>
[[nodiscard]] std::array<std::uint64_t, n> numbers_of(const std::string& text) {
  std::istringstream in(text);
  in.imbue(std::locale::classic());
  std::array<std::uint64_t, n> numbers{};
  for (auto& number : numbers)
    require<ValueError>(static_cast<bool>(in >> number), "source", "\"", text, "\" does not say where the data are.");
  return numbers;
}

}  // namespace detail

/// A data set in shuffled epochs, in an order drawn from the seed.
template <class T>
[[nodiscard]] Source<T> source_of(const data::Dataset<T>& dataset, index_t batch, std::uint64_t seed) {
  const auto stream = std::make_shared<data::BatchStream<T>>(dataset, batch, Random(seed, 4));
  Source<T> s;
  s.next = [stream] { return Labelled<T>(stream->next()); };
  s.state = [stream] {
    const auto& at = stream->state();
    return detail::numbers_text({at.epoch_begin.seed, at.epoch_begin.stream, at.epoch_begin.next,
                                 static_cast<std::uint64_t>(at.epoch), static_cast<std::uint64_t>(at.position)});
  };
  s.restore = [stream](const std::string& text) {
    const auto n = detail::numbers_of<5>(text);
    stream->restore({{n[0], n[1], n[2]}, static_cast<index_t>(n[3]), static_cast<index_t>(n[4])});
  };
  s.batch = batch;
  return s;
}

/// A distribution: draw(n, rng) gives n samples, with or without labels.
template <class T, class Draw>
[[nodiscard]] Source<T> source_drawn(const Draw& draw, index_t batch, std::uint64_t seed) {
  require<ValueError>(batch >= 1, "source", "a minibatch has at least 1 sample, but ", batch, " were asked for.");
  const auto rng = std::make_shared<Random>(seed, 4);
  Source<T> s;
  s.next = [rng, draw, batch] { return Labelled<T>(draw(batch, *rng)); };
  s.state = [rng] { return detail::numbers_text({rng->state().seed, rng->state().stream, rng->state().next}); };
  s.restore = [rng](const std::string& text) {
    const auto n = detail::numbers_of<3>(text);
    rng->restore({n[0], n[1], n[2]});
  };
  s.batch = batch;
  return s;
}

GANVAS_END
