# Sourced by the tests of scripts that fetch packages of the npm registry: a small world without a network, in which npm and
# curl are scripts of ours. Wants $script, $package and $version; $scratch/archive.tgz is what its registry has.
# shellcheck shell=bash disable=SC2034,SC2154,SC2317  # variables of the tests, functions that they call by name

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
archive=$package-$version.tgz

# Only these programs are on the PATH.
bin=$scratch/bin
mkdir "$bin"
for tool in bash env head tail gzip cat cut tr mkdir rmdir mktemp rm cp mv wc tar dirname find sort xargs awk; do
  ln -s "$(command -v $tool)" "$bin/$tool"
done

# npm: a registry of its own, and npm pack, which works if there is $scratch/npm-works.
cat >"$scratch/npm" <<FAKE
#!/usr/bin/env bash
if [ "\$*" = 'config get registry' ]; then echo https://registry.example/npm/; exit; fi
[ "\$1 \$2" = 'pack $package@$version' ] && [ -e "$scratch/npm-works" ] || exit 1
cp "$scratch/archive.tgz" $archive
FAKE
# curl: writes down what it was asked for; goes on with what is there; \$scratch/curl-does says how it ends.
cat >"$scratch/curl" <<FAKE
#!/usr/bin/env bash
while [ \$# -gt 1 ]; do [ "\$1" != --output ] || out=\$2; shift; done
echo "\$1" >>"$scratch/asked"
have=0
[ ! -f "\$out" ] || have=\$(wc -c <"\$out")
case \$(cat "$scratch/curl-does") in
  works) tail -c +\$((have + 1)) "$scratch/archive.tgz" >>"\$out" ;;
  stops) head -c 100 "$scratch/archive.tgz" >"\$out"; exit 18 ;;
  lies) echo '<html>try later</html>' >"\$out" ;;
  *) exit 6 ;;
esac
FAKE
chmod +x "$scratch/npm" "$scratch/curl"

# shellcheck source=tests/data/script_checks.sh
. "$root/tests/data/script_checks.sh"
calls() { [ "$(wc -l 2>/dev/null <"$scratch/asked" || echo 0)" -eq "$1" ]; }
files() { [ "$(find "$1" -mindepth 1 | wc -l)" -eq "$2" ]; }
