#!/usr/bin/env bash
# smoke_test.sh GANVAS RESULTS_SH: a few steps of every recipe on made-up pictures of two classes, its settings, and a
# few steps of rows of the results.
set -u
ganvas=$1 results=$2
failed=0
rm -rf work && mkdir work && cd work || exit 1

# 2 x 2 pixels of one colour each, four times in each class
begin=iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAA
red=EElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg==
green=D0lEQVR42mNg+M8AQhAKABvyA/3ULwSAAAAAAElFTkSuQmCC
mkdir -p pictures/red pictures/green
for i in 1 2 3 4; do
  base64 -d <<<"$begin$red" >pictures/red/$i.png
  base64 -d <<<"$begin$green" >pictures/green/$i.png
done

recipes=$("$ganvas" recipes | awk '{ print $1 }')
[ "$(wc -l <<<"$recipes")" -ge 30 ] || { echo "FAILED: the recipes are: $recipes"; failed=1; }
for recipe in $recipes; do
  output=$("$ganvas" train --recipe "$recipe" --data pictures --set data.side=16 --set samples=4 --batch 4 --smoke --out "$recipe" 2>&1) ||
    { printf 'FAILED: %s\n%s\n' "$recipe" "$output"; failed=1; }
  grep -qF '6 steps' <<<"$output" || { printf 'FAILED: %s did not make its steps\n%s\n' "$recipe" "$output"; failed=1; }
  for file in samples.png report.html; do
    [ -s "$recipe/$file" ] || { echo "FAILED: $recipe left no $file"; failed=1; }
  done
  # What a training uses is what `recipes --all` says, but for what is found in the data.
  "$ganvas" recipes "$recipe" --all --data pictures --set data.side=16 samples=4 batch=4 steps=6 >all.json || failed=1
  sed '/^    "classes": [0-9]/d; /^    "hash":/d; /^    "shape":/,/]/d' "$recipe/settings.json" |
    diff all.json - || { echo "FAILED: the settings of $recipe"; failed=1; }
done

output=$(GANVAS=$ganvas bash "$results" --smoke --out "$PWD/results" ring grid ring-single ring-restarts 2>errors) ||
  { echo 'FAILED: results.sh'; cat errors; failed=1; }
[ "$(grep -c 'high_quality ' <<<"$output")" = 4 ] || { printf 'FAILED: results.sh printed\n%s\n' "$output"; failed=1; }
GANVAS=$ganvas bash "$results" --smoke rign >/dev/null 2>errors && { echo 'FAILED: a row that is not there'; failed=1; }
grep -q 'no row "rign"' errors || { echo 'FAILED: no sentence about the row'; failed=1; }
exit $failed
