#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sbibm writes 10,000 samples of a posterior that lie where the crescents are, and refuses what it cannot read.
# Usage: sbibm.sh PROGRAM
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
printf 'data_1,data_2\n-0.64,0.16\n' > seen.csv
printf 'data_1,data_2,data_3,data_4,data_5,data_6,data_7,data_8\n1,2,1.5,1,0.3,2,0.7,1.2\n' > slcp.csv
"$program" --task two_moons --observation seen.csv --simulations 20000 --steps-per-round 100 --out samples.csv --json out.json \
  > stdout 2> stderr
expect 'samples are written' [ "$(wc -l < samples.csv)" -eq 10001 ]
expect 'the header names both parameters' grep -q '^parameter_1,parameter_2$' samples.csv
expect 'the results say how far it came' grep -q '"status"' out.json
# theta_2 - theta_1 is about sqrt(2) 0.16, with the crescents' radius of 0.1 on either side.
expect 'they lie where the observation puts them' awk -F, \
  'NR > 1 { n += ($2 - $1 > 0.05 && $2 - $1 < 0.41) } END { exit n < 9000 }' samples.csv
"$program" --task slcp --observation slcp.csv --simulations 2000 --rounds 2 --steps-per-round 5 --mode mace > stdout 2> stderr
expect 'a likelihood above 1 is scored for the tuner too' grep -q '"seconds"' stdout
"$program" --task two_moons --observation seen.csv --simulations 20000 --rounds 5 --steps-per-round 100 --distance --tolerance 0.05 \
  --out box.csv > stdout 2> stderr
expect 'a black box tells the tolerance that was reached' grep -q '"tolerance"' stdout
expect 'its samples lie there too' awk -F, 'NR > 1 { n += ($2 - $1 > 0 && $2 - $1 < 0.46) } END { exit n < 9000 }' box.csv

printf 'data_1,data_2\n1,nan\n' > nan.csv
printf 'data_1,data_2\n1,2,3\n' > wide.csv
printf 'data_1,data_2\n' > empty.csv
defaults=(--task two_moons --observation seen.csv)
refuses 'could not be read' --observation absent.csv
refuses 'nan.csv: line 2: wanted 2 finite numbers' --observation nan.csv
refuses 'wide.csv: line 2: wanted 2 finite numbers' --observation wide.csv
refuses 'empty.csv: wanted a header and a row' --observation empty.csv
refuses 'absent/out.csv' --out absent/out.csv
refuses 'requires --distance' --tolerance 0.1
refuses 'excludes' --likelihood --distance
refuses 'not in' --task three_moons
refuses 'not in {' --mode is
refuses 'not in {' --method is
refuses 'seen.csv: line 2' --task slcp
summary
