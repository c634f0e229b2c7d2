#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# 01_two_moons refuses arguments that it does not know: exit status 1, one line on stderr, no picture.
# Usage: two_moons_arguments.sh PROGRAM
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
refuses 'wanted --check or nothing, got ' --chek
refuses 'wanted --check or nothing, got ' --check twice
refuses 'wanted --check or nothing, got ' --help
summary
