#!/usr/bin/env bash
# The trainings behind docs/results.md. See usage below.
set -euo pipefail
unset CDPATH
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'USAGE'
usage: examples/results.sh [options] row ...      `examples/results.sh --list` names the rows
  --seeds N      so many seeds, from 1 on (the row's own number)
  --minutes M    another budget for the rows that have one
  --out DIR      where the trainings lie (out/results)
  --data DIR     where data are, or are put (data; a folder that does not begin with / lies in the repository's)
  --threads N    processors to use (all)
  --smoke        a few steps of one seed: does the row work? Takes what is in --data and fetches only what is not;
                 colour pictures are trained on, but not scored
  --no-install   never install a package, say what is missing instead
Trains each seed of a row (one that was stopped goes on, but begins anew where its budget is minutes), scores it, and
prints mean and standard error of every score.
Finished seeds are not trained again; remove their folder for that. Exit codes: 0 all is done, 1 a training diverged,
2 it could not be done, 130 interrupted.
USAGE
}

list=no install=yes smoke=no seeds='' minutes='' out=$root/out/results where=data
threads=() rows=()
while [ $# -gt 0 ]; do
  case $1 in
    --seeds | --minutes | --out | --data | --threads)
      [ -n "${2-}" ] || { echo "$1 needs a value." >&2; exit 2; }
      case $1 in
        --seeds) seeds=$2 ;;
        --minutes) minutes=$2 ;;
        --out) out=$2 ;;
        --data) where=$2 ;;
        --threads) threads=(--threads "$2") ;;
      esac
      shift ;;
    --list) list=yes ;;
    --smoke) smoke=yes ;;
    --no-install) install=no ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "unknown option $1" >&2; usage >&2; exit 2 ;;
    *) rows+=("$1") ;;
  esac
  shift
done
if [ -n "$seeds" ] && ! [[ $seeds =~ ^[1-9][0-9]{0,3}$ ]]; then
  echo "--seeds takes a whole number from 1 to 9999, not \"$seeds\"." >&2
  exit 2
fi

# every_row below says define once for each row:
#   define ROW DATA SEEDS SAMPLES MINUTES options of `ganvas train` ...
# with how many seeds and scored samples, and MINUTES for each seed (0: the options say how many steps). All names go into
# the list; of the row that is called $wanted, the rest goes into the variables that the loop at the end reads.
names=()
wanted=''
define() {
  names+=("$1")
  [ "$wanted" = "$1" ] || return 0
  data=$2 row_seeds=$3 samples=$4 row_minutes=$5
  shift 5
  options=("$@")
}

# Rings and grids of Gaussians, Lin et al. 2018, sec. 4.1: 2,500 samples.
mixture=(--recipe r3gan --batch 256 --set latent.noise=2 --set optimizer.lr=2e-3 --set schedule=cosine
  --set schedule_end=0.005 --set ema=0.999 --set 'generator.hidden=[128,128,128,128,128,128]'
  --set 'discriminator.hidden=[128,128,128]')
shallow=(--set 'generator.hidden=[128,128,128]')  # what is set later counts
# A game that falls into bad optima: no penalty. One run, and restarts of the same cost: 8 starts to 1,000 steps, 4 to
# 2,000, 2 to 4,000 and one to 8,000 are 20,000 steps together, and so are 8 to 1,000 of which one goes on to 13,000.
unstable=(--recipe gan --batch 256 --set latent.noise=2 --set 'generator.hidden=[128,128,128]'
  --set 'discriminator.hidden=[128,128,128]' --set optimizer.lr=1e-3)
# Stacked MNIST with the networks of Metz et al. 2017, D a quarter or half as wide as G, trained with packs of four and
# the relativistic loss in pairs: 25,600 samples.
stacked=(--recipe pacgan --set pack=4 --set loss=relativistic_paired --set model=unrolled --set latent.noise=256
  --batch 128 --set optimizer.lr=1e-3 --set optimizer.lr_discriminator=2e-3 --set optimizer.beta2=0.99
  --set schedule=cosine --set schedule_end=0.01 --set ema=0.999)
