# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the programs' command lines share. A test sources this file, with the program as its first argument; it
# then runs in an empty folder, which is removed at its end, and `summary` is its last command.
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
defaults=() # pairs of a flag and its value, for every call that is to fail and does not say otherwise
failures=0 cases=0

results_in() { # FOLDER: how many files a run left there, but for the report, which is not built everywhere
  find "$1" -type f ! -name report.html | wc -l
}

found() { # JSON: the results in it, without what the clock says
  sed '/"seconds": {/,/}/d' "$1"
}
same_results() { # JSON JSON
  [ -n "$(found "$1")" ] && [ "$(found "$1")" = "$(found "$2")" ]
}

failed() { # TEXT...
  echo "FAILED: $*"
  failures=$((failures + 1))
}

everything() { # all files and folders here but the two that runs are logged to, and what is remembered of a robot
  find . ! -name stdout ! -name stderr ! -name '*.mace' | sort
}

fails() { # WANTED-WORDS ARGUMENTS...: an error at any time: exit status 1, one line that says why, nothing written
  local words=$1 status errors before i
  shift
  local flags=("$@")
  for ((i = 0; i < ${#defaults[@]}; i += 2)); do
    [[ " $* " == *" ${defaults[i]} "* ]] || flags+=("${defaults[@]:i:2}")
  done
  cases=$((cases + 1))
  before=$(everything)
  "$program" "${flags[@]}" >stdout 2>stderr
  status=$?
  errors=$(grep -v '^tuning: ' stderr) # which is progress
  if [ $status -ne 1 ] || [ "$(wc -l <<<"$errors")" -ne 1 ] || [[ $errors != "${program##*/}: "*"$words"* ]] ||
    [ "$(everything)" != "$before" ]; then
    failed "$*: status $status, wanted \"$words\", got: $errors; files: $(diff <(everything) - <<<"$before")"
  fi
}

refuses() { # WANTED-WORDS ARGUMENTS...: an error before the work
  fails "$@"
  if [ -s stdout ] || grep -q '^tuning: ' stderr; then failed "${*:2}: refused only after the work"; fi
}

refuses_without_gpu() { # ARGUMENTS...: a device that is not there is refused, and never the CPU taken instead
  command -v nvidia-smi >/dev/null || refuses 'cuda: wanted a' --device cuda "$@"
}

expect() { # WHAT CONDITION...: of what the last run left
  cases=$((cases + 1))
  "${@:2}" || failed "$1: $(cat stdout stderr)"
}

summary() {
  echo "$((cases - failures)) passed, $failures failed"
  [ $failures -eq 0 ]
}
