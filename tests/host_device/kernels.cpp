// SPDX-License-Identifier: Apache-2.0
// The launch of a kernel, and what a device would refuse of it.
#include <map>
#include <string>
#include <utility>

#include "block.hpp"
#include "checker.hpp"
#include "report.hpp"
#include "streams.hpp"

namespace host_device {

namespace {

constexpr std::size_t shared_bytes_unasked = 48 * 1024, most_argument_bytes = 4096;

std::map<const void*, std::size_t>& allowed() {
  static std::map<const void*, std::size_t>& all = *new std::map<const void*, std::size_t>;
  return all;
}
Watcher& nobody() {
  static Watcher& one = *new Watcher;
  return one;
}
Watcher* watching = nullptr;

}  // namespace

cudaError_t launch(Kernel kernel, const cudaLaunchConfig_t& config) {
  const Entry entry;
  kernel.blocks = config.gridDim;
  kernel.threads = config.blockDim;
  kernel.shared_bytes = config.dynamicSmemBytes;
  const auto refuse = [&](const std::string& what) {
    return violation(cudaErrorInvalidConfiguration, what + ", in a kernel of " + kernel.name);
  };
  CUstream_st* const stream = stream_of(config.stream);
  if (stream == nullptr) return violation(cudaErrorInvalidResourceHandle, "a kernel for no stream");
  if (const auto status = refuse_other_device("a kernel", *stream)) return status;
  if (config.gridDim.y != 1 || config.gridDim.z != 1 || config.blockDim.y != 1 || config.blockDim.z != 1)
    return refuse("grids and blocks are of one dimension here");
  if (config.gridDim.x == 0 || config.gridDim.x > 0x7fffffffu)
    return refuse("a grid of " + std::to_string(config.gridDim.x) + " blocks");
  if (config.blockDim.x == 0 || config.blockDim.x > 1024)
    return refuse("a block of " + std::to_string(config.blockDim.x) + " threads");
  const auto asked = allowed().find(kernel.function);
  if (kernel.shared_bytes > (asked != allowed().end() ? asked->second : shared_bytes_unasked))
    return refuse("more shared memory than was asked for, " + std::to_string(kernel.shared_bytes) + " bytes");
  if (kernel.argument_bytes > most_argument_bytes)
    return refuse(std::to_string(kernel.argument_bytes) + " bytes of arguments");
  const char* const name = kernel.name;
  return enqueue(stream, {.name = name, .device = stream->device, .run = [k = std::move(kernel)] { run(k); }});
}
cudaError_t allow_shared_memory(const void* function, std::size_t bytes) {
  const Entry entry;
  if (bytes > most_shared_bytes) return violation(cudaErrorInvalidValue, "more shared memory than a block can have");
  allowed()[function] = bytes;
  return cudaSuccess;
}

Watcher& watcher() {
  return watching != nullptr ? *watching : nobody();
}
void watch(Watcher& watcher) {
  watching = &watcher;
}

}  // namespace host_device