# With batch norm the smallest D often learns nothing: the game for restarts, of which 8 to 750 steps, 4 to 1,500, 2 to
# 3,000 and one to 6,000 are 15,000 steps together.
quarter=(--set discriminator.width=2)
# What all recipes of the table of MNIST share: minutes. Everything else is as the recipe has it.
budget=3
# Small networks and R1 with a large rate, as examples/mnist_dcgan.cpp has them: what the classes are best given to.
gentle=(--set penalty.kind=r1 --set penalty.weight=0.3 --set penalty.every=4 --set discriminator.batch_norm=false
  --set optimizer.lr=2e-3 --set optimizer.beta1=0 --set optimizer.beta2=0.99 --set ema=0.998 --set latent.noise=64
  --set 'generator.channels=[96,48]' --set 'discriminator.channels=[32,64,128]')
# Emoji in 32 x 32 pixels, by ResNet-50. Networks half as wide as the recipe's are four times as fast.
colour=(--recipe style --batch 32 --set augment=diff --set penalty.weight=0.1 --set data.channels=rgb --set data.side=32
  --set generator.base=512 --set generator.max=64 --set discriminator.base=512 --set discriminator.max=64)
# The networks that need hours, a quarter as wide, and a step of G for each of D.
quick_steps=(--set discriminator_steps=1 --set ema=0.998)
quarter_wide=(--set generator.width=128 --set discriminator.width=128 "${quick_steps[@]}")
residual=(--set generator.width=32 --set discriminator.width=32 --set optimizer.lr=5e-4 "${quick_steps[@]}")
# Two rates in the recipe's proportion, twice as large.
attention=(--set generator.width=32 --set discriminator.width=32 --set optimizer.lr=2e-4
  --set optimizer.lr_discriminator=8e-4 "${quick_steps[@]}")
style=(--set generator.base=256 --set generator.max=32 --set discriminator.base=256 --set discriminator.max=32)
table=(gan minimax dcgan smooth lsgan wgan wgan-gp dragan r1 r2 r3gan ragan hinge sngan resnet sagan style pacgan
  unrolled diffaugment ada top-k feature-matching historical instance-noise cgan acgan projection infogan began)

every_row() {
  define ring ring 10 2500 0 "${mixture[@]}" --steps 15000 --set penalty.weight=0.001
  define ring-heavy ring 1 2500 0 "${mixture[@]}" --steps 15000 --set penalty.weight=0.5
  define ring-shallow ring 1 2500 0 "${mixture[@]}" --steps 15000 --set penalty.weight=0.001 "${shallow[@]}"
  define ring-heavy-shallow ring 1 2500 0 "${mixture[@]}" --steps 15000 --set penalty.weight=0.5 "${shallow[@]}"
  define grid-light grid 1 2500 0 "${mixture[@]}" --steps 25000 --set penalty.weight=0.01
  define grid grid 10 2500 0 "${mixture[@]}" --steps 25000 --set penalty.weight=0.1
  define ring-single ring 10 2500 0 "${unstable[@]}" --steps 20000
  define ring-restarts ring 10 2500 0 "${unstable[@]}" --steps 8000 --restarts 8
  define ring-best-of ring 10 2500 0 "${unstable[@]}" --steps 13000 --restarts 8 --set restart_eta=8 \
    --set restart_first=1000
  define stacked-quarter stacked-mnist 5 25600 0 "${stacked[@]}" "${quarter[@]}" --steps 15000 \
    --set discriminator.batch_norm=false
  define stacked-half stacked-mnist 5 25600 0 "${stacked[@]}" --set discriminator.width=4 --steps 15000
  define stacked-single stacked-mnist 5 25600 0 "${stacked[@]}" "${quarter[@]}" --steps 15000
  define stacked-restarts stacked-mnist 5 25600 0 "${stacked[@]}" "${quarter[@]}" --steps 6000 --restarts 8
  define emoji-smileys data/emoji/smileys 1 169 40 "${colour[@]}"
  define emoji-flags data/emoji/flags 1 270 40 "${colour[@]}"
  define emoji data/emoji 1 1906 60 "${colour[@]}" --set classes=projection
  local recipe
  # What a few minutes on two processors give: the choice of examples/run.sh.
  define quick-r2 mnist 1 10000 "$budget" --recipe r2 "${gentle[@]}" --set look_every=1000 --set penalty.kind=r2
  for recipe in r1 ada cgan acgan; do
    define "quick-$recipe" mnist 1 10000 "$budget" --recipe "$recipe" "${gentle[@]}" --set look_every=1000
  done
  for recipe in cgan acgan; do
    define "mnist-classes-$recipe" mnist 1 10000 9 --recipe "$recipe" "${gentle[@]}"
    define "fashion-classes-$recipe" fashion-mnist 1 10000 9 --recipe "$recipe" "${gentle[@]}"
  done
  define mnist-classes-projection mnist 1 10000 20 --recipe projection "${residual[@]}"
  define fashion-classes-projection fashion-mnist 1 10000 20 --recipe projection "${residual[@]}"
  for recipe in sngan hinge; do define "narrow-$recipe" mnist 1 10000 9 --recipe "$recipe" "${quarter_wide[@]}"; done
  define narrow-resnet mnist 1 10000 9 --recipe resnet "${residual[@]}"
  define narrow-sagan mnist 1 10000 9 --recipe sagan "${attention[@]}"
  define narrow-style mnist 1 10000 20 --recipe style "${style[@]}"
  define narrow-began mnist 1 10000 9 --recipe began --set generator.width=16 --set discriminator.width=16
  for recipe in "${table[@]}"; do
    define "mnist-$recipe" mnist 1 10000 "$budget" --recipe "$recipe"
    define "fashion-$recipe" fashion-mnist 1 10000 "$budget" --recipe "$recipe"
  done
}

