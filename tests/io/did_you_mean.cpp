#include "ganvas/io/did_you_mean.hpp"

#include "support/catch.hpp"

using namespace ganvas::io::detail;

TEST_CASE("edit distances", "[io]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ab", "ba") == 1);  // a swap
  CHECK(edit_distance("flaw", "lawn") == 2);
  CHECK(edit_distance("sitting", "kitten") == 3);
}

TEST_CASE("the name that was meant", "[io]") {
  const std::vector<std::string> known = {"optim.lr", "optim.beta1", "batch", "steps"};
  CHECK(nearest("optim.rl", known) == "optim.lr");
  CHECK(nearest("lr", known) == "optim.lr");
  CHECK(nearest("Optim.LR", known) == "optim.lr");
  CHECK(nearest("stpes", known) == "steps");
  CHECK(nearest("optim-beta1", known) == "optim.beta1");
  CHECK(nearest("colour", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(100'000, 'x'), known).empty());
  CHECK(did_you_mean("bacth", known) == " Did you mean 'batch'?");
  CHECK(did_you_mean("zzz", known).empty());
  CHECK(enumerate({"a", "b", "c"}) == "a, b and c");
  CHECK(enumerate({"a"}) == "a");
  CHECK(enumerate({}).empty());
}
