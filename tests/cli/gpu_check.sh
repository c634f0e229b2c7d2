#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The logic of scripts/gpu_check.sh, with stubs for what needs a GPU: it runs every step, goes on after one that fails, says
# so in the end, and leaves a receipt, from which scripts/check_gpu.sh makes what README.md says.
# Usage: gpu_check.sh SCRIPT
set -uo pipefail
script=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir -p bin build/tests build/examples/ladder build/benchmarks results
stub() { # PATH COMMANDS: notes its call
  printf '#!/bin/sh\necho "%s $*" >> %s/calls\n%s\n' "${1##*/}" "$work" "$2" > "$1"
  chmod +x "$1"
}
stub bin/cmake ''
stub bin/nvcc 'echo "Cuda compilation tools, release 13.0, V13.0.88"'
stub bin/nvidia-smi 'case "$1" in *compute_cap) echo 8.7 ;; *driver*) echo 570.1 ;; *) echo "A GPU" ;; esac'
stub bin/compute-sanitizer 'echo "test cases: 3 | 3 passed"; case "$2" in racecheck) exit 9 ;; synccheck) kill -9 $PPID ;; esac'
# Reports as doctest's for JUnit are; of the cases outside of parity.cu one fails.
cat > cases.xml << 'XML'
<testsuites>
    <testcase classname="parity.cu" name="normals are the host&apos;s" time="0.1" status="run"/>
    <testcase classname="rounds.cu" name="2 &lt; 3 &amp; so on" time="0.2" status="run">
      <failure message="0 == 1" type="CHECK"/>
    </testcase>
    <testcase classname="devices.cu" name="two devices" time="0.1" status="run"/>
</testsuites>
XML
stub build/tests/test_cuda 'case "$*" in *--source-file-exclude*) echo "skipped: no second device (there is one); in \"two devices\""; cp cases.xml "$(echo "$*" | sed "s/.*--out=\([^ ]*\).*/\1/")"; exit 1 ;; esac'
sed -i "s| cp cases.xml| cp $work/cases.xml|" build/tests/test_cuda
stub build/examples/ladder/04_gpu ''
stub build/benchmarks/tunings 'echo "{}" > "$2"'
stub build/benchmarks/kernels 'echo "{}" > "$1"'
export PATH=$work/bin:$PATH MACE_GPU_BUILD=$work/build

failures=0
expect() { # WHAT CONDITION...
  "${@:2}" || { echo "FAILED: $1: $(cat "$work/out" "$work/calls")" && failures=$((failures + 1)); }
}
receipt=results/gpu_receipt.json
"$script" results > out 2>&1
status=$?
expect 'a tool that finds something fails the run' [ $status -eq 1 ]
expect 'the tests run' grep -q '^test_cuda .*--source-file=\*parity\*' calls
expect 'the example runs' grep -q '^04_gpu' calls
for tool in memcheck racecheck initcheck synccheck; do expect "$tool runs" grep -q "compute-sanitizer --tool $tool" calls; done
expect 'what comes after a failure runs' grep -q '^tunings 50 ' calls
expect 'the kernels are timed' grep -q '^kernels ' calls
expect 'it is built for the card that is there' grep -q 'CUDA_ARCHITECTURES=87 ' calls
expect 'the receipt is JSON' python3 -m json.tool $receipt /dev/null
expect 'the receipt names the device' grep -q '"device": "A GPU"' $receipt
expect 'the receipt tells which step failed' grep -q '"racecheck": {"status": 9' $receipt
expect 'and that one was killed' grep -q '"synccheck": {"status": 137' $receipt
expect 'the others passed' grep -q '"initcheck": {"status": 0' $receipt
expect 'the receipt tells which case passed' grep -q "\"normals are the host's\": \"passed\"" $receipt
expect 'and which failed' grep -q '"2 < 3 & so on": "failed"' $receipt
expect 'and which was skipped' grep -q '"two devices": "skipped"' $receipt
expect 'the receipt has the hash of each header' grep -q '"include/mace/tune/tuner.hpp": "[0-9a-f]\{64\}"' $receipt
stub bin/compute-sanitizer 'exit 77'
stub build/tests/test_cuda 'exit 77'
"$script" results > out 2>&1
expect 'a run in which no case runs fails, though it says skipped' [ $? -eq 1 ]
stub bin/compute-sanitizer 'echo "test cases: 3 | 3 passed"; exit 77'
stub build/tests/test_cuda "cp $work/cases.xml"' "$(echo "$*" | sed "s/.*--out=\([^ ]*\).*/\1/")"; exit 77'
"$script" results > out 2>&1
expect 'a run that skips a case and fails none passes' [ $? -eq 0 ]
stub bin/nvidia-smi 'exit 9'
"$script" results > out 2>&1
expect 'without a GPU it refuses' [ $? -eq 1 ]
expect 'and says why' grep -q 'wanted a GPU and its driver' out
"$script" --help > out 2>&1
expect 'a flag that it does not know is no folder' [ $? -eq 2 ]
expect 'and it says what it wanted' grep -q 'wanted --prefetch or a folder, got --help' out
MACE_GPU_SECONDS=soon "$script" results > out 2>&1
expect 'a time that is no number is refused' [ $? -eq 2 ]

