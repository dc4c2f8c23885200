#!/usr/bin/env bash
# usage: rows_test.sh PROGRAM RESULTS   Scores by features from end to end on made-up digits: rows of
# examples/results.sh on MNIST, Fashion-MNIST, stacked MNIST and emoji, and what is kept of real images.
set -uo pipefail
ganvas=$1 results=$2
rm -rf work && mkdir work && cd work || exit 1
failed=0
bad() { echo "FAILED: $*"; failed=1; }

octal() { printf '\\%03o' "$1"; }
# COUNT images of 28 x 28 and their labels: image i is of class i mod 10, and its pixels are 20 class + i mod 16.
idx() {
  local stem=$1 count=$2 i size
  size=$(octal $((count / 256)))$(octal $((count % 256)))
  # shellcheck disable=SC2059  # the escapes are what is wanted
  {
    printf "\\0\\0\\10\\3\\0\\0${size}\\0\\0\\0\\34\\0\\0\\0\\34"
    for ((i = 0; i < count; ++i)); do
      head -c 784 /dev/zero | LC_ALL=C tr '\0' "$(octal $((i % 10 * 20 + i % 16)))"
    done
  } >"$stem-images-idx3-ubyte"
  # shellcheck disable=SC2059
  {
    printf "\\0\\0\\10\\1\\0\\0${size}"
    for ((i = 0; i < count; ++i)); do printf "$(octal $((i % 10)))"; done
  } >"$stem-labels-idx1-ubyte"
}
mkdir -p data/mnist data/fashion-mnist data/emoji/smileys
idx data/mnist/train 300
idx data/mnist/t10k 200
for file in train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte; do
  cp "data/mnist/$file" "data/fashion-mnist/$file"
done
begin=iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAA
i=0
for end in EElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg== D0lEQVR42mNg+M8AQhAKABvyA/3ULwSAAAAAAElFTkSuQmCC; do
  i=$((i + 1))
  base64 -d <<<"$begin$end" >data/emoji/smileys/$i.png
done

rows=(mnist-r1 mnist-acgan quick-cgan mnist-classes-cgan fashion-dcgan fashion-classes-acgan stacked-quarter stacked-restarts
  emoji-smileys)
printed=$(GANVAS=$ganvas bash "$results" --smoke --data "$PWD/data" --out "$PWD/out" "${rows[@]}" 2>errors) ||
  bad "results.sh: $(tail -n 5 errors)"
for row in "${rows[@]}"; do grep -q "^$row: " <<<"$printed" || bad "no row $row"; done
lines() { grep -c "^  $1 " <<<"$printed"; }
[ "$(lines scored_step)" = 9 ] || bad 'the step of what was scored'
[ "$(lines fid)$(lines fid_floor)" = 66 ] || bad "distances: $printed"
[ "$(lines asked_accuracy)" = 4 ] || bad 'classes that were asked for'
[ "$(lines modes)$(lines kl_floor)" = 22 ] || bad 'modes of stacked digits'

# The network, its hash beside the scores, and the features of real images are kept; damaged ones are not believed.
grep -Eq '"network": "[0-9a-f]{64}"' out/smoke/mnist-r1/scores.json || bad 'no hash of the network'
score() { "$ganvas" score --from out/smoke/mnist-r1 -n 200 --features data/features --json "$1" >printed 2>&1 || bad "score: $(cat printed)"; }
score one.json
cmp -s one.json out/smoke/mnist-r1/scores.json || bad 'the scores are others the second time'
kept=$(find data/features -name 'features-*' | wc -l)
[ "$kept" = 2 ] || bad "$kept files of features are kept"
for file in data/features/features-*; do
  printf 'x' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 9)) conv=notrunc status=none
done
score two.json
cmp -s one.json two.json || bad 'damaged features were believed'
grep -q 'is damaged' printed || bad 'nothing was said of damaged features'
[ "$(find data/features -name 'digits-*' | wc -l)" = 1 ] || bad 'the network was not kept'

# A training that looks: the best checkpoint, and the floor in its table.
train=(train --recipe dcgan --set 'metric.features="data/features"' --steps 100 --batch 4 --set look_every=50
  --set metric.samples=150 --set 'generator.channels=[8,4]' --set 'discriminator.channels=[4,8]' --set latent.noise=8
  --set samples=0)
"$ganvas" "${train[@]}" --data data/mnist --out looked >printed 2>&1 || bad "train: $(tail -n 3 printed)"
[ "$(head -n 1 looked/metrics.csv)" = step,fid,fid_floor,kl_classes ] || bad 'the columns of metrics.csv'
[ "$(wc -l <looked/metrics.csv)" = 3 ] || bad 'two looks'
grep -q 'the floor' looked/report.html || bad 'no floor in the page'

# Digits that are too few for the network that measures them, or are to be tested with and have no labels.
mkdir -p data/few data/bare
idx data/few/train 100
idx data/few/t10k 20
cp data/mnist/*-ubyte data/bare
rm data/bare/t10k-labels-idx1-ubyte
for name in few bare; do
  "$ganvas" "${train[@]}" --data data/$name --out $name >printed 2>&1 || bad "train: $(tail -n 3 printed)"
  grep -q "data/$name is not measured: " printed || bad "nothing was said of data/$name"
  [ -s $name/report.html ] && [ ! -e $name/metrics.csv ] || bad "looks at data/$name"
done
exit $failed
