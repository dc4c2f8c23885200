#!/usr/bin/env bash
# Builds the benchmarks, runs them with repetitions in random order, and prints one table.
set -euo pipefail
unset CDPATH
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'USAGE'
usage: bench/run.sh [options] [program ...]     programs: the names of bench/*.cpp; all of them if none is given
  --filter RE       only benchmarks whose name matches
  --repetitions N   runs of each, interleaved at random (3)
  --quick           short runs, for a first look
  --torch           compare a whole DCGAN step with PyTorch (python3-torch), in turn on this machine
  --no-install      never install a package, say what is missing instead
The table: the shortest and the median call in ms, GFLOP/s or GB/s of the shortest, and percent of the peak that was
measured in the same process. On a shared machine the shortest call is the one that was disturbed least. "x oneDNN" is
the time of oneDNN (Debian: libdnnl-dev), the better one of AVX2 and all it has, over that of ganvas, call by call in turn.
"gain" is the time of the rung below over that of this one (the program ladder; docs/ladder.md).
USAGE
}

install=yes filter=. repetitions=3 seconds=0.5 torch=no
programs=()
while [ $# -gt 0 ]; do
  case $1 in
    --filter | --repetitions)
      [ $# -ge 2 ] || { echo "$1 needs a value." >&2; exit 2; }
      if [ "$1" = --filter ]; then filter=$2; else repetitions=$2; fi
      shift ;;
    --quick) repetitions=1 seconds=0.05 ;;
    --torch) torch=yes ;;
    --no-install) install=no ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "unknown option $1" >&2; usage >&2; exit 2 ;;
    *) programs+=("$1") ;;
  esac
  shift
done

# shellcheck source=.ci/packages.sh
. "$root/.ci/packages.sh"
need cmake=cmake make=make g++=g++ libeigen3-dev=/usr/include/eigen3/Eigen/Core \
  libbenchmark-dev=/usr/include/benchmark/benchmark.h >&2 || exit 2
if [ ${#programs[@]} -eq 0 ]; then
  for source in "$root"/bench/*.cpp; do programs+=("$(basename "$source" .cpp)"); done
fi
present=()
for program in "${programs[@]}"; do
  if [ "$program" = onednn ] && ! need libdnnl-dev=/usr/include/dnnl.hpp >&2; then
    echo "oneDNN is absent: the comparison with it is left out." >&2
    continue
  fi
  present+=("$program")
done
[ ${#present[@]} -gt 0 ] || exit 2
programs=("${present[@]}")

build=$root/build/bench
results=$build/results
mkdir -p "$results"
targets=()
for program in "${programs[@]}"; do targets+=("bench_$program"); done
if ! { cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DGANVAS_TESTS=OFF -DGANVAS_EXAMPLES=OFF \
    -DGANVAS_WERROR=OFF && cmake --build "$build" -j "$(processors)" --target "${targets[@]}"; } >"$build/build.log" 2>&1; then
  tail -n 40 "$build/build.log" >&2
  echo "The build failed; the whole output is in $build/build.log." >&2
  exit 1
fi

# The numbers of one benchmark stand between "name" and "}" in the JSON, one a line.
table() {
  awk '
    function value(line) { sub(/^[^:]*: */, "", line); gsub(/[",]/, "", line); return line }
    function median(list, n,  i, j, t) {
      for (i = 2; i <= n; ++i)
        for (j = i; j > 1 && list[j] + 0 < list[j - 1] + 0; --j) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
      return list[int((n + 1) / 2)]
    }
    /"instruction set":/ && !shown { print "instruction set: " value($0); shown = 1 }
    FNR == 1 { ++file }
    /"family_index":/ { place = 100000 * file + value($0) }
    /"run_name":/ { name = value($0); sub(/\/manual_time|\/real_time/, "", name) }
    /"run_type": "aggregate"/ { name = "" }
    /"(min_ms|median_ms|GFLOP\/s|GB\/s|peak_%|threads|ratio|gain)":/ {
      if (name == "") next
      key = $1; gsub(/[":]/, "", key)
      v = value($0) + 0
      if (key == "threads") next
      if (!(name in seen)) { seen[name] = 1; order[++count] = name; at[name] = place }
      if (key == "median_ms") medians[name] = medians[name] " " v
      else if (key == "gain") best[name, key] = v  # the last repetition knows the shortest calls of all before
      else if (!((name, key) in best) || (key == "min_ms" || key == "ratio" ? v < best[name, key] : v > best[name, key])) best[name, key] = v
    }
    END {
      printf "%-52s %10s %10s %9s %8s %7s %9s %6s\n", "benchmark", "min ms", "median ms", "GFLOP/s", "GB/s", "% peak", "x oneDNN", "gain"
      for (i = 2; i <= count; ++i)  # they ran at random
        for (j = i; j > 1 && at[order[j]] < at[order[j - 1]]; --j) { t = order[j]; order[j] = order[j - 1]; order[j - 1] = t }
      for (i = 1; i <= count; ++i) {
        name = order[i]
        n = split(medians[name], list, " ")
        printf "%-52s %10.3f %10.3f %9s %8s %7s %9s %6s\n", name, best[name, "min_ms"], median(list, n),
          ((name, "GFLOP/s") in best) ? sprintf("%.1f", best[name, "GFLOP/s"]) : "-",
          ((name, "GB/s") in best) ? sprintf("%.1f", best[name, "GB/s"]) : "-",
          ((name, "peak_%") in best) ? sprintf("%.0f", best[name, "peak_%"]) : "-",
          ((name, "ratio") in best) ? sprintf("%.2f", best[name, "ratio"]) : "-",
          ((name, "gain") in best) ? sprintf("%.2f", best[name, "gain"]) : "-"
      }
    }' "$@"
}

# A clean start: tables hold what was run now.
rm -f "$results"/*.json
files=()
run() {  # run PROGRAM RESULTS
  local out=$results/$2.json
  "$build/bench/bench_$1" "--benchmark_filter=$filter" "--benchmark_min_time=$seconds" \
    "--benchmark_repetitions=$repetitions" --benchmark_enable_random_interleaving=true \
    "--benchmark_out=$out" --benchmark_out_format=json >"$results/$2.txt" 2>&1 ||
    { cat "$results/$2.txt" >&2; echo "bench_$1 failed." >&2; exit 1; }
  files+=("$out")
}
for program in "${programs[@]}"; do
  echo "running $program ..." >&2
  run "$program" "$program"
  if [ "$program" = onednn ]; then ONEDNN_MAX_CPU_ISA=AVX2 run onednn onednn_avx2; fi
done
table "${files[@]}"

if [ "$torch" = yes ]; then
  if ! python3 -c 'import torch' 2>/dev/null; then
    echo "No PyTorch for python3 (Debian: python3-torch libopenblas0-pthread): the comparison is skipped."
    exit 0
  fi
  python3 "$root/bench/torch_step.py" --threads "$(processors)"
fi
