#!/usr/bin/env bash
# settings_test.sh PROGRAM: what `ganvas` is told arrives: settings from files, seeds, epochs, threads, classes,
# truncation, and pictures of every kind.
set -euo pipefail
ganvas=$1
# shellcheck source=tests/command_line/says.sh
. "$(dirname "${BASH_SOURCE[0]}")/says.sh"
rm -rf work && mkdir work && cd work

# ---- settings from files -------------------------------------------------------------------------------------------

cat >some.toml <<'TOML'
recipe = "r1"
steps = 120
batch = 16
samples = 50
generator.hidden = [8]
[data]
name = "ring"
[discriminator]
hidden = [8]
[optimizer]
lr = 1e-3
TOML
cat >some.json <<'JSON'
{"recipe": "r1", "steps": 120, "batch": 16, "samples": 50, "generator": {"hidden": [8]}, "data": {"name": "ring"},
 "discriminator.hidden": [8], "optimizer": {"lr": 0.001}}
JSON
options=(--recipe r1 --data ring --steps 120 --batch 16 --set samples=50 'generator.hidden=[8]' 'discriminator.hidden=[8]' optimizer.lr=1e-3)
says 'settings from TOML' 0 '120 steps' "$ganvas" train --settings some.toml --out toml
says 'settings from JSON' 0 '120 steps' "$ganvas" train --settings some.json --out json
says 'the same by options' 0 '120 steps' "$ganvas" train "${options[@]}" --out options
says 'options over a file' 0 '130 steps' "$ganvas" train --settings some.toml --steps 130 --out more
says 'the settings of a run' 0 '120 steps' "$ganvas" train --settings toml/settings.json --out again
for run in json options again; do
  for file in settings.json checkpoint.safetensors best.safetensors losses.csv metrics.csv samples.npy samples.png; do
    same toml/$file $run/$file
  done
done
"$ganvas" recipes r1 --all --data ring --set steps=120 batch=16 samples=50 'generator.hidden=[8]' 'discriminator.hidden=[8]' \
  optimizer.lr=1e-3 >all.json
says 'all settings' 0 '120 steps' "$ganvas" train --settings all.json --out all
same toml/settings.json all/settings.json
same toml/checkpoint.safetensors all/checkpoint.safetensors

sed -i 's/^batch/bacth/' some.toml
says 'a wrong name in a file' 2 "Did you mean 'batch'" "$ganvas" train --settings some.toml --out wrong
head -c 100 some.json >half.json
says 'half a file' 2 'half.json' "$ganvas" train --settings half.json --out wrong
says 'a recipe that is not that of the file' 2 'leave --recipe out' "$ganvas" train --settings some.json --recipe gan --out wrong
says 'other data than those of a run' 0 '120 steps' "$ganvas" train --settings toml/settings.json --data grid --out grid
sed 's/"hash": "./"hash": "x/' toml/settings.json >other.json
says 'data that changed' 2 'not those that the training began with' "$ganvas" train --settings other.json --out wrong
says 'settings without a recipe' 2 '--all is about one recipe' "$ganvas" recipes --all
says 'what --data is for' 2 'give --all, too' "$ganvas" recipes r1 --data ring
says 'a setting that is not asked for' 2 'optimizer.alpha' "$ganvas" recipes r1 --all --set optimizer.alpha=0.5
[ ! -e wrong ] || { echo 'FAILED: a refused training left a folder'; failed=1; }

# ---- seeds, threads, epochs ----------------------------------------------------------------------------------------

mkdir -p kinds/green kinds/red
png green >kinds/green/1.png && cp kinds/green/1.png kinds/green/2.png
png red >kinds/red/1.png && cp kinds/red/1.png kinds/red/2.png
small=(--data kinds --batch 2 --set data.side=16 samples=8 'generator.channels=[16,8]' 'discriminator.channels=[8,16]')
for i in 1 2; do says "$i threads" 0 '12 steps' "$ganvas" train --recipe dcgan "${small[@]}" --steps 12 --threads $i --out threads$i; done
says 'another seed' 0 '12 steps' "$ganvas" train --recipe dcgan "${small[@]}" --steps 12 --seed 2 --out seed2
for file in settings.json checkpoint.safetensors losses.csv samples.npy; do
  same threads1/$file threads2/$file
  differ threads1/$file seed2/$file
done
for i in 1 2; do
  "$ganvas" sample --from threads1 --n 300 --seed 1 --threads $i --out s1_$i.npy >/dev/null
  "$ganvas" sample --from threads1 --n 300 --seed $((i + 1)) --out seed_$((i + 1)).npy >/dev/null
done
same s1_1.npy s1_2.npy
differ s1_1.npy seed_2.npy
differ seed_2.npy seed_3.npy
says 'epochs of two steps' 0 '6 steps' "$ganvas" train --recipe dcgan "${small[@]}" --epochs 3 --out epochs
says 'epochs over the steps of a file' 0 '8 steps' "$ganvas" train --settings epochs/settings.json --epochs 4 --out epochs4
says 'all settings with pictures' 0 '"batch": 2' "$ganvas" recipes dcgan --all "${small[@]:0:2}" --set batch=2 epochs=3 "${small[@]:5}"
"$ganvas" recipes dcgan --all "${small[@]:0:2}" --set batch=2 epochs=3 "${small[@]:5}" >all.json
says 'and by them' 0 '6 steps' "$ganvas" train --settings all.json --out all2
same epochs/settings.json all2/settings.json

