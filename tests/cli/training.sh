# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the programs that train share: see common.sh. The test sets `steps`.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
checkpoint=parts.safetensors.checkpoint

# What is not interrupted: whole.safetensors.
train_whole() {
  defaults=(--steps "$steps" --out refused.safetensors)
  "$program" --steps "$steps" --out whole.safetensors >stdout 2>stderr
  expect 'a training ends well' [ $? -eq 0 ]
}

# What is: a checkpoint and no prior.
interrupt() {
  : >stderr
  "$program" --steps "$steps" --out parts.safetensors >stdout 2>stderr &
  until grep -q 'step 2' stderr || ! kill -0 $! 2>/dev/null; do sleep 0.01; done # its progress
  kill -TERM $!
  wait $!
  expect 'SIGTERM ends a training' [ $? -eq 1 ]
  expect 'it says how to go on' grep -q "interrupted after .* steps; to go on, add --resume $checkpoint\$" stderr
  expect 'it writes no prior' [ ! -e parts.safetensors ]
}

resume() { # FLAGS...: from the checkpoint to the same prior
  "$program" --steps "$steps" --out parts.safetensors --resume $checkpoint "$@" >stdout 2>stderr
  expect 'a resumed training ends well' [ $? -eq 0 ]
  expect 'it ends where one does that was not interrupted' cmp whole.safetensors parts.safetensors
  expect 'it leaves no checkpoint' [ ! -e $checkpoint ]
}
