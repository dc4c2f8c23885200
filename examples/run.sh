#!/usr/bin/env bash
# Trains a GAN on MNIST: installs what is missing, builds, fetches the digits, trains, and says where the pictures are.
set -euo pipefail
unset CDPATH
self=${BASH_SOURCE[0]}
while [ -L "$self" ]; do  # the script itself, where it was called by a link
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=$(dirname "$self")/$link ;;
  esac
done
root=$(cd "$(dirname "$self")/.." && pwd)

usage() {
  cat <<'USAGE'
usage: examples/run.sh [options]
  --epochs N     passes over the 60,000 digits
  --seed N       another seed, other digits
  --threads N    processors to use (all; where other programs are busy, one fewer is faster)
  --data DIR     where MNIST is or shall be (data/mnist); Fashion-MNIST works too
  --out DIR      where pictures, curves and the network go (out/mnist_dcgan, with --smoke out/smoke)
  --smoke        a few steps on made-up data: does everything work here?
  --no-install   never install a package, say what is missing instead
Ctrl-C ends the training with what there is. Exit codes: 0 all is done, 1 the losses became NaN, 2 it could not be done
(no data, a wrong option, a full disk), 130 interrupted.
USAGE
}

install=yes smoke=no data=$root/data/mnist out=''
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --epochs | --seed | --threads | --data | --out)
      [ -n "${2-}" ] || { echo "$1 needs a value." >&2; exit 2; }
      case $1 in
        --data) data=$2 ;;
        --out) out=$2 ;;
        *) options+=("$1" "$2") ;;
      esac
      shift ;;
    --smoke) smoke=yes; options+=(--smoke) ;;
    --no-install) install=no ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

# shellcheck source=.ci/packages.sh
. "$root/.ci/packages.sh"
need cmake=cmake make=make g++=g++ libeigen3-dev=/usr/include/eigen3/Eigen/Core zlib1g-dev=/usr/include/zlib.h \
  nlohmann-json3-dev=/usr/include/nlohmann/json.hpp libstb-dev=/usr/include/stb/stb_image_write.h \
  libcli11-dev=/usr/include/CLI/CLI.hpp >&2 || exit 2

if [ -z "$out" ]; then  # a try does not replace what was trained
  if [ "$smoke" = yes ]; then out=$root/out/smoke; else out=$root/out/mnist_dcgan; fi
fi
case $data in -*) data=./$data ;; esac
case $out in -*) out=./$out ;; esac
if [ "$smoke" = no ]; then
  if ! proven npm && ! proven curl && ! proven wget && ! bash "$root/examples/get_mnist.sh" --data "$data" >/dev/null 2>&1; then
    need curl=curl ca-certificates=/etc/ssl/certs/ca-certificates.crt >&2 || exit 2  # something must fetch the digits
  fi
  bash "$root/examples/get_mnist.sh" "$data" || exit $?
fi

build=$root/build/examples
echo "Building mnist_dcgan (once, below a minute) ..."
log=$build/build.log
mkdir -p "$build" || exit 2
if [ -f "$build/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
  rm -rf "$build" && mkdir -p "$build"  # the folder was moved or copied here
fi
if ! { cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DGANVAS_TESTS=OFF -DGANVAS_BENCH=OFF \
    -DGANVAS_WERROR=OFF && cmake --build "$build" --target mnist_dcgan -j "$(processors)"; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "The build failed; the whole output is in $log." >&2
  exit 2
fi

# In place of this script, so that Ctrl-C and other signals reach it: it ends its step and writes what there is.
exec "$build/examples/mnist_dcgan" --data "$data" --out "$out" ${options[@]+"${options[@]}"}
