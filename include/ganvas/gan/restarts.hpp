#pragma once
// Restarts: many initialisations, few that are trained to the end. GAN training falls into local optima that depend on
// the first weights; successive halving [Jamieson and Talwalkar 2016, Algorithm 1] spends a little on each of N starts
// and keeps the better half (or third) in every round, so the whole costs a few runs, not N.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

GANVAS_BEGIN

/// Settings of restarts().
struct RestartOptions {
  index_t candidates = 8;  ///< N
  index_t steps = 10000;   ///< that the last one left has made in the end
  index_t eta = 2;         ///< of the candidates one in eta goes on to the next round
  index_t first = 0;       ///< steps of the first round; 0: steps / eta^(rounds - 1)

  void check() const {
    require<ValueError>(candidates >= 1 && steps >= 1, "restarts", "candidates and steps must be at least 1, but are ",
                        candidates, " and ", steps, ".");
    require<ValueError>(eta >= 2 && first >= 0, "restarts", "eta must be at least 2 and first 0 or more, but they are ",
                        eta, " and ", first, ".");
    require<ValueError>(first <= steps, "restarts", "the first round has ", first, " steps, more than the ", steps,
                        " of the whole training.");
  }

  /// How many candidates take part in each round: N, N / eta, ..., 1 (rounded up).
  [[nodiscard]] std::vector<index_t> survivors() const {
    check();
    std::vector<index_t> n{candidates};
    while (n.back() > 1) n.push_back((n.back() + eta - 1) / eta);
    return n;
  }
  /// Up to which step the candidates of each round are trained. By default round r ends at steps / eta^(rounds - 1 -
  /// r), at least 1; with `first` the ends grow geometrically from there.
  [[nodiscard]] std::vector<index_t> ends() const {
    const std::size_t rounds = survivors().size();
    std::vector<index_t> end(rounds, steps);
    if (rounds == 1) return end;
    const double last = static_cast<double>(steps);
    const double ratio = first > 0 ? std::pow(last / static_cast<double>(first), 1.0 / static_cast<double>(rounds - 1))
                                   : static_cast<double>(eta);
    for (std::size_t r = 0; r + 1 < rounds; ++r)
      end[r] = std::clamp<index_t>(std::llround(last / std::pow(ratio, static_cast<double>(rounds - 1 - r))), 1, steps);
    return end;
  }
  /// Steps of all candidates together: what the whole costs.
  [[nodiscard]] index_t cost() const {
    const auto n = survivors(), end = ends();
    index_t sum = 0;
    for (std::size_t r = 0; r < n.size(); ++r) sum += n[r] * (end[r] - (r == 0 ? 0 : end[r - 1]));
    return sum;
  }
};

/// What is known of one candidate.
struct CandidateReport {
  index_t number = 0;               ///< 0 to N - 1
  index_t steps = 0;                ///< up to which it was trained, or should have been where it failed
  index_t rounds = 0;               ///< that it took part in
  std::vector<double> scores = {};  ///< after each of them; lower is better; NaN: it failed
};

/// Where a search is. Plain data: to go on later, store it and the candidates.
struct RestartState {
  std::vector<CandidateReport> candidates;
  std::vector<index_t> alive;  ///< numbers of those in the current round
  index_t round = 0;           ///< that is under way
  index_t done = 0;            ///< how many of `alive` have been trained and scored in it

  /// Where a search begins: all candidates take part in the first round.
  [[nodiscard]] static RestartState beginning(const RestartOptions& o) {
    o.check();
    RestartState state;
    for (index_t i = 0; i < o.candidates; ++i) {
      state.candidates.push_back({.number = i});
      state.alive.push_back(i);
    }
    return state;
  }
  [[nodiscard]] bool finished(const RestartOptions& o) const {
    return round == static_cast<index_t>(o.survivors().size());
  }
  /// The candidate that is best now: of those that have not failed and came furthest the one with the lowest score.
  [[nodiscard]] index_t best() const {
    const auto key = [&](index_t i) {
      const CandidateReport& c = candidates.at(static_cast<std::size_t>(i));
      const double score = c.scores.empty() ? std::numeric_limits<double>::infinity() : c.scores.back();
      const bool failed = std::isnan(score);
      return std::tuple(failed, -c.rounds, failed ? 0 : score);
    };
    index_t winner = 0;
    for (std::size_t i = 1; i < candidates.size(); ++i)
      if (key(static_cast<index_t>(i)) < key(winner)) winner = static_cast<index_t>(i);
    return winner;
  }
};

/// Trains candidates by successive halving and returns the state at the end; state.best() is the winner.
///   train(i, end)   trains candidate i up to step `end` (the first call of a candidate makes it) and returns its
///                   score, lower is better; NaN or a NumericError says that it failed, and it goes no further
///   after(state)    is called after every candidate's turn, to store the state and show it; false: stop here
/// Given a stored state it goes on where that was. Candidates of equal score: the one with the lower number wins.
inline RestartState restarts(const RestartOptions& o, const std::function<double(index_t, index_t)>& train,
                             const std::function<bool(const RestartState&)>& after = {}, RestartState state = {}) {
  const std::vector<index_t> survivors = o.survivors(), ends = o.ends();
  if (state.candidates.empty()) state = RestartState::beginning(o);
  require<ValueError>(static_cast<index_t>(state.candidates.size()) == o.candidates && state.round >= 0 &&
                          state.round <= static_cast<index_t>(survivors.size()),
                      "restarts", "the stored state has ", state.candidates.size(), " candidates in round ",
                      state.round, ", but this search has ", o.candidates,
                      "; go on with the settings that it began with.");
  while (!state.finished(o)) {
    const auto round = static_cast<std::size_t>(state.round);
    while (state.done < static_cast<index_t>(state.alive.size())) {
      CandidateReport& c =
          state.candidates.at(static_cast<std::size_t>(state.alive[static_cast<std::size_t>(state.done)]));
      double score = std::numeric_limits<double>::quiet_NaN();
      try {
        score = train(c.number, ends[round]);
      } catch (const NumericError&) {  // its losses are no numbers any more: it has lost
      }
      c.steps = ends[round];
      ++c.rounds;
      c.scores.push_back(score);
      ++state.done;
      if (after && !after(state)) return state;
    }
    const auto score = [&](index_t i) {
      const double s = state.candidates[static_cast<std::size_t>(i)].scores.back();
      return std::isnan(s) ? std::numeric_limits<double>::infinity() : s;
    };
    std::stable_sort(state.alive.begin(), state.alive.end(), [&](index_t a, index_t b) { return score(a) < score(b); });
    ++state.round;
    state.done = 0;
    const auto healthy =
        std::count_if(state.alive.begin(), state.alive.end(), [&](index_t i) { return std::isfinite(score(i)); });
    if (healthy == 0)
      state.round = static_cast<index_t>(survivors.size());  // all have failed: there is nothing to go on with
    if (!state.finished(o))
      state.alive.resize(
          static_cast<std::size_t>(std::min<index_t>(healthy, survivors[static_cast<std::size_t>(state.round)])));
    std::sort(state.alive.begin(), state.alive.end());
  }
  return state;
}

GANVAS_END
