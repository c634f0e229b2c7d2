// SPDX-License-Identifier: Apache-2.0
// Memory of devices and pinned memory: where it is, who may touch it, and what a wrong access is told.
#include "memory.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "cuda_runtime_api.h"
#include "devices.hpp"
#include "host_device.hpp"
#include "report.hpp"
#include "settings.hpp"
#include "streams.hpp"

namespace host_device {

namespace {

constexpr std::size_t page = 4096;
constexpr int unknown = 0xff;  // in every byte of memory that nobody wrote: NaN, and no index of anything

thread_local const char* work_name = nullptr;  // what of the device this thread is doing
thread_local int work_device = any_device;

void on_fault(int, siginfo_t* info, void*);

/// The address space, the allocations in it, and whose each page is.
struct Arena {
  Arena() {
    begin = reserve(arena_bytes, PROT_NONE);
    owner =
        reinterpret_cast<std::uint32_t*>(reserve(arena_bytes / page * sizeof(std::uint32_t), PROT_READ | PROT_WRITE));
    opened.reserve(1 << 16);  // it grows where no memory may be taken
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
  }
  static char* reserve(std::size_t bytes, int access) {
    void* const p = mmap(nullptr, bytes, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) fatal("no address space for the device's memory");
    return static_cast<char*>(p);
  }