every_row
if [ "$list" = yes ]; then
  printf '%s\n' "${names[@]}"
  exit 0
fi
[ ${#rows[@]} -gt 0 ] || { usage >&2; exit 2; }
for row in "${rows[@]}"; do
  printf '%s\n' "${names[@]}" | grep -qxF -- "$row" || { echo "There is no row \"$row\"; see --list." >&2; exit 2; }
done

build=$root/build/examples
ganvas=${GANVAS:-$build/examples/ganvas}
if [ -z "${GANVAS:-}" ]; then  # the program can be given by this variable
  # shellcheck source=.ci/packages.sh
  . "$root/.ci/packages.sh"
  need cmake=cmake make=make g++=g++ libeigen3-dev=/usr/include/eigen3/Eigen/Core zlib1g-dev=/usr/include/zlib.h \
    nlohmann-json3-dev=/usr/include/nlohmann/json.hpp libstb-dev=/usr/include/stb/stb_image_write.h \
    libtomlplusplus-dev=/usr/include/toml++/toml.h libcli11-dev=/usr/include/CLI/CLI.hpp >&2 || exit 2
  echo "Building ganvas (once, some minutes) ..." >&2
  mkdir -p "$build"
  if ! { cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DGANVAS_TESTS=OFF -DGANVAS_BENCH=OFF \
      -DGANVAS_WERROR=OFF && cmake --build "$build" --target ganvas_tool -j "$(processors)"; } >"$build/build.log" 2>&1
  then
    tail -n 40 "$build/build.log" >&2
    echo "The build failed; the whole output is in $build/build.log." >&2
    exit 2
  fi
fi

# The data that a row needs, and the network that measures them.
fetch() {
  case $1 in
    mnist | stacked-mnist) set -- mnist get_mnist.sh ;;
    fashion-mnist) set -- fashion-mnist get_mnist.sh --fashion ;;
    data/emoji*) set -- emoji get_emoji.sh ;;
    *) return ;;
  esac
  local folder=$where/$1 script=$2
  shift 2
  if [ "$smoke" = no ] || [ ! -d "$folder" ]; then
    bash "$root/examples/$script" "$@" "$folder" >&2
  fi
  if [ "$smoke" = no ] && [ "$script" = get_emoji.sh ]; then
    bash "$root/examples/get_resnet50.sh" "$where/resnet50" >&2
  fi
}