# ---- what a generator is asked for ---------------------------------------------------------------------------------

# Class 0 is green and class 1 is red, by the folders' names. Trained a little, samples of a class have more of its colour.
says 'classes' 0 '600 steps' "$ganvas" train --recipe cgan --data kinds --batch 4 --steps 600 --out classes \
  --set data.side=8 samples=8 'generator.channels=[16]' 'discriminator.channels=[16]' optimizer.lr=2e-3
for class in 0 1; do
  says "class $class" 0 '40 samples' "$ganvas" sample --from classes --n 40 --class $class --out class$class.npy
  numbers class$class.npy | awk '{ sum[NR % 3] += $1 } END { print sum[1] / NR * 3, sum[2] / NR * 3 }' >means$class
done
read -r red0 green0 <means0
read -r red1 green1 <means1
holds 'class 0 is green' "$green0 > $red0 + 0.5"
holds 'class 1 is red' "$red1 > $green1 + 0.5"

# psi moves w towards its mean: 0 leaves the noise alone to tell samples apart.
says 'a style network' 0 '20 steps' "$ganvas" train --recipe style --data kinds --batch 4 --steps 20 --out style \
  --set data.side=8 samples=8 generator.base=64 generator.style=8 latent.noise=8 discriminator.base=64
for psi in 0 0.5 1; do
  says "psi $psi" 0 '16 samples' "$ganvas" sample --from style --n 16 --truncation $psi --out psi$psi.npy
  # The variance of each of the 8 x 8 x 3 numbers over the samples, summed.
  numbers psi$psi.npy | awk '{ i = NR % 192; s[i] += $1; q[i] += $1 * $1 }
    END { n = NR / 192; for (i in s) v += q[i] / n - (s[i] / n) ^ 2; print v }' >variance$psi
done
"$ganvas" sample --from style --n 16 --out whole.npy >/dev/null
same psi1.npy whole.npy
says 'pixels beyond 1' 2 'colour pictures take' "$ganvas" score --samples psi1.npy --data kinds
holds 'less variety' "$(cat variance0) < 0.7 * $(cat variance0.5) && $(cat variance0.5) < 0.7 * $(cat variance1)"

# ---- pictures of other kinds ---------------------------------------------------------------------------------------

# JPEG, 8 x 8 pixels, red and blue: the tables are the same.
mkdir jpeg rgba
jpeg=/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBD
jpeg+=ARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAIAAgDAREAAhEBAxEB/8QAFAABAAAA
base64 -d <<<"${jpeg}AAAAAAAAAAAAAAAABP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAEBv/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AABqR//Z" >jpeg/red.jpg
base64 -d <<<"${jpeg}AAAAAAAAAAAAAAAABf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAADBv/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AAlIF//Z" >jpeg/blue.JPEG
says 'JPEG' 0 '2 pictures of shape (8,8,3)' "$ganvas" train --recipe dcgan --data jpeg --set data.side=8 --smoke --out of_jpeg
says 'more in a batch than there are' 0 'A step takes all 2 samples of jpeg; the batch of 64' "$ganvas" train --recipe dcgan --data jpeg \
  --set data.side=8 --smoke --out all_of_them
# RGBA, 2 x 2 pixels: red, blue that is half there, green that is not there, nearly white.
rgba=iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAA
i=0
for end in EUlEQVR42mP4z8DwH4QZYAwAR8oH+Rq28akAAAAASUVORK5CYII= EElEQVR42mNgYPjfAMFQBgAw8AX98kaddAAAAABJRU5ErkJggg== \
  EElEQVR42mNg+M/AAMYwBgAl7AP96rPyrwAAAABJRU5ErkJggg== EUlEQVR42mP4////CRBmgDEAiRAPFeyen3gAAAAASUVORK5CYII=; do
  i=$((i + 1))
  base64 -d <<<"$rgba$end" >rgba/$i.png
done
says 'RGBA on white' 0 '4 pictures of shape (8,8,3)' "$ganvas" train --recipe dcgan --data rgba --set data.side=8 --smoke --out on_white
says 'RGBA' 0 '4 pictures of shape (8,8,4)' "$ganvas" train --recipe dcgan --data rgba --set data.side=8 data.channels=rgba samples=20 --smoke --out of_rgba
grep -aq '(20,8,8,4,)' of_rgba/samples.npy || { echo 'FAILED: samples without alpha'; failed=1; }
# Samples with alpha are compared with pictures with alpha, on a background that the network can see.
says 'transparent ones by nothing' 2 'sees transparent ones on --background' "$ganvas" score --samples of_rgba/samples.npy --data rgba
says 'nor from a training' 2 'sees transparent ones on --background' "$ganvas" score --from of_rgba -n 10
for i in 1 2 3 4; do for again in a b; do cp rgba/$i.png rgba/$i$again.png; done; done
says 'transparent ones by a network' 2 'get_resnet50.sh nowhere' "$ganvas" score --samples of_rgba/samples.npy --data rgba \
  --network resnet50 --weights nowhere --background black
says 'pictures read in another way' 2 'have shape' "$ganvas" score --samples of_rgba/samples.npy --data rgba --set data.side=16
says 'a setting of no pictures' 2 "no setting 'data.sides'" "$ganvas" score --samples of_rgba/samples.npy --data rgba --set data.sides=8
exit $failed
