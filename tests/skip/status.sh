#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A test program ends with 77 only where something was skipped and nothing failed.
# Usage: status.sh PROGRAM-OF-CASES.CPP
set -uo pipefail
# shellcheck source=../cli/common.sh
source "${BASH_SOURCE[0]%/*}/../cli/common.sh"

ends_with() { # STATUS NUMBER CASES: so many test cases, with commas between their names, in one run
  "$program" --test-case="$3" > stdout 2> stderr
  expect "$3: exit status $1" [ $? -eq "$1" ]
  expect "$3: $2 test cases" grep -q "test cases: *$2 " stdout
}
ends_with 0 1 'pass'
ends_with 77 1 'skip'
ends_with 77 2 'pass,skip'
ends_with 77 1 'pass then skip then pass'
ends_with 1 1 'fail'
ends_with 1 1 'skip then fail'
ends_with 1 1 'fail then skip'
ends_with 1 1 'skip then throw'
ends_with 1 2 'skip,fail'
summary
