# Sourced by the tests of scripts that fetch data: how they are called and what is said of the outcome. Wants $script, and in
# $bin the programs that it may call; writes into $scratch. The test ends with exit code $failed.
# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2317  # check evaluates the conditions that it is given

failed=0

# run ARGUMENTS...: calls the script in the small world; sets code, and leaves out and err.
run() {
  code=0
  PATH=$bin bash "$script" "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
}
check() {
  if ! eval "$2"; then
    echo "FAILED: $1: $2 (code $code)"
    sed 's/^/  out: /' "$scratch/out"
    sed 's/^/  err: /' "$scratch/err"
    failed=1
  fi
}
says() { grep -qF -- "$1" "$scratch/out" "$scratch/err"; }
sentence() { [ "$(wc -l <"$scratch/err")" -eq 1 ]; }

# What every script says of its arguments.
check_arguments() {
  run ''
  check 'a folder without a name' '[ $code -eq 2 ] && sentence && says "is empty"'
  run --colour
  check 'an unknown option' '[ $code -eq 2 ] && says "unknown option --colour"'
  run a b
  check 'two folders' '[ $code -eq 2 ] && says "one folder is enough"'
  run --help
  check 'help' '[ $code -eq 0 ] && says "usage:"'
}
