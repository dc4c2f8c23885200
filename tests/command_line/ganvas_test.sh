#!/usr/bin/env bash
# ganvas_test.sh PROGRAM: the command line tool from the outside, in the current folder: trains, is killed and resumed,
# samples, refuses.
set -euo pipefail
ganvas=$1
# shellcheck source=tests/command_line/says.sh
. "$(dirname "${BASH_SOURCE[0]}")/says.sh"
rm -rf work && mkdir work && cd work

says 'no command' 2 'usage: ganvas' "$ganvas"
says 'help' 0 'Exit codes' "$ganvas" --help
for command in recipes train sample interpolate score info report; do
  says "exit codes of $command" 0 'Exit codes: 0 done' "$ganvas" $command --help
done
says 'where the settings are' 0 'docs/settings.md' "$ganvas" train --help
says 'a wrong command' 2 "no command 'trian'" "$ganvas" trian
says 'the recipes' 0 'Gulrajani et al. 2017' "$ganvas" recipes
says 'settings of one' 0 '"loss": "wasserstein"' "$ganvas" recipes wgan-gp
says 'a wrong recipe' 2 'wgan-gp' "$ganvas" train --recipe wgan_gp --data ring --out a
says 'no such data' 2 "named 'rign'" "$ganvas" train --recipe r1 --data rign --out a
says 'a wrong setting' 2 'optimizer.lr' "$ganvas" train --recipe r1 --data ring --out a --set optimizer.lrr=1
says 'an empty group' 2 'is empty' "$ganvas" train --recipe r1 --data ring --out a --set 'optimizer={}'
says 'a batch in no packs' 2 'packs of 2' "$ganvas" train --recipe pacgan --data ring --batch 9 --out a --set pack=2
says 'half a step ahead' 2 'unroll' "$ganvas" train --recipe unrolled --data ring --out a --set unroll=0.5
says 'no data' 2 '--data says' "$ganvas" train --recipe r1 --out a
says 'nearly a name' 2 'stacked-mnist' "$ganvas" train --recipe r1 --data stacked-mnst --out a
says 'nothing to resume' 2 'no training to go on with' "$ganvas" train --resume --out a
says 'no generator' 2 'best.safetensors' "$ganvas" sample --from . --out x.png
[ ! -e a ] || { echo 'FAILED: a refused training left a folder'; failed=1; }

train=(train --recipe r1 --data ring --batch 32 --steps 400 --set 'generator.hidden=[16]' --set 'discriminator.hidden=[16]'
  --set checkpoint_every=20 --set look_every=50 --set samples=300)
# What a training would replace may be somebody else's.
for file in samples.npy samples.png labels.npy metrics.csv report.html timing.json start_1/metrics.csv progress/thesis.txt; do
  mkdir -p others/progress others/start_1
  echo x >"others/$file"
  says "a folder with $file" 2 'or what one would replace' "$ganvas" "${train[@]}" --restarts 2 --out others
  [ "$(cat "others/$file")" = x ] || { echo "FAILED: others/$file is another"; failed=1; }
  rm -r others
done

mkdir -p whole/progress
says 'a training' 0 '400 steps' "$ganvas" "${train[@]}" --out whole
says 'a folder that is taken' 2 '--resume' "$ganvas" "${train[@]}" --out whole
for file in checkpoint.safetensors best.safetensors losses.csv metrics.csv samples.npy samples.png report.html settings.json; do
  [ -s "whole/$file" ] || { echo "FAILED: whole/$file is missing"; failed=1; }
done

# again_and_again FOLDER FIRST ARGUMENTS...: trains in the folder; is killed after FIRST seconds, then later each time,
# and resumed, until it is through.
again_and_again() {
  local out=$1 wait=$2 kills=0 child code
  shift 2
  for _ in $(seq 1 60); do
    if [ -e "$out/settings.json" ]; then "$ganvas" train --resume --out "$out" >/dev/null 2>&1 &
    else "$ganvas" "$@" --out "$out" >/dev/null 2>&1 & fi
    child=$!
    sleep "$wait"
    if kill -KILL $child 2>/dev/null; then kills=$((kills + 1)); fi
    code=0
    wait $child 2>/dev/null || code=$?
    [ $code = 0 ] && break
    [ -e "$out/settings.json" ] || rm -rf "$out"
    wait=$(awk "BEGIN { print $wait * 1.15 }")
  done
  "$ganvas" train --resume --out "$out" >/dev/null 2>&1 || { echo "FAILED: the last resume of $out"; failed=1; }
  [ $kills -ge 2 ] || { echo "FAILED: only $kills kills of $out"; failed=1; }
}

