// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace host_device {

/// Memory of a device, or of the host and pinned. Addresses are used once: what was given back is known forever.
struct Allocation {
  char* begin = nullptr;
  std::size_t bytes = 0;
  char* pages = nullptr;
  std::size_t page_bytes = 0;
  int device = 0;
  bool pinned = false, live = false;
  bool untouched = false;  ///< nobody wrote or read it: what is in it is yet to be made up
  bool cleared = false;    ///< all of it was written by one memset

  const char* end() const { return begin + bytes; }
};

/// The address space of all allocations, for who keeps notes of its bytes.
const char* arena_begin();
inline constexpr std::size_t arena_bytes = std::size_t{1} << 34;
inline bool in_arena(const void* p) {
  const auto offset = reinterpret_cast<std::uintptr_t>(p) - reinterpret_cast<std::uintptr_t>(arena_begin());
  return offset < arena_bytes;
}

/// What stands at an address, or stood there before it was given back, or stands just before it; null: nothing.
const Allocation* allocation_at(const void* p);
bool is_device_memory(const void* p);
bool is_pinned(const void* p);
std::size_t live_allocations(bool pinned);

/// A violation, and false, unless all these bytes belong to one allocation that is there.
bool is_inside(const char* what, const void* p, std::size_t bytes);

/// Work of a device, or (any_device) of its copying engine: the thread may touch the device's memory.
inline constexpr int any_device = -1;
class Work {
 public:
  Work(const char* name, int device);
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work();
};
/// Takes the device's memory out of reach again.
void close_memory();

/// Notes a memset, which writes all of an allocation or a part. Whether that is all there is to do: pages that nobody
/// touched come as zeros.
bool clears(void* to, int value, std::size_t bytes);

}  // namespace host_device
