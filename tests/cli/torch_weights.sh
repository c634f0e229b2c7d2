#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# 06_torch_weights.py writes the file that is committed, but for PyTorch's roundings; 06_torch_weights reproduces it, and
# refuses files that it cannot use. Where no Python has PyTorch, it ends with 77.
# Usage: torch_weights.sh PROGRAM FOLDER-OF-THE-EXAMPLE
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
folder=$2

python=''
for each in $(type -ap python3); do
  if "$each" -c 'import torch' 2>/dev/null; then python=$each && break; fi
done
if [ -z "$python" ]; then
  echo 'skipped: no python3 here has PyTorch'
  exit 77
fi

compare='
import json, struct, sys
def read(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__")
    return header, struct.unpack(f"<{(len(data) - 8 - size) // 4}f", data[8 + size :])
(new, numbers), (old, wanted) = map(read, sys.argv[1:])
off = [(a, b) for a, b in zip(numbers, wanted) if not abs(a - b) < 1e-5]
sys.exit(f"wanted the committed tensors to 1e-5, got {off or new}" if off or new != old else 0)
'
"$python" "$folder/06_torch_weights.py" new.safetensors >stdout 2>stderr
expect 'the export succeeds' [ $? -eq 0 ]
expect 'one file is there' [ "$(everything | tr '\n' ' ')" = '. ./new.safetensors ' ]
"$python" -c "$compare" new.safetensors "$folder/06_torch_weights.safetensors" >stdout 2>stderr
expect 'the export is the committed file' [ $? -eq 0 ]
"$program" new.safetensors >stdout 2>stderr
expect 'the outputs are those of the export' [ $? -eq 0 ]
head -c -4 new.safetensors >short.safetensors
refuses 'wanted an end within the 1876 bytes of data, got 1880' short.safetensors
refuses 'wanted a file.safetensors' new.safetensors twice
summary
