# shellcheck shell=bash
# To be sourced by the tests of the command line tool, which then end with `exit $failed`.
# shellcheck disable=SC2034  # `failed` is read there
failed=0

# says WHAT CODE WORDS COMMAND...: the command ends with that code and prints the words somewhere.
says() {
  local what=$1 code=$2 words=$3 output got=0
  shift 3
  output=$("$@" 2>&1 </dev/null) || got=$?
  if [ "$got" != "$code" ] || ! grep -qF -- "$words" <<<"$output"; then
    printf 'FAILED: %s: exit code %s (expected %s), output:\n%s\n' "$what" "$got" "$code" "$output"
    failed=1
  fi
}

# same A B, differ A B: the bits of two files.
same() { cmp -s "$1" "$2" || { echo "FAILED: $1 and $2 differ"; failed=1; }; }
differ() {
  if [ ! -s "$1" ] || [ ! -s "$2" ] || cmp -s "$1" "$2"; then
    echo "FAILED: $1 and $2 do not differ"
    failed=1
  fi
}

# holds WHAT AWK_EXPRESSION: of numbers.
holds() { awk "BEGIN { exit !($2) }" || { echo "FAILED: $1: $2"; failed=1; }; }

# numbers FILE.npy: the float32 numbers in it, one a line.
numbers() {
  local length
  length=$(od -An -tu2 -j8 -N2 "$1")
  od -An -v -w4 -tf4 -j$((length + 10)) "$1"
}

# A picture of 2 x 2 pixels of one colour, in base64: png red >red.png
png() {
  local begin=iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAA end
  case $1 in
    red) end=EElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg== ;;
    green) end=D0lEQVR42mNg+M8AQhAKABvyA/3ULwSAAAAAAElFTkSuQmCC ;;
    blue) end=D0lEQVR42mNgYPgPRmAKABf2A/3HkIu0AAAAAElFTkSuQmCC ;;
    yellow) end=EElEQVR42mP4/58BiBggFAA70gf5JW7jNwAAAABJRU5ErkJggg== ;;
  esac
  base64 -d <<<"$begin$end"
}