  char* begin;
  std::size_t used = page;
  std::uint32_t* owner;  // 0: nobody; else the allocation before this one
  std::deque<Allocation> allocations;
  std::vector<Allocation*> opened;
  long asked = 0;
  long refused = settings().refused;
};
Arena& arena() {
  static Arena& one = *new Arena;
  return one;
}

Allocation* owner_of(const void* p) {
  if (!in_arena(p)) return nullptr;
  const auto index = arena().owner[static_cast<std::size_t>(static_cast<const char*>(p) - arena().begin) / page];
  return index == 0 ? nullptr : &arena().allocations[index - 1];
}

void open(Allocation& a) {
  mprotect(a.pages, a.page_bytes, PROT_READ | PROT_WRITE);
  arena().opened.push_back(&a);
  if (!a.untouched) return;
  a.untouched = false;
  std::memset(a.begin, unknown, a.bytes);
}

void on_fault(int, siginfo_t* info, void*) {
  const char* const at = static_cast<const char*>(info->si_addr);
  Allocation* const a = owner_of(at);
  const bool within = a != nullptr && at >= a->pages && at < a->pages + a->page_bytes;
  const bool reachable = a != nullptr && (work_device == any_device || work_device == a->device);
  if (work_name != nullptr && within && a->live && reachable) return open(*a);

  std::string what = "memory that is none";
  if (a != nullptr && !within)
    what = "past the end of an allocation of " + std::to_string(a->bytes) + " bytes";
  else if (a != nullptr && !a->live)
    what = "memory that was given back";
  else if (a != nullptr && work_name == nullptr)
    what = "memory of a device, touched by the host";
  else if (a != nullptr)
    what = "memory of device " + std::to_string(a->device) + ", touched by device " + std::to_string(work_device);
  else if (in_arena(at))
    what = "memory of a device that was never taken";
  char address[32];
  std::snprintf(address, sizeof address, "%p: ", info->si_addr);
  fatal("fault at " + (address + what) + (work_name != nullptr ? std::string(", by a kernel of ") + work_name : ""));
}

Allocation* take(std::size_t bytes, int device, bool pinned) {
  Arena& all = arena();
  ++all.asked;
  if (all.refused > 0 && --all.refused == 0) return nullptr;
  const std::size_t page_bytes = std::max<std::size_t>((bytes + page - 1) / page * page, page);
  if (page_bytes + page > arena_bytes - all.used) return nullptr;
  Allocation a;
  a.pages = all.begin + all.used;
  a.page_bytes = page_bytes;
  a.begin =
      a.pages + (page_bytes - bytes) / 256 * 256;  // ends as near to the guard behind it as CUDA's alignment lets it
  a.bytes = bytes;
  a.device = device;
  a.pinned = pinned;
  a.live = a.untouched = true;
  all.allocations.push_back(a);
  const std::size_t first = all.used / page, pages = page_bytes / page + 1;  // the guard is the allocation's too
  std::fill_n(all.owner + first, pages, static_cast<std::uint32_t>(all.allocations.size()));
  all.used += pages * page;
  Allocation& taken = all.allocations.back();
  if (pinned) {
    mprotect(taken.pages, taken.page_bytes, PROT_READ | PROT_WRITE);
    taken.untouched = false;
    taken.cleared = true;  // what the host writes to it is not seen
    std::memset(taken.begin, unknown, bytes);
  }
  return &taken;
}

cudaError_t allocate(const char* call, void** memory, std::size_t bytes, cudaStream_t stream, int device, bool pinned) {
  if (const auto status = refuse_in_capture(call, stream)) return status;
  const Allocation* const a = take(bytes, device, pinned);
  if (a == nullptr) return answer(cudaErrorMemoryAllocation);
  *memory = a->begin;
  return cudaSuccess;
}

void give_back(Allocation& a) {
  std::erase(arena().opened, &a);
  a.live = false;
  mmap(a.pages, a.page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/// The allocation that begins at `memory`, to be given back. A violation, and null, if there is none.
Allocation* to_give_back(const char* call, const void* memory, bool pinned) {
  Allocation* const a = owner_of(memory);
  if (a != nullptr && a->begin == memory && a->live && a->pinned == pinned) return a;
  violation(std::string(call) + ": what was given back is no allocation that is there");
  return nullptr;
}

}  // namespace

const char* arena_begin() {
  return arena().begin;
}
const Allocation* allocation_at(const void* p) {
  return owner_of(p);
}
bool is_device_memory(const void* p) {
  const Allocation* const a = owner_of(p);
  return a != nullptr && !a->pinned;
}
bool is_pinned(const void* p) {
  const Allocation* const a = owner_of(p);
  return a != nullptr && a->pinned;
}
std::size_t live_allocations(bool pinned) {
  return static_cast<std::size_t>(
      std::ranges::count_if(arena().allocations, [=](const Allocation& a) { return a.live && a.pinned == pinned; }));
}

bool is_inside(const char* what, const void* p, std::size_t bytes) {
  const Allocation* const a = owner_of(p);
  const char* const at = static_cast<const char*>(p);
  if (a != nullptr && a->live && at >= a->begin && bytes <= static_cast<std::size_t>(a->end() - std::min(at, a->end())))
    return true;
  violation(std::string(what) + ": " + std::to_string(bytes) + " bytes that are not all inside an allocation" +
            (a != nullptr && !a->live ? ", which was given back" : ""));
  return false;
}

Work::Work(const char* name, int device) {
  if (device != work_device) close_memory();  // what another device may touch, this one may not
  work_name = name;
  work_device = device;
}
Work::~Work() {
  work_name = nullptr;
}
void close_memory() {
  for (const Allocation* a : arena().opened) mprotect(a->pages, a->page_bytes, PROT_NONE);
  arena().opened.clear();
}

bool clears(void* to, int value, std::size_t bytes) {
  Allocation* const a = owner_of(to);
  if (a == nullptr || a->begin != to || a->bytes != bytes) return false;
  a->cleared = true;
  return value == 0 && std::exchange(a->untouched, false);
}

void refuse_allocation(long n) {
  const Entry entry;
  arena().refused = n;
}
long allocations() {
  const Entry entry;
  return arena().asked;
}

}  // namespace host_device

using namespace host_device;

cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t stream) {
  const Entry entry;
  CUstream_st* const s = stream_of(stream);
  if (s == nullptr) return violation(cudaErrorInvalidResourceHandle, "cudaMallocAsync: no such stream");
  return allocate("cudaMallocAsync", memory, bytes, stream, s->device, false);
}
cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  const Entry entry;
  return allocate("cudaMalloc", memory, bytes, nullptr, current_device(), false);
}
cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream) {
  const Entry entry;
  if (memory == nullptr) return cudaSuccess;
  if (const auto status = refuse_in_capture("cudaFreeAsync", stream)) return status;
  const Allocation* const a = to_give_back("cudaFreeAsync", memory, false);
  if (a == nullptr) return answer(cudaErrorInvalidValue);
  CUstream_st* const s = stream_of(stream);
  if (s == nullptr) return violation(cudaErrorInvalidResourceHandle, "cudaFreeAsync: no such stream");
  if (a->device != s->device)
    return violation(cudaErrorInvalidValue, "cudaFreeAsync: memory of device " + std::to_string(a->device) +
                                                " by a stream of device " + std::to_string(s->device));
  const auto status = enqueue(s, {.name = "cudaFreeAsync", .device = any_device, .run = [memory] {
                                    if (Allocation* const freed = to_give_back("cudaFreeAsync", memory, false))
                                      give_back(*freed);
                                  }});
  if (status == cudaSuccess) drain(*s);  // as early as it may be
  return status;
}
cudaError_t cudaFree(void* memory) {
  const Entry entry;
  if (memory == nullptr) return cudaSuccess;
  if (const auto status = refuse_in_capture("cudaFree", nullptr)) return status;
  Allocation* const a = to_give_back("cudaFree", memory, false);
  if (a == nullptr) return answer(cudaErrorInvalidValue);
  drain_device(a->device);
  give_back(*a);
  return cudaSuccess;
}

cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned) {
  const Entry entry;
  return allocate("cudaHostAlloc", memory, bytes, nullptr, current_device(), true);
}
cudaError_t cudaFreeHost(void* memory) {
  const Entry entry;
  if (memory == nullptr) return cudaSuccess;
  if (const auto status = refuse_in_capture("cudaFreeHost", nullptr)) return status;
  Allocation* const a = to_give_back("cudaFreeHost", memory, true);
  if (a == nullptr) return answer(cudaErrorInvalidValue);
  give_back(*a);
  return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  const Entry entry;
  const Allocation* const a = owner_of(pointer);
  void* const p = const_cast<void*>(pointer);
  if (a == nullptr || !a->live)
    *attributes = {cudaMemoryTypeUnregistered, current_device(), nullptr, p};
  else
    *attributes = {a->pinned ? cudaMemoryTypeHost : cudaMemoryTypeDevice, a->device, p, a->pinned ? p : nullptr};
  return cudaSuccess;
}
