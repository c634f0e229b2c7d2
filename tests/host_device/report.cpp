// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "host_device.hpp"
#include "memory.hpp"

namespace host_device {

namespace {

std::recursive_mutex& mutex() {
  static std::recursive_mutex& one = *new std::recursive_mutex;
  return one;
}
std::vector<std::string>& violations() {
  static std::vector<std::string>& all = *new std::vector<std::string>;
  return all;
}
int depth = 0;
thread_local cudaError_t last_error = cudaSuccess;

constexpr int failed = 70;  // the exit status of a process that did something wrong

/// Runs after all else that ends with the process.
[[gnu::destructor(101)]] void judge() {
  const Live left = live();
  const std::array<std::pair<std::size_t, const char*>, 7> kinds = {{{left.allocations, "allocations"},
                                                                     {left.pinned, "pinned allocations"},
                                                                     {left.streams, "streams"},
                                                                     {left.events, "events"},
                                                                     {left.graphs, "graphs"},
                                                                     {left.executables, "executable graphs"},
                                                                     {left.handles, "cuBLAS handles"}}};
  for (const auto& [count, kind] : kinds)
    if (count > 0) violation("left at exit: " + std::to_string(count) + " " + kind);
  if (violations().empty()) return;
  std::fprintf(stderr, "host device: %zu violations\n", violations().size());
  std::fflush(nullptr);
  _exit(failed);
}

}  // namespace

void violation(const std::string& what) {
  const std::lock_guard lock(mutex());
  violations().push_back(what);
  std::fprintf(stderr, "host device: %s\n", what.c_str());
}
cudaError_t violation(cudaError_t status, const std::string& what) {
  violation(what);
  return answer(status);
}
void fatal(const std::string& what) {
  std::fflush(stdout);
  std::fprintf(stderr, "host device: fatal: %s\n", what.c_str());
  void* frames[40];
  backtrace_symbols_fd(frames, backtrace(frames, 40), STDERR_FILENO);
  _exit(failed + 1);
}
cudaError_t answer(cudaError_t status) {
  if (status != cudaSuccess) last_error = status;
  return status;
}

Entry::Entry() : lock_(mutex()) {
  ++depth;
}
Entry::~Entry() {
  if (--depth == 0) close_memory();
}

std::vector<std::string> take_violations() {
  const Entry entry;
  return std::exchange(violations(), {});
}

}  // namespace host_device

using host_device::last_error;

cudaError_t cudaGetLastError() {
  return std::exchange(last_error, cudaSuccess);
}
cudaError_t cudaPeekAtLastError() {
  return last_error;
}

namespace {

struct Text {
  cudaError_t status;
  const char *name, *text;
};
constexpr Text texts[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorIllegalAddress, "cudaErrorIllegalAddress", "an illegal memory access was encountered"},
    {cudaErrorNotSupported, "cudaErrorNotSupported", "operation not supported"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorStreamCaptureImplicit, "cudaErrorStreamCaptureImplicit",
     "operation would make the legacy stream depend on a capturing blocking stream"},
};

}  // namespace

const char* cudaGetErrorName(cudaError_t status) {
  for (const Text& t : texts)
    if (t.status == status) return t.name;
  return "unrecognized error code";
}
const char* cudaGetErrorString(cudaError_t status) {
  for (const Text& t : texts)
    if (t.status == status) return t.text;
  return "unrecognized error code";
}
