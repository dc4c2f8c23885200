#!/usr/bin/env bash
# Tests examples/get_emoji.sh without a network and without the package: npm, curl and sha256sum are scripts of ours; the
# last gives a made-up archive and the pictures that belong to it the sums of the real ones.
# shellcheck disable=SC2016,SC2317  # check evaluates the conditions that it is given
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
script=$root/examples/get_emoji.sh
package=emoji-datasource-google
version=16.0.0
# shellcheck source=tests/data/npm_world.sh
. "$root/tests/data/npm_world.sh"

# ---- a made-up package: a flag, two faces, one of which has a variant, and a colour of skin, which is no emoji -----------

mkdir -p "$scratch/package/img/google/64"
pictures=$scratch/package/img/google/64
for name in flag face hand hand-dark dark; do echo "picture of $name" >"$pictures/$name.png"; done
printf '%s' '[{"name":"FLAG","unified":"1","au":null,"image":"flag.png","text":null,"category":"Flags","sort_order":1},' \
  '{"name":"FACE \"{\"","image":"face.png","texts":["a"],"category":"Smileys & Emotion","has_img_google":true},' \
  '{"name":"HAND","image":"hand.png","category":"People & Body","skin_variations":{"1F3FB":{"image":"hand-dark.png"}}},' \
  '{"name":"DARK","image":"dark.png","category":"Component"}]' >"$scratch/package/emoji.json"
tar czf "$scratch/archive.tgz" -C "$scratch" package
mkdir -p "$scratch/expected/flags" "$scratch/expected/smileys" "$scratch/expected/people"
cp "$pictures/flag.png" "$scratch/expected/flags"
cp "$pictures/face.png" "$scratch/expected/smileys"
cp "$pictures/hand.png" "$scratch/expected/people"
(cd "$scratch/expected" && printf '%s\n' ./flags/flag.png ./people/hand.png ./smileys/face.png &&
  cat flags/flag.png people/hand.png smileys/face.png) >"$scratch/stream"
cat >"$bin/sha256sum" <<FAKE
#!/usr/bin/env bash
cat >"$scratch/summed"
same() { [ "\$(cat "\$1" | base64)" = "\$(base64 <"$scratch/summed")" ]; }
if same "$scratch/archive.tgz"; then
  echo '$(sed -n 's/^npm_archive .* 16.0.0 \([0-9a-f]*\) .*/\1/p' "$script")  -'
elif same "$scratch/stream"; then
  echo '$(sed -n 's/^pictures_sum=//p' "$script")  -'
else
  echo '0000000000000000000000000000000000000000000000000000000000000000  -'
fi
FAKE
chmod +x "$bin/sha256sum"
ln -s "$(command -v base64)" "$bin/base64"

whole() { diff -r "$scratch/expected" "$1" >/dev/null; }

# ---- the tests --------------------------------------------------------------------------------------------------------

run "$scratch/none/emoji"
check 'nothing to fetch with' '[ $code -eq 2 ] && sentence && says "cannot get $archive"'
check 'no empty folder is left' '[ ! -e "$scratch/none" ]'

ln -s "$scratch/curl" "$bin/curl"
mkdir "$scratch/data"
echo stops >"$scratch/curl-does"
run "$scratch/data/emoji"
check 'a download that stops leaves its beginning, and no folder' \
  '[ $code -eq 2 ] && sentence && files "$scratch/data" 1 && [ "$(wc -c <"$scratch/data/.$archive.part")" -eq 100 ]'
echo works >"$scratch/curl-does"
run "$scratch/data/emoji"
check 'the next call goes on with it' '[ $code -eq 0 ] && says "Fetching the rest" && whole "$scratch/data/emoji"'
check 'nothing else is left' 'files "$scratch/data" 7'
rm "$scratch/asked"
run "$scratch/data/emoji/"
check 'the second time nothing is fetched' '[ $code -eq 0 ] && says "The emoji are in $scratch/data/emoji." && calls 0'

mv "$scratch/data/emoji/flags/flag.png" "$scratch/data/emoji/flags/other.png"
run "$scratch/data/emoji"
check 'a folder that holds something else is made anew' '[ $code -eq 0 ] && whole "$scratch/data/emoji" && calls 1'
check 'and kept' '[ -f "$scratch/data/emoji.old/flags/other.png" ] && says "is in $scratch/data/emoji.old now"'
mkdir "$scratch/data/empty"
run "$scratch/data/empty"
check 'an empty folder is filled' '[ $code -eq 0 ] && whole "$scratch/data/empty" && [ ! -e "$scratch/data/empty.old" ]'

echo lies >"$scratch/curl-does"
rm -f "$scratch/asked"
run "$scratch/lied/emoji"
check 'something else than the package' '[ $code -eq 2 ] && says "damaged again" && calls 2 && [ ! -e "$scratch/lied" ]'
echo works >"$scratch/curl-does"
rm "$pictures/hand.png"
tar czf "$scratch/archive.tgz" -C "$scratch" package
run "$scratch/short/emoji"
check 'a package without a picture of its table' '[ $code -eq 2 ] && says "cannot sort the pictures" && [ ! -e "$scratch/short/emoji" ]'

: >"$scratch/file"
run "$scratch/file"
check 'a file in the way' '[ $code -eq 2 ] && sentence && says "it is a file"'
run "$scratch/file/emoji"
check 'a folder that cannot be' '[ $code -eq 2 ] && sentence && says "cannot write into"'
check_arguments

[ $failed -eq 0 ] && echo "examples/get_emoji.sh does what it should."
exit $failed
