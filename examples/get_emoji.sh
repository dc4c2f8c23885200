#!/usr/bin/env bash
# Makes sure that a folder holds emoji as pictures: what is there is checked, what is missing is fetched.
set -euo pipefail
unset CDPATH
trap '[ $? -ne 1 ] || exit 2' EXIT  # what no line below foresees: a full or closed standard output
# shellcheck source=examples/npm_archive.sh
. "$(dirname "${BASH_SOURCE[0]}")/npm_archive.sh"

usage() {
  cat <<'USAGE'
usage: examples/get_emoji.sh [DIR]
  DIR   where the pictures are or shall be (data/emoji)
1,906 pictures of 64 x 64 with transparency (6 MB), in a folder for each kind: activities, animals, flags, food, objects,
people, smileys, symbols, travel. They are Google's Noto Emoji (Apache licence 2.0) as the npm package
emoji-datasource-google@16.0.0 has them (74 MB to fetch), without variants of skin and hair. The package comes from the
registry that npm is configured for, or else from registry.npmjs.org; archive and pictures are checked by their SHA-256.
A folder that holds something else is kept as DIR.old. Exit code 2: the pictures are not there and cannot be fetched.
USAGE
}

folder_argument data/emoji "$@"
dir=${dir%/}

# The names of the pictures in a folder and what they hold, in one sum.
pictures_sum=8481743d503d74a27be4f39b5164b8711121c9dca2bd8d224bb0e67c30af440c
whole() {
  [ -d "$1" ] || return 1
  [ "$(cd "$1" && { find . -type f | LC_ALL=C sort && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 cat; } | sum_of)" = \
    $pictures_sum ]
}
if whole "$dir"; then
  echo "The emoji are in $dir."
  exit 0
fi
[ ! -e "$dir" ] || [ -d "$dir" ] || die "cannot write into $dir: it is a file; choose another name."

# The archive goes beside the folder, so that the folder is there only when it is whole.
beside=$(dirname -- "$dir")
npm_archive emoji-datasource-google 16.0.0 fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438 74344091 "$beside"

# The table of the package is one line of JSON; each emoji begins with its name and has its picture and kind among the
# first fields, before its variants.
sort_pictures() {
  local kind image
  while read -r kind image; do
    mkdir -p "$temporary/emoji/$kind" && mv "$unpacked/img/google/64/$image" "$temporary/emoji/$kind/" || return 1
  done < <(awk '
    BEGIN { RS = "[{]\"name\":" }
    function field(name,   at, rest) {
      at = index($0, "\"" name "\":\"")
      if (!at) return ""
      rest = substr($0, at + length(name) + 4)
      return substr(rest, 1, index(rest, "\"") - 1)
    }
    {
      image = field("image"); kind = tolower(field("category")); sub(/ .*/, "", kind)
      if (image != "" && kind != "component") print kind, image
    }' "$unpacked/emoji.json")
}
sort_pictures || die "cannot sort the pictures in $temporary; is the disk full?"
whole "$temporary/emoji" || die "the pictures are not what they should be."
if [ -d "$dir" ] && ! rmdir "$dir" 2>/dev/null; then
  spare=$dir.old
  while [ -e "$spare" ]; do spare=$spare.old; done
  mv "$dir" "$spare" || die "cannot rename $dir."
  echo "What was in $dir is in $spare now."
fi
mv "$temporary/emoji" "$dir" || die "cannot write $dir."
rm -f "$part"
echo "The emoji are in $dir."
