#include "ganvas/core/error.hpp"

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("errors are sentences with the place in front") {
  CHECK_THROWS_WITH(fail("conv2d", "input has ", 3, " channels."), "[conv2d] input has 3 channels.");
  CHECK_THROWS_AS(fail<FileError>("io", "x"), FileError);
  CHECK_THROWS_AS(fail<FileError>("io", "x"), Error);
  CHECK_THROWS_AS(fail<ValueError>("optim", "x"), std::runtime_error);
  CHECK_NOTHROW(require(true, "x", "y"));
  CHECK_THROWS_WITH(require<ValueError>(1 > 2, "lr", "must be positive"), "[lr] must be positive");
}