# A small project of its own, of which two headers ran on a GPU.
mkdir -p project/scripts project/docs project/benchmarks/results project/benchmarks/cuda project/include project/tests/cuda \
  project/tests/support project/examples/{common,ladder} project/cmake
cp "$(dirname "$script")"/{check_gpu,gpu_sources}.sh project/scripts
cd project || exit 1
touch include/{a,b}.hpp examples/ladder/04_gpu.cpp tests/{main.cpp,headers.cmake} CMakeLists.txt cmake/developer.cmake
echo 'It works: <!-- gpu -->of course<!-- /gpu -->.' > README.md
scripts/check_gpu.sh > ../out 2>&1
expect 'a page that claims what no receipt says fails' [ $? -eq 1 ]
scripts/check_gpu.sh --fix > ../out 2>&1 && scripts/check_gpu.sh > ../out 2>&1
expect 'what --fix writes passes' [ $? -eq 0 ]
expect 'without a receipt nothing has run' grep -q 'It works: <!-- gpu -->nothing of it has run on a GPU yet<!-- /gpu -->.' README.md
echo 'Here too: <!-- gpu -->nothing of it has run on a GPU yet<!-- /gpu -->.' > docs/backends.md
scripts/check_gpu.sh > ../out 2>&1
expect 'a second page that says it fails' [ $? -eq 1 ]
expect 'and is named' grep -qx docs/backends.md ../out
rm docs/backends.md
cat > benchmarks/results/gpu_receipt.json << JSON
{
  "commit": "0123456789abcdef+",
  "device": "A GPU",
  "toolkit": "13.0",
  "steps": {
    "memcheck": {"status": 0, "seconds": 1},
    "racecheck": {"status": 9, "seconds": 1},
    "initcheck": {"status": 0, "seconds": 1},
    "synccheck": {"status": 0, "seconds": 1}
  },
  "tests": {
    "one": "passed",
    "two": "failed",
    "three": "skipped"
  },
  "sources": {
$(scripts/gpu_sources.sh | sed 's/^\([0-9a-f]*\)  \(.*\)/    "\2": "\1"/; $!s/$/,/')
  }
}
JSON
echo changed > include/b.hpp
scripts/check_gpu.sh --fix > ../out 2>&1
expect 'a source that has changed is named' grep -qx 'include/b.hpp' ../out
expect 'and no other' [ "$(grep -c hpp ../out)" -eq 1 ]
expect 'the page says what the receipt says' grep -q 'with CUDA 13.0, 1 of its 3 test cases passed and 1 were skipped at commit 0123456789ab+; .* memcheck, initcheck, synccheck passed, racecheck did not<' README.md
head -c 200 benchmarks/results/gpu_receipt.json > cut && mv cut benchmarks/results/gpu_receipt.json
scripts/check_gpu.sh --fix > ../out 2>&1
expect 'a receipt that is cut off is refused' [ $? -eq 1 ]
: > benchmarks/results/gpu_receipt.json
scripts/check_gpu.sh --fix > ../out 2>&1
expect 'and so is an empty one' [ $? -eq 1 ]
cd ..
[ $failures -eq 0 ] && echo passed
exit $failures