# Killed at other places each time, it ends with the same bits.
again_and_again killed 0.02 "${train[@]}"
for file in checkpoint.safetensors best.safetensors losses.csv metrics.csv samples.npy samples.png settings.json; do
  same "whole/$file" "killed/$file"
done

says 'samples as a picture' 0 '9 samples' "$ganvas" sample --from whole -n 9 --out nine.png
says 'samples by the long name' 0 '9 samples' "$ganvas" sample --from whole --n 9 --out nine2.png
same nine.png nine2.png
says 'samples as numbers' 0 '100 samples' "$ganvas" sample --from whole -n 100 --seed 3 --out a.npy
says 'the same again' 0 '100 samples' "$ganvas" sample --from whole/best.safetensors -n 100 --seed 3 --out b.npy
same a.npy b.npy
says 'a class of none' 2 'knows none' "$ganvas" sample --from whole -n 9 --class 1 --out c.png
says 'truncation of none' 2 'StyleGAN2' "$ganvas" sample --from whole -n 9 --truncation 0.5 --out c.png
says 'a name that says nothing' 2 '.png or .npy' "$ganvas" sample --from whole --out c.jpg
says 'ways' 0 '3 ways' "$ganvas" interpolate --from whole --rows 3 --columns 4 --out ways.png
says 'scores of a training' 0 'high quality' "$ganvas" score --from whole -n 200
says 'scores of so many' 0 'n = 150' "$ganvas" score --from whole --n 150
says 'scores of samples' 0 'modes' "$ganvas" score --samples a.npy --data ring --json scores.json
says 'scores for programs' 0 '"data": "ring"' cat scores.json
says 'numbers in them' 0 '"modes": ' cat scores.json
{ printf '\223NUMPY\1\0v\0%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"; printf '\0\0\300\177%.0s' 1 2 3 4; } >nan.npy
# One step at a rate of 10 leaves a deep generator whose samples overflow. Only its training ends with 1.
deep=$(printf ',32%.0s' $(seq 30))
says 'samples that overflow' 1 'broken down' "$ganvas" train --recipe gan --data ring --steps 1 --out overflow \
  --set optimizer.lr=10 optimizer.lr_discriminator=1e-4 "generator.hidden=[${deep:1}]"
says 'no samples of it' 2 'broken down' "$ganvas" sample --from overflow -n 9 --out c.npy
says 'no scores of it' 2 'broken down' "$ganvas" score --from overflow -n 9
says 'points that are no numbers' 2 'infinite or NaN' "$ganvas" score --samples nan.npy --data ring
says 'a name that is not UTF-8' 2 'not UTF-8' "$ganvas" score --samples a.npy --data $'p\xff'
says 'data that are not UTF-8' 2 'not UTF-8' "$ganvas" train --recipe gan --data $'p\xff' --out odd
says 'scores that can not be written' 2 'nowhere' "$ganvas" score --samples a.npy --data ring --json nowhere/s.json
# Colour pictures: 2 x 2 pixels of one colour each, and six black samples.
mkdir pictures
i=0
for colour in red green blue yellow; do
  i=$((i + 1))
  png $colour >pictures/$i.png
  for again in a b; do cp pictures/$i.png pictures/$i$again.png; done
done
{ printf '\223NUMPY\1\0v\0%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 8, 8, 3), }"; head -c 4608 /dev/zero; } >black.npy
score=(score --samples black.npy --data pictures)
says 'colour pictures by nothing' 2 'colour pictures take --network resnet50' "$ganvas" "${score[@]}"
{ printf '\223NUMPY\1\0v\0%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (6, 8, 8, 3), }"; head -c 576 /dev/zero
  head -c 576 /dev/zero | LC_ALL=C tr '\0' '\377'; } >bytes.npy
says 'bytes' 2 'go from 0 to 255' "$ganvas" score --samples bytes.npy --data pictures
says 'perhaps from 0 to 1' 2 'No number in black.npy is below 0' "$ganvas" "${score[@]}"
says 'no weights' 2 'examples/get_resnet50.sh nowhere' "$ganvas" "${score[@]}" --network resnet50 --weights nowhere
says 'points are no pictures' 2 'red, green and blue' "$ganvas" score --samples a.npy --data ring --network resnet50
says 'a batch in no groups' 2 'groups of 4' "$ganvas" train --recipe style --data pictures --set data.side=8 --batch 6 --out groups
[ ! -e groups ] || { echo 'FAILED: a batch in no groups left a folder'; failed=1; }
says 'a run within its data' 2 'lies in the folder of the data' "$ganvas" train --recipe dcgan --data pictures --out pictures/run
says 'a picture beside folders' 0 '6 steps' "$ganvas" train --recipe dcgan --data pictures --set data.side=8 --smoke --out small
cp pictures/1.png pictures/more.png
says 'data that changed' 2 'pictures is not what the generator was trained on' "$ganvas" score --from small -n 10
rm pictures/more.png
says 'rows as long as they were asked for' 0 '2 ways' "$ganvas" interpolate --from small --rows 2 --columns 3 --upscale 1 --out way.png
[ "$(od -An -tu1 -j16 -N8 way.png | tr -s ' ')" = ' 0 0 0 32 0 0 0 22' ] || { echo 'FAILED: the size of way.png'; failed=1; }
mkdir -p kinds/a kinds/b
cp pictures/[12].png kinds/a && cp pictures/[34].png kinds/b
says 'classes' 0 '6 steps' "$ganvas" train --recipe cgan --data kinds --set data.side=8 --smoke --out kind
says 'halves that are too small' 2 'takes 12 or more' "$ganvas" score --from kind -n 6 --network resnet50
says 'a column for each class' 0 '6 samples' "$ganvas" sample --from kind -n 6 --upscale 1 --out columns.png
[ "$(od -An -tu1 -j16 -N8 columns.png | tr -s ' ')" = ' 0 0 0 22 0 0 0 32' ] || { echo 'FAILED: the size of columns.png'; failed=1; }
grep -aq "'descr': '<i8'" kind/labels.npy || { echo 'FAILED: no labels beside the samples'; failed=1; }
says 'a class that is not there' 2 'classes 0 to 1' "$ganvas" sample --from kind -n 6 --class 2 --out c.png
mkdir digits
{ printf '\0\0\10\3\0\0\0\6\0\0\0\10\0\0\0\10'; head -c 384 /dev/zero; } >digits/train-images-idx3-ubyte
{ printf '\0\0\10\3\0\0\0\6\0\0\0\10\0\0\0\10'; head -c 100 /dev/zero; } >digits/t10k-images-idx3-ubyte
says 'a damaged test set' 2 't10k-images' "$ganvas" train --recipe dcgan --data digits --smoke --out digital
says 'a wrong network' 2 'resnet50' "$ganvas" "${score[@]}" --network resnet51
says 'a side that is too small' 2 '--side' "$ganvas" "${score[@]}" --network resnet50 --side 31

says 'what a file is' 0 'undamaged' "$ganvas" info whole/checkpoint.safetensors
says 'the page again' 0 'report.html' "$ganvas" report whole
head -c 3000 whole/checkpoint.safetensors >cut.safetensors
says 'a cut file' 2 'cut.safetensors' "$ganvas" info cut.safetensors

search=(train --recipe r1 --data ring --batch 16 --steps 160 --restarts 4 --set 'generator.hidden=[8]'
  --set 'discriminator.hidden=[8]' --set samples=50 --set checkpoint_every=10)
says 'restarts' 0 '<- the best' "$ganvas" "${search[@]}" --out many
[ -s many/best.safetensors ] && [ -s many/restarts.json ] || { echo 'FAILED: restarts left nothing'; failed=1; }
again_and_again searched 0.1 "${search[@]}"
for file in restarts.json checkpoint.safetensors best.safetensors losses.csv metrics.csv samples.npy samples.png settings.json \
  start_{0,1,2,3}/checkpoint.safetensors; do
  same "many/$file" "searched/$file"
done
says 'a folder that holds a search' 2 'holds a training already' "$ganvas" train --recipe r1 --data ring --steps 10 --out many
echo x >many/progress/thesis.txt
says 'a search that is over' 0 '<- the best' "$ganvas" train --resume --out many
[ -e many/progress/thesis.txt ] || { echo 'FAILED: a search that goes on removed what is not its own'; failed=1; }
says 'a start by itself' 0 '170 steps' "$ganvas" train --resume --out many/start_0 --steps 170
sed -i 's/"batch": 16/"batch": 7/' many/settings.json
says 'a search with other settings' 2 'batch differs' "$ganvas" train --resume --out many
sed -i 's/"batch": 7/"batch": 16/' many/settings.json
sed -i 's/"done": [0-9]*/"done": 5/' many/restarts.json
says 'a damaged search' 2 'do not fit together' "$ganvas" train --resume --out many
sed 's/"rounds": [0-9]*/"rounds": 9/' searched/restarts.json >many/restarts.json
says 'more rounds than scores' 2 'do not fit together' "$ganvas" train --resume --out many
sed 's/^   "steps": [0-9]*/   "steps": -1/' searched/restarts.json >many/restarts.json
says 'steps below 0' 2 'a whole number is -1' "$ganvas" train --resume --out many
cp -r whole other
sed -i 's/"restarts": 1/"restarts": 2/' other/settings.json
says 'a training is no search' 2 'no search among restarts' "$ganvas" train --resume --out other
sed -i 's/"restarts": 2/"restarts": 1/' other/settings.json
says 'starts that all fail' 1 'nan' "$ganvas" train --recipe wgan-gp --data ring --restarts 2 --steps 160 --out failing \
  --set optimizer.lr=10 --set optimizer.rule=sgd --set samples=50
says 'and stay so' 1 'nan' "$ganvas" train --resume --out failing
# The last survivor breaks down in the last round: the best one has not come through it.
says 'a survivor that fails' 1 'through all rounds' "$ganvas" train --recipe gan --data ring --batch 8 --steps 3 --restarts 2 --out survivor \
  --set latent.noise=2 'generator.hidden=[4]' 'discriminator.hidden=[4]' optimizer.rule=sgd optimizer.lr=6 loss=least_squares
says 'and stays so' 1 'through all rounds' "$ganvas" train --resume --out survivor
says 'a search without time' 2 'first round yet' "$ganvas" "${search[@]}" --minutes 1e-7 --out hurried
says 'a start beyond its search' 0 '50 steps' "$ganvas" train --resume --out hurried/start_0 --steps 50
cp hurried/start_0/settings.json beyond.json
says 'its search' 2 'hurried/start_0 has made 50 steps, but' "$ganvas" train --resume --out hurried
same hurried/start_0/settings.json beyond.json
mv hurried/start_0 beyond
says 'its search without it' 0 '<- the best' "$ganvas" train --resume --out hurried
same searched/restarts.json hurried/restarts.json
sed -i 's/"lr": 0.002/"lr": 0.5/' other/settings.json
says 'other settings than it was trained with' 2 'lr differs' "$ganvas" train --resume --out other --steps 500
says 'fewer steps than were made' 2 'more than --steps' "$ganvas" train --resume --out whole --steps 10
sed -i 's/"name": "ring"/"other": 1/' other/settings.json
says 'settings without data' 2 'other/settings.json does not say what to train on' "$ganvas" train --resume --out other
cp whole/settings.json other/settings.json
rm other/checkpoint.safetensors
says 'no checkpoint any more' 2 'no checkpoint to go on from' "$ganvas" train --resume --out other
says 'more steps' 0 '450 steps' "$ganvas" train --resume --out whole --steps 450
rm whole/samples.npy whole/report.html whole/timing.json && mkdir whole/samples.npy
says 'samples that can not be written' 2 'cannot write whole/samples.npy' "$ganvas" train --resume --out whole --steps 460
[ -s whole/report.html ] && [ -s whole/timing.json ] || { echo 'FAILED: they cost the page'; failed=1; }
says 'pictures of numbers that end at once' 0 '6 steps' "$ganvas" train --recipe r3gan --data grid --smoke --out smoke
# In the foreground timeout sends one signal; else it sends two, and the second ends the program at once.
if command -v timeout >/dev/null; then
  says 'Ctrl-C' 130 'It was interrupted.' timeout --foreground --preserve-status -s INT 3 "$ganvas" train --recipe r1 --data ring \
    --batch 16 --steps 100000000 --out endless --set samples=50
  # While a start is scored, which takes most of the time here: what was done is kept.
  says 'Ctrl-C between starts' 130 'It was interrupted.' timeout --foreground --preserve-status -s INT 3 "$ganvas" \
    train --recipe r1 --data ring --batch 16 --steps 7 --restarts 200 --out scored --set 'generator.hidden=[8]' \
    'discriminator.hidden=[8]' latent.noise=2 look_every=100 metric.samples=1000000
  says 'after Ctrl-C it goes on' 0 'Its time was over' "$ganvas" train --resume --out endless --minutes 0.005
fi
exit $failed