# Mean, standard error of the mean, least, median and most of every number in the files, and how many are none.
summary() {
  awk -F'[:,]' '
    /": "-?(inf|nan)"/ { name = $1; gsub(/[" ]/, "", name); ++lost[name] }
    /": -?[0-9]/ {
      name = $1; gsub(/[" ]/, "", name)
      if (!(name in n)) order[++names] = name
      v = $2 + 0; sum[name] += v; squares[name] += v * v
      for (k = n[name]++; k > 0 && value[name, k] > v; --k) value[name, k + 1] = value[name, k]  # kept in order
      value[name, k + 1] = v
    }
    END {
      for (i = 1; i <= names; ++i) {
        name = order[i]; count = n[name]; mean = sum[name] / count
        variance = count > 1 ? (squares[name] - count * mean * mean) / (count - 1) : 0
        if (variance < 0) variance = 0
        median = (value[name, int((count + 1) / 2)] + value[name, int(count / 2) + 1]) / 2
        printf "  %-22s %10.4g +- %-8.2g least %.4g, median %.4g, most %.4g\n", name, mean, sqrt(variance / count),
          value[name, 1], median, value[name, count]
      }
      for (name in lost) printf "  %-22s infinite or NaN in %d, which the line above leaves out\n", name, lost[name]
    }' "$@"
}

step_of() { "$ganvas" info "$1" | awk '/^step / { print $2 }'; }

cd "$root"
for row in "${rows[@]}"; do
  wanted=$row
  every_row
  [ -z "$minutes" ] || row_minutes=$minutes
  last=${seeds:-$row_seeds}
  extra=()
  if [ "$smoke" = yes ]; then
    last=1 samples=200
    extra=(--smoke)
  elif [ "$row_minutes" != 0 ]; then
    extra=(--minutes "$row_minutes" --epochs 1000000)
  fi
  fetch "$data"
  name=$data
  case $data in
    data/*) name=$where/${data#data/} ;;
    mnist | fashion-mnist) [ "$smoke" = no ] || name=$where/$data ;;  # IDX files of any number of images
  esac
  [ "$where" = data ] || extra+=(--set "data.root=\"$where\"" --set "metric.features=\"$where/features\"")
  found=()
  for seed in $(seq "$last"); do
    folder=$out/$row/seed_$seed
    run_seed=$seed
    # The starts of a search have the seeds from its own on; no two searches shall share one.
    case " ${options[*]} " in *' --restarts '*) run_seed=$((100 * seed)) ;; esac
    [ "$smoke" = no ] || folder=$out/smoke/$row
    if [ ! -f "$folder/scores.json" ] || [ "$smoke" = yes ]; then
      # Where the time is the budget, what was stopped begins anew: its time would not be the row's.
      if [ "$smoke" = yes ] || { [ "$row_minutes" != 0 ] && [ ! -f "$folder/trained" ]; }; then
        rm -rf "$folder"
      fi
      if [ -f "$folder/trained" ]; then
        :  # but not scored
      elif [ -f "$folder/settings.json" ]; then
        "$ganvas" train --resume --out "$folder" ${threads[@]+"${threads[@]}"} >&2
      else
        "$ganvas" train --data "$name" --out "$folder" --seed "$run_seed" "${options[@]}" ${extra[@]+"${extra[@]}"} \
          ${threads[@]+"${threads[@]}"} >&2
      fi
      : >"$folder/trained"
      measured=(--network automatic --features "$where/features")
      case $data in data/emoji*) measured=(--network resnet50 --weights "$where/resnet50") ;; esac
      if [ "$smoke" = no ] || [ "${measured[1]}" = automatic ]; then
        "$ganvas" score --from "$folder" -n "$samples" "${measured[@]}" --json "$folder/scores.json" \
          ${threads[@]+"${threads[@]}"} >&2
      fi
    fi
    # Steps of the discriminator: all that it made, and those of the checkpoint that was scored, the best.
    best=$folder/best.safetensors
    [ -f "$best" ] || best=$folder/checkpoint.safetensors
    printf '{\n "steps": %s,\n "scored_step": %s\n}\n' "$(step_of "$folder/checkpoint.safetensors")" "$(step_of "$best")" \
      >"$folder/steps.json"
    found+=("$folder/steps.json")
    [ ! -f "$folder/scores.json" ] || found+=("$folder/scores.json")
    [ ! -f "$folder/timing.json" ] || found+=("$folder/timing.json")
  done
  echo "$row: $data, seeds 1 to $last"
  summary "${found[@]}"
done
