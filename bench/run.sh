#!/usr/bin/env bash
# Builds the benchmarks, finds the peers, runs everything, prints one table and writes a page. See bench/README.md.
set -euo pipefail
unset CDPATH
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'USAGE'
usage: bench/run.sh [options] [program ...]     programs: the names of bench/*.cpp; everything if none is given
  --filter RE       only benchmarks whose name matches (an extended regular expression); programs that print text, which
                    have no names to match, then run only if they are named
  --repetitions N   runs of each, interleaved at random (3; bench/compare.py needs 5 or more)
  --quick           at most two minutes once built; the page says what was left out
  --python P        a Python that has PyTorch, to compare with; may be given several times (python3, /usr/bin/python3)
  --torch           whole steps against PyTorch also where programs are named
  --compile-time    compile times also where programs are named
  --no-install      never install a package, say what is missing instead
It writes bench/report.html, a page with everything, and bench/results.json, the same for programs. A peer that is not
there (oneDNN, PyTorch) is named as absent, a program that fails as failed; the others are measured all the same.
Exit code: 0 all was measured, 1 the build or a program failed, 2 it could not start or nothing was measured.
On a shared machine the shortest call is the one that was disturbed least.
USAGE
}

command_line="bench/run.sh $*"
install=yes filter=. filtered=no repetitions=3 seconds=0.2 quick=no torch=no compile_time=no
programs=() pythons=()
while [ $# -gt 0 ]; do
  case $1 in
    --filter | --repetitions | --python)
      [ $# -ge 2 ] || { echo "$1 needs a value." >&2; exit 2; }
      case $1 in
        --filter) filter=$2 filtered=yes ;;
        --repetitions) repetitions=$2 ;;
        --python) pythons+=("$2") ;;
      esac
      shift ;;
    --quick) quick=yes repetitions=1 seconds=0.02 ;;
    --torch) torch=yes ;;
    --compile-time) compile_time=yes ;;
    --no-install) install=no ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "unknown option $1" >&2; usage >&2; exit 2 ;;
    *) programs+=("$1") ;;
  esac
  shift
done
if ! [[ $repetitions =~ ^[1-9][0-9]{0,3}$ ]] || [ "$repetitions" -gt 1000 ]; then
  echo "--repetitions takes a whole number from 1 to 1000, not \"$repetitions\"." >&2
  exit 2
fi
# A filter that begins with "-" leaves out what matches the rest. What grep only warns of, Google Benchmark refuses.
why=$(grep -E -e "${filter#-}" </dev/null 2>&1) || true
if [ -z "${filter#-}" ] || [ -n "$why" ]; then
  echo "--filter takes an extended regular expression, not \"$filter\"${why:+ ($why)}." >&2
  exit 2
fi
named=() ours=' '
for program in ${programs[@]+"${programs[@]}"}; do
  if ! [[ $program =~ ^[a-z_0-9]+$ ]] || [ ! -f "$root/bench/$program.cpp" ]; then
    echo "There is no program \"$program\". Give names of bench/*.cpp, without the ending." >&2
    exit 2
  fi
  case $ours in
    *" $program "*) ;;
    *) named+=("$program") ours+="$program " ;;
  esac
done
programs=(${named[@]+"${named[@]}"})
if [ ${#programs[@]} -eq 0 ]; then
  torch=yes compile_time=yes
  for source in "$root"/bench/*.cpp; do programs+=("$(basename "$source" .cpp)"); done
fi

page=$root/bench/report.html
json=$root/bench/results.json
build=$root/build/bench
results=$build/results
lock=$build/lock
# Whether a file can be written is tried with one beside it, so that nothing is lost.
for file in "$page" "$json"; do
  if [ -d "$file" ] || { [ -L "$file" ] && [ ! -e "$file" ]; } || { [ -e "$file" ] && [ ! -w "$file" ]; } ||
    ! touch "$file.$$.tmp" 2>/dev/null; then
    echo "$file can not be written. Remove what is there, or make bench/ writable." >&2
    exit 2
  fi
  rm -f "$file.$$.tmp"
done
if ! mkdir -p "$results" 2>/dev/null || ! touch "$lock" "$results/options.txt" 2>/dev/null; then
  echo "$results can not be written. Make it writable, or remove $build." >&2
  exit 2
fi

# shellcheck source=.ci/packages.sh
. "$root/.ci/packages.sh"
need cmake=cmake make=make g++=g++ python3=python3 libeigen3-dev=/usr/include/eigen3/Eigen/Core \
  libbenchmark-dev=/usr/include/benchmark/benchmark.h >&2 || exit 2

# One at a time: two would remove each other's results, and disturb each other. (Where there is no flock, beware.)
exec 9>>"$lock"
if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
  echo "Another bench/run.sh is running in this checkout (it holds $lock). Wait until it has ended." >&2
  exit 2
fi
rm -f "$results"/*.json "$results"/*.txt "$results"/*.log  # the page holds what is run now
echo "$command_line" >"$results/options.txt"
absent() { echo "$*" | tee -a "$results/absent.txt" >&2; }
left_out() { echo "$*" >>"$results/left_out.txt"; }
# failed PROGRAM EXIT_CODE LOG: says how it ended, and the last line that it printed.
failed() {
  local how="exit code $2" last
  if [ "$2" -gt 128 ] && [ "$2" -le 192 ]; then how="signal $(kill -l "$2")"; fi
  tail -n 20 "$3" >&2
  last=$(tail -n 1 "$3" | cut -c 1-300)
  echo "$1 failed with $how. The end of what it printed: ${last:-nothing}." | tee -a "$results/failed.txt" >&2
}

# hold SECONDS COMMAND...: runs it, no longer than that (0: as long as it takes; 124: it took too long). timeout gives
# it a process group of its own, and passes on to all of that what stop sends.
hold() {
  if command -v timeout >/dev/null 2>&1; then
    timeout "$@" &
  else
    shift
    "$@" &
  fi
  { wait $!; } 2>/dev/null  # bash would tell of signals here; ending does
}
exec 8>&2  # stop is called where 2 is some log
# shellcheck disable=SC2317  # called by trap
stop() {
  trap '' INT TERM HUP
  local child
  for child in $(jobs -p); do
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  done
  echo "Stopped. There is no new page." >&8
  exit "$1"
}
trap 'stop 130' INT
trap 'stop 143' TERM
trap 'stop 129' HUP

# ---- building --------------------------------------------------------------------------------------------------------

case " ${programs[*]} " in
  *" onednn "*) need libdnnl-dev=/usr/include/dnnl.hpp >&2 || true ;;  # CMake says below what it found
esac
build_failed() {
  tail -n 40 "$build/build.log" >&2
  echo "The build failed; the whole output is in $build/build.log." >&2
  exit 1
}
echo "building ..." >&2
hold 0 cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DGANVAS_TESTS=OFF -DGANVAS_EXAMPLES=OFF \
  -DGANVAS_WERROR=OFF >"$build/build.log" 2>&1 || build_failed
present=() targets=()
for program in "${programs[@]}"; do
  if why=$(grep "bench: $program is skipped" "$build/build.log"); then
    absent "oneDNN is absent: ${why#*skipped: }."
  else
    present+=("$program")
    targets+=("bench_$program")
  fi
done
[ ${#present[@]} -gt 0 ] || exit 2
programs=("${present[@]}")
is_text() { ! grep -q 'run_all(' "$root/bench/$1.cpp"; }  # no program of Google Benchmark: its text is the result
# Whole steps are those of bench_dcgan_step.
[ "$torch" = no ] || targets+=(bench_dcgan_step)
hold 0 cmake --build "$build" -j "$(processors)" --target "${targets[@]}" >>"$build/build.log" 2>&1 || build_failed

# ---- running ---------------------------------------------------------------------------------------------------------

SECONDS=0
budget=105  # seconds of a quick run, without what the page takes
has() { case " ${programs[*]} " in *" $1 "*) ;; *) return 1 ;; esac; }

# within SECONDS COMMAND...: runs it; in a quick run no longer than that and than what is left. 124: it took too long,
# or nothing is left.
within() {
  local left=$((budget - SECONDS))
  if [ "$left" -gt "$1" ]; then left=$1; fi
  shift
  if [ "$quick" = no ]; then
    hold 0 "$@"
  elif [ "$left" -lt 3 ]; then
    return 124
  else
    hold "$left" "$@"
  fi
}

# run PROGRAM RESULTS FILTER
run() {
  echo "running $2 ... (${SECONDS} s)" >&2
  local result=0
  within 60 "$build/bench/bench_$1" "--benchmark_filter=$3" "--benchmark_min_time=$seconds" \
    "--benchmark_repetitions=$repetitions" --benchmark_enable_random_interleaving=true \
    "--benchmark_out=$results/$2.json" --benchmark_out_format=json >"$results/$2.log" 2>&1 || result=$?
  [ "$result" -eq 0 ] && [ -s "$results/$2.json" ] && return 0
  rm -f "$results/$2.json"
  if [ "$result" -eq 124 ]; then
    left_out "$2: it took longer than --quick can wait."
  elif grep -q 'Failed to match any benchmarks' "$results/$2.log" 2>/dev/null; then
    return 0  # the filter is for other programs
  else
    failed "$2" "$result" "$results/$2.log"
  fi
}

compare_torch() {
  [ "$torch" = yes ] || return 0
  local arguments=() python result=0
  # Of the two usual ones that which has PyTorch. against_torch.py says where there is none, and measures ganvas alone.
  for python in ${pythons[@]+"${pythons[@]}"}; do arguments+=(--python "$python"); done
  for python in python3 /usr/bin/python3; do
    [ ${#pythons[@]} -gt 0 ] || ! within 15 "$python" -c 'import torch' 2>/dev/null || arguments+=(--python "$python")
  done
  if [ "$quick" = yes ]; then
    arguments+=(--model mnist_dcgan --threads "$(processors)" --rounds 1 --steps 5 --choose-steps 2)
    left_out "PyTorch: other models than the MNIST DCGAN, and one thread."
  fi
  echo "running whole steps against PyTorch ... (${SECONDS} s)" >&2
  within 45 python3 "$root/bench/against_torch.py" ${arguments[@]+"${arguments[@]}"} --json "$results/torch.json" \
    >"$results/torch.log" 2>&1 || result=$?
  if [ "$result" -eq 124 ]; then
    left_out "PyTorch: to try out its variants took longer than --quick can wait."
  elif [ "$result" -ne 0 ]; then
    tail -n 20 "$results/torch.log" >&2
    absent "PyTorch was not compared: against_torch.py failed ($(tail -n 1 "$results/torch.log"))."
  fi
  rm -f "$results/torch.log"
}

run_programs() {
  local program only result
  for program in "$@"; do
    only=$filter
    if is_text "$program"; then
      if [ "$quick" = yes ]; then
        left_out "$program: see build/bench/bench/bench_$program."
      elif [ "$filtered" = yes ] && [ ${#named[@]} -eq 0 ]; then
        left_out "$program: it prints text, to which --filter does not apply; name it to run it."
      else
        echo "running $program ... (${SECONDS} s)" >&2
        result=0
        hold 0 "$build/bench/bench_$program" >"$results/$program.log" 2>&1 || result=$?
        if [ "$result" -ne 0 ]; then
          failed "$program" "$result" "$results/$program.log"
          echo "(exit code $result)" >>"$results/$program.log"
        fi
        mv "$results/$program.log" "$results/output_$program.txt"
      fi
      continue
    fi
    if [ "$quick" = yes ] && [ "$filter" = . ]; then
      case $program in
        conv)
          if has onednn; then
            left_out "conv: its layers were measured beside oneDNN."
            continue
          fi ;;
        eigen)
          only='gemm|conv_64to128_14|deconv_64to3_32'
          left_out "eigen: all layers but two." ;;
        dcgan_step)
          only='^(mnist_)?dcgan_step'
          left_out "dcgan_step: all but the MNIST DCGAN." ;;
        step_breakdown)
          only=mnist
          left_out "step_breakdown: the 64x64 DCGAN." ;;
      esac
    fi
    run "$program" "$program" "$only"
    if [ "$program" = onednn ]; then
      if [ "$quick" = yes ]; then
        left_out "onednn: its second run, with AVX2 alone, which is sometimes faster."
      else
        ONEDNN_MAX_CPU_ISA=AVX2 run onednn onednn_avx2 "$only"
      fi
    fi
  done
}

# Google Benchmark's own check of the filter, before anything else runs.
if [ "$filtered" = yes ]; then
  for program in "${programs[@]}"; do
    if is_text "$program"; then continue; fi
    hold 0 "$build/bench/bench_$program" "--benchmark_filter=$filter" --benchmark_list_tests=true \
      >"$results/filter.log" 2>&1 || true
    if why=$(grep 'Could not compile benchmark re' "$results/filter.log"); then
      echo "--filter takes an extended regular expression, not \"$filter\" (${why#*re: })." >&2
      exit 2
    fi
    break
  done
fi

# A quick run takes first what most people look for.
if [ "$quick" = yes ]; then
  left_out "Each benchmark ran once and shortly: differences of some percent mean nothing."
  first=() rest=()
  for program in onednn dcgan_step step_breakdown gemm batch_norm adam pointwise reduce; do
    if has "$program"; then first+=("$program"); fi
  done
  for program in "${programs[@]}"; do
    case " ${first[*]-} " in *" $program "*) ;; *) rest+=("$program") ;; esac
  done
  run_programs ${first[@]+"${first[@]}"}
  compare_torch
  run_programs ${rest[@]+"${rest[@]}"}
else
  compare_torch
  run_programs "${programs[@]}"
fi

if [ "$compile_time" = yes ]; then
  if [ "$quick" = yes ]; then
    left_out "Compile times: bench/compile_time.py."
  elif need zlib1g-dev=/usr/include/zlib.h nlohmann-json3-dev=/usr/include/nlohmann/json.hpp \
    libstb-dev=/usr/include/stb/stb_image_write.h libcli11-dev=/usr/include/CLI/CLI.hpp >&2; then
    echo "measuring compile times ... (${SECONDS} s)" >&2
    hold 0 python3 "$root/bench/compile_time.py" --json "$results/compile_time.json" \
      >"$results/compile_time.log" 2>&1 ||
      absent "Compile times were not measured: $(tail -n 1 "$results/compile_time.log")"
  else
    absent "Compile times were not measured: the example's libraries are missing."
  fi
fi

if [ "$filtered" = yes ] && [ ! -e "$results/failed.txt" ]; then
  measured=no
  for program in "${programs[@]}"; do
    if [ -e "$results/$program.json" ] || [ -e "$results/output_$program.txt" ]; then measured=yes; fi
  done
  if [ "$measured" = no ]; then
    left_out "Everything: no benchmark was measured whose name matches --filter $filter."
    echo "No benchmark was measured whose name matches --filter $filter." >&2
    if ! compgen -G "$results/*.json" >/dev/null; then exit 2; fi
  fi
fi
result=0
python3 "$root/bench/report.py" "$results" --html "$page" --json "$json" || result=$?
if [ "$result" -ne 0 ]; then
  echo "There is no new page; what was measured, if anything, is in $results." >&2
else
  echo "The page: $page   everything as JSON: $json   (${SECONDS} s)"
fi
if [ -e "$results/failed.txt" ]; then result=1; fi
exit "$result"
