#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sbibm writes 10,000 samples of a posterior that lie where the crescents are, and refuses what it cannot read.
# Usage: sbibm.sh PROGRAM
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
printf 'data_1,data_2\n-0.64,0.16\n' > seen.csv
"$program" --task two_moons --observation seen.csv --simulations 20000 --steps 100 --out samples.csv --json out.json \
  > stdout 2> stderr
expect 'samples are written' [ "$(wc -l < samples.csv)" -eq 10001 ]
expect 'the header names both parameters' grep -q '^parameter_1,parameter_2$' samples.csv
expect 'the results say how far it came' grep -q '"status"' out.json
# theta_2 - theta_1 is about sqrt(2) 0.16, with the crescents' radius of 0.1 on either side.
expect 'they lie where the observation puts them' awk -F, \
  'NR > 1 { n += ($2 - $1 > 0.05 && $2 - $1 < 0.41) } END { exit n < 9000 }' samples.csv
"$program" --task two_moons --observation seen.csv --simulations 4000 --rounds 4 --steps 20 --distance 0.5 > stdout 2> stderr
expect 'a black box is sampled too' grep -q '"effective_samples"' stdout

printf 'data_1,data_2\n1,nan\n' > nan.csv
printf 'data_1,data_2\n1,2,3\n' > wide.csv
printf 'data_1,data_2\n' > empty.csv
defaults=(--task two_moons --observation seen.csv)
refuses 'could not be read' --observation absent.csv
refuses 'nan.csv: line 2: wanted 2 finite numbers' --observation nan.csv
refuses 'wide.csv: line 2: wanted 2 finite numbers' --observation wide.csv
refuses 'empty.csv: wanted a header and a row' --observation empty.csv
refuses 'absent/out.csv' --out absent/out.csv
refuses 'not in' --task three_moons
refuses 'seen.csv: line 2' --task slcp
summary
