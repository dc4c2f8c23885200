#include "ganvas/gan/restarts.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("successive halving: rounds of equal cost, the last one to the end") {
  const RestartOptions o{.candidates = 8, .steps = 800};
  CHECK(o.survivors() == std::vector<index_t>{8, 4, 2, 1});
  CHECK(o.ends() == std::vector<index_t>{100, 200, 400, 800});
  CHECK(o.cost() == 8 * 100 + 4 * 100 + 2 * 200 + 400);
  const RestartOptions thirds{.candidates = 10, .steps = 900, .eta = 3, .first = 100};
  CHECK(thirds.survivors() == std::vector<index_t>{10, 4, 2, 1});
  CHECK(thirds.ends().front() == 100);
  CHECK(thirds.ends().back() == 900);
  CHECK(RestartOptions{.candidates = 1, .steps = 7}.cost() == 7);
}

TEST_CASE("the best start wins, and the others stop where they lost") {
  std::map<index_t, std::vector<index_t>> ends;
  const RestartOptions o{.candidates = 8, .steps = 80};
  const RestartState s = restarts(o, [&](index_t i, index_t end) {
    ends[i].push_back(end);
    return std::abs(static_cast<double>(i) - 5.2);  // 5 is best, then 6, 4, 7, 3
  });
  CHECK(s.best() == 5);
  CHECK(s.finished(o));
  CHECK(ends[5] == std::vector<index_t>{10, 20, 40, 80});
  CHECK(ends[6] == std::vector<index_t>{10, 20, 40});
  CHECK(ends[4] == std::vector<index_t>{10, 20});
  CHECK(ends[0] == std::vector<index_t>{10});
  index_t steps = 0;
  for (const auto& c : s.candidates) steps += c.steps;
  CHECK(steps == o.cost());
}

TEST_CASE("candidates that fail go no further, by NaN or by an error") {
  int calls = 0;
  const RestartState s = restarts({.candidates = 4, .steps = 8}, [&](index_t i, index_t) -> double {
    ++calls;
    if (i == 0) fail<NumericError>("trainer", "the loss is nan.");
    return i == 1 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
  });
  CHECK(s.best() == 2);  // of equal ones the first
  CHECK(calls == 4 + 2 + 1);
  CHECK(s.candidates[0].rounds == 1);
  const RestartState lost = restarts({.candidates = 2, .steps = 8}, [&](index_t i, index_t end) {
    return i == 1 && end == 8 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(1 - i);
  });
  CHECK(lost.best() == 0);  // the winner broke down in the last round
  CHECK_THROWS_AS(restarts({.candidates = 2}, [](index_t, index_t) -> double { throw FileError("full"); }), FileError);
}

TEST_CASE("where fewer are left than a round could take, the failed ones stay out") {
  int calls = 0;
  const RestartState s = restarts({.candidates = 8, .steps = 80}, [&](index_t i, index_t) {
    ++calls;
    return i == 3 ? 1.0 : std::numeric_limits<double>::quiet_NaN();
  });
  CHECK(s.best() == 3);
  CHECK(calls == 8 + 1 + 1 + 1);
  int all = 0;
  restarts({.candidates = 4, .steps = 8}, [&](index_t, index_t) {
    ++all;
    return std::numeric_limits<double>::quiet_NaN();
  });
  CHECK(all == 4);
}

TEST_CASE("a search that was stopped anywhere goes on to the same end") {
  const RestartOptions o{.candidates = 6, .steps = 60};
  const auto score = [](index_t i, index_t end) {
    return std::sin(static_cast<double>(7 * i + 3)) + 1 / static_cast<double>(end);
  };
  std::vector<std::pair<index_t, index_t>> whole;
  const RestartState expected = restarts(o, [&](index_t i, index_t end) {
    whole.emplace_back(i, end);
    return score(i, end);
  });
  for (std::size_t stop = 1; stop <= whole.size(); ++stop) {
    std::vector<std::pair<index_t, index_t>> calls;
    const auto train = [&](index_t i, index_t end) {
      calls.emplace_back(i, end);
      return score(i, end);
    };
    const RestartState half = restarts(o, train, [&](const RestartState&) { return calls.size() < stop; });
    CHECK(calls.size() == stop);
    const RestartState done = restarts(o, train, {}, half);
    CHECK(calls == whole);
    CHECK(done.best() == expected.best());
  }
}

TEST_CASE("senseless searches are refused") {
  CHECK_THROWS_AS((RestartOptions{.candidates = 0}.ends()), ValueError);
  CHECK_THROWS_AS((RestartOptions{.eta = 1}.survivors()), ValueError);
  CHECK_THROWS_WITH((RestartOptions{.steps = 10, .first = 20}.ends()), Contains("20") && Contains("10"));
  RestartState other;
  other.candidates.resize(3);
  CHECK_THROWS_WITH(restarts(
                        {.candidates = 8}, [](index_t, index_t) { return 0.0; }, {}, other),
                    Contains("3 candidates"));
}
