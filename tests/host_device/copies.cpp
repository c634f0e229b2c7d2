// SPDX-License-Identifier: Apache-2.0
// Copies and memsets. Pageable memory of the host is staged, or read when it is the copy's turn; to pageable memory a
// copy returns when it is done.
#include <cstring>
#include <vector>

#include "checker.hpp"
#include "memory.hpp"
#include "report.hpp"
#include "settings.hpp"
#include "streams.hpp"

using namespace host_device;

namespace {

void set(void* to, int value, std::size_t bytes) {
  if (!clears(to, value, bytes)) std::memset(to, value, bytes);
  watcher().written(to, bytes);
}

}  // namespace

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  const Entry entry;
  if (bytes == 0) return cudaSuccess;
  const bool to_device = is_device_memory(to), from_device = is_device_memory(from);
  const bool says_to = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool says_from = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (kind != cudaMemcpyDefault && (says_to != to_device || says_from != from_device))
    return violation(cudaErrorInvalidValue, "cudaMemcpyAsync: memory is not where the copy's kind says");
  const bool pageable_to = !in_arena(to), pageable_from = !in_arena(from);
  const auto valid = [=] {
    return (pageable_to || is_inside("a copy", to, bytes)) && (pageable_from || is_inside("a copy", from, bytes));
  };
  if (!valid()) return answer(cudaErrorInvalidValue);
  CUstream_st* const s = stream_of(stream);
  if (s == nullptr) return violation(cudaErrorInvalidResourceHandle, "cudaMemcpyAsync: no such stream");
  const auto copy = [=] {
    if (!valid()) return;
    std::memcpy(to, from, bytes);
    if (!pageable_to) watcher().written(to, bytes);
  };
  if (pageable_to || pageable_from) {
    if (s->capture != nullptr) return invalidate(*s, "a copy of pageable memory is captured");
    if (pageable_from && !pageable_to && !settings().direct) {
      const char* const source = static_cast<const char*>(from);
      return enqueue(s, {.name = "a copy from pageable memory",
                         .device = any_device,
                         .run = [=, staged = std::vector<char>(source, source + bytes)] {
                           if (!is_inside("a copy", to, bytes)) return;
                           std::memcpy(to, staged.data(), bytes);
                           watcher().written(to, bytes);
                         }});
    }
  }
  const auto status = enqueue(s, {.name = "a copy", .device = any_device, .run = copy});
  if (status == cudaSuccess && pageable_to) drain(*s);  // to pageable memory it returns when it is done
  return status;
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const Entry entry;
  if (const auto status = refuse_in_capture("cudaMemcpy", nullptr)) return status;
  const bool on_device_only = is_device_memory(to) && is_device_memory(from);
  const auto status = cudaMemcpyAsync(to, from, bytes, kind, nullptr);
  // Within the device it returns before it is done; from pageable memory it may return when all is staged.
  if (status == cudaSuccess && !on_device_only && in_arena(from)) drain(*stream_of(nullptr));
  return status;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  const Entry entry;
  if (bytes == 0) return cudaSuccess;
  if (!is_inside("cudaMemsetAsync", to, bytes)) return answer(cudaErrorInvalidValue);
  CUstream_st* const s = stream_of(stream);
  if (s == nullptr) return violation(cudaErrorInvalidResourceHandle, "cudaMemsetAsync: no such stream");
  if (const auto status = refuse_other_device("cudaMemsetAsync", *s)) return status;
  return enqueue(s, {.name = "cudaMemsetAsync", .device = any_device, .run = [=] {
                       if (is_inside("cudaMemsetAsync", to, bytes)) set(to, value, bytes);
                     }});
}
