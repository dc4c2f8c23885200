#!/usr/bin/env bash
# Builds and runs every test: with g++ all of them; with clang++, under the address and undefined-behaviour sanitizers,
# those that compute; under the thread sanitizer those about threads.
set -euo pipefail
unset CDPATH
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'USAGE'
usage: tests/run.sh [options]
  --fast         with g++ only, and without the tests of headers, packaging and documents
  --label L      with g++ only, the tests whose label matches L: unit gradients golden isa threads examples
                 header odr layers nofail consumer docs
  --gcc          the g++ part alone, with all its tests
  --sanitize     the sanitizers' parts alone: address and undefined behaviour (clang++), then threads (g++)
  --clang        with clang++ and no sanitizer, a part that is not run otherwise
  --build DIR    where to build (build/tests)
  --no-install   never install a package, say what is missing instead
USAGE
}

install=yes label='' house=ON build=$root/build/tests parts='gcc sanitize'
while [ $# -gt 0 ]; do
  case $1 in
    --fast) parts=gcc house=OFF ;;
    --label | --build)
      [ $# -ge 2 ] || { echo "$1 needs a value." >&2; exit 2; }
      if [ "$1" = --label ]; then parts=gcc label=$2; else build=$2; fi
      shift ;;
    --gcc) parts=gcc ;;
    --clang) parts=clang ;;
    --sanitize) parts=sanitize ;;
    --no-install) install=no ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

# shellcheck source=.ci/packages.sh
. "$root/.ci/packages.sh"
need cmake=cmake make=make g++=g++ pkg-config=pkg-config libeigen3-dev=/usr/include/eigen3/Eigen/Core \
  zlib1g-dev=/usr/include/zlib.h nlohmann-json3-dev=/usr/include/nlohmann/json.hpp \
  libstb-dev=/usr/include/stb/stb_image_write.h libtomlplusplus-dev=/usr/include/toml++/toml.h \
  'catch2=/usr/include/catch2/catch*.hpp' libbenchmark-dev=/usr/include/benchmark/benchmark.h \
  libcli11-dev=/usr/include/CLI/CLI.hpp || exit 2
case $parts in
  *clang* | *sanitize*) need clang=clang++ 'libomp-dev=/usr/lib/llvm-*/lib/libomp.so' || exit 2 ;;
esac
# The sanitizers' libraries are a package of their own, with clang++'s version in its name.
case $parts in
  *sanitize*)
    if command -v clang++ >/dev/null 2>&1; then
      version=$(clang++ -dumpversion)
      need "libclang-rt-${version%%.*}-dev=/usr/lib/llvm-${version%%.*}/lib/clang/*/lib/linux/libclang_rt.asan*" || exit 2
    fi ;;
esac
case $build in
  /*) ;;
  *) build=$PWD/$build ;;
esac
cd "$root"  # where CMakePresets.json is

jobs=$(processors)
summary=()
failed=0

# step NAME COMMAND...: runs it, and notes how long it took and whether it went well.
step() {
  local name=$1 start=$SECONDS result=ok
  shift
  echo "==== $name"
  "$@" || { result=FAILED; failed=1; }
  summary+=("$(printf '%-34s %-6s %5d s' "$name" "$result" $((SECONDS - start)))")
  [ "$result" = ok ]
}

# part NAME FOLDER TESTS CONFIGURE...: configures with these options, builds, and runs the tests that ctest's TESTS choose.
part() {
  local name=$1 folder=$2 tests=$3
  shift 3
  step "$name: configure" cmake -S "$root" -B "$folder" "$@" || return 0
  step "$name: build" cmake --build "$folder" -j "$jobs" || return 0
  # shellcheck disable=SC2086  # tests is a list of words
  step "$name: tests" ctest --test-dir "$folder" -j "$jobs" --output-on-failure --no-tests=error $tests || return 0
}

computing='unit|gradients|golden|isa|threads|examples'
for which in $parts; do
  case $which in
    gcc)
      part g++ "$build" "${label:+-L $label}" -DCMAKE_BUILD_TYPE=Release -DGANVAS_WERROR=ON "-DGANVAS_HOUSE_TESTS=$house" ;;
    clang)
      part clang++ "$build-clang" "-L $computing" --preset clang -DGANVAS_HOUSE_TESTS=OFF -DGANVAS_BENCH=OFF ;;
    sanitize)
      compiler=clang++
      command -v clang++ >/dev/null 2>&1 || compiler=c++
      part "$compiler, asan+ubsan" "$build-asan-ubsan" "-L $computing" --preset asan-ubsan "-DCMAKE_CXX_COMPILER=$compiler"
      part tsan "$build-tsan" "-L threads" --preset tsan ;;
  esac
done

echo "==== summary"
printf '%s\n' "${summary[@]}"
if [ "$failed" -ne 0 ]; then
  echo "TESTS FAILED after $((SECONDS / 60)) min $((SECONDS % 60)) s."
  exit 1
fi
echo "All tests passed in $((SECONDS / 60)) min $((SECONDS % 60)) s."
