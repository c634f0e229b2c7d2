// SPDX-License-Identifier: Apache-2.0
// A program compiled with -fsanitize=thread calls a function at each access to memory. Here these functions are not
// ThreadSanitizer's: they look at what the threads of a device's kernels touch. A race is two accesses, one of them a
// write, by threads that no barrier between them orders.
#include "checker.hpp"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "block.hpp"
#include "memory.hpp"
#include "report.hpp"

namespace host_device {

namespace {

/// Who touched bytes last.
struct Access {
  std::uint32_t kernel, block;  // numbers of runs (AtWork)
  std::uint16_t thread, epoch;
  std::uint8_t bytes;  // of four, as bits
  bool atomic;
  bool many_threads, many_blocks;  // others did too, in the same epoch or kernel
};
/// What is known of four bytes.
struct Cell {
  Access read, write;
  std::uint32_t written_in;  // of shared memory: the block that `written` is of
  std::uint8_t written;      // bytes, as bits
};
constexpr std::size_t cell_bytes = 4;

enum class Kind { read, write, atomic };

/// A write to what another thread wrote too. If both wrote the same there is no telling them apart, and no harm.
struct Doubtful {
  const char* at = nullptr;
  std::size_t bytes = 0;
  const void* code = nullptr;
  bool shared = false;
  std::array<char, 16> before{};
};

class Checker : public Watcher {
 public:
  Checker() {
    void* const p = mmap(nullptr, arena_bytes / cell_bytes * sizeof(Cell), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) fatal("no address space for notes of the device's memory");
    cells_ = static_cast<Cell*>(p);
    shared_cells_.resize(most_shared_bytes / cell_bytes);
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* checker) {
          static_cast<Checker*>(checker)->learn(*info);
          return 1;  // the first is the program
        },
        this);
    watch(*this);
  }

  void written(const void* p, std::size_t bytes) override {
    const Allocation* const a = allocation_at(p);
    if (a == nullptr || a->cleared) return;
    for_each_cell(p, bytes, [&](Cell& cell, std::uint8_t mask) { cell.written |= mask; });
  }
  void read(const char* what, const void* p, std::size_t bytes) override {
    const Allocation* const a = allocation_at(p);
    if (a == nullptr || a->cleared) return;
    bool unwritten = false;
    for_each_cell(p, bytes, [&](Cell& cell, std::uint8_t mask) { unwritten |= (cell.written & mask) != mask; });
    if (unwritten) finding(std::string(what) + " reads memory that nobody wrote", nullptr, p);
  }

  void kernel_ends() override { settle(); }

  void touch(const void* address, std::size_t bytes, Kind kind, const void* code) {
    const char* const p = static_cast<const char*>(address);
    settle();
    if (p >= at_work.stack && p < at_work.stack_end) {
      if (kind != Kind::read && *at_work.parameters != nullptr && p >= *at_work.parameters)
        finding("a write to a kernel's parameters", code, p);
      return;
    }
    const char* const shared = reinterpret_cast<const char*>(shared_memory());
    if (p >= shared && p < shared + most_shared_bytes) {
      if (p + bytes > shared + at_work.kernel->shared_bytes) return finding("past the end of shared memory", code, p);
      return note(shared_cells_.data(), static_cast<std::size_t>(p - shared), p, bytes, kind, code, true);
    }
    if (in_arena(p)) {
      const Allocation* const a = allocation_at(p);
      if (a == nullptr || !a->live || p < a->begin || p + bytes > a->end())
        return finding("outside of what is allocated", code, p);
      return note(cells_, static_cast<std::size_t>(p - arena_begin()), p, bytes, kind, code, false);
    }
    if (is_place(p) || is_argument(p)) {
      if (kind != Kind::read) finding("a write to a kernel's parameters", code, p);
      return;
    }
    for (const auto& [begin, end] : constants_)
      if (p >= begin && p < end) return;  // a write is a fault
    finding(kind == Kind::read ? "memory of the host, read" : "memory of the host, written", code, p);
  }

  /// A kernel's own frame begins: above it are its parameters, up to the end of the stack.
  void enter(const void* code, const void* parameters) {
    const auto offset =
        reinterpret_cast<std::uintptr_t>(code) - reinterpret_cast<std::uintptr_t>(at_work.kernel->function);
    if (offset < 128) *at_work.parameters = static_cast<const char*>(parameters);
  }

 private:
  /// What was written last is in memory by now.
  void settle() {
    if (doubtful_.at == nullptr) return;
    const Doubtful d = std::exchange(doubtful_, {});
    if (std::memcmp(d.at, d.before.data(), d.bytes) != 0) race("write and write", d.shared, d.code, d.at);
  }

  template <class F>
  void for_each_cell(const void* p, std::size_t bytes, const F& f) {
    const std::size_t first = static_cast<std::size_t>(static_cast<const char*>(p) - arena_begin()),
                      last = first + bytes;
    for (std::size_t at = first; at < last; at = (at / cell_bytes + 1) * cell_bytes)
      f(cells_[at / cell_bytes], mask_of(at, last));
  }
  /// The bytes from `at` on, before `end`, that are in its cell.
  static std::uint8_t mask_of(std::size_t at, std::size_t end) {
    const std::size_t first = at % cell_bytes, last = std::min(cell_bytes, first + (end - at));
    return static_cast<std::uint8_t>((1u << last) - (1u << first));
  }

  void note(Cell* cells, std::size_t offset, const char* p, std::size_t bytes, Kind kind, const void* code,
            bool shared) {
    if ((bytes & (bytes - 1)) == 0 && reinterpret_cast<std::uintptr_t>(p) % bytes != 0)
      finding("memory that is not aligned", code, p);
    const Allocation* const a = shared ? nullptr : allocation_at(p);
    for (std::size_t at = offset; at < offset + bytes; at = (at / cell_bytes + 1) * cell_bytes)
      note(cells[at / cell_bytes], mask_of(at, offset + bytes), a != nullptr && a->cleared, p, bytes, kind, code,
           shared);
  }
  void note(Cell& c, std::uint8_t mask, bool cleared, const char* p, std::size_t bytes, Kind kind, const void* code,
            bool shared) {
    const AtWork& w = at_work;
    if (shared && c.written_in != w.block_number) {
      c = {};
      c.written_in = w.block_number;
    }
    const auto unordered = [&](const Access& a) {
      if (a.kernel != w.kernel_number || (a.bytes & mask) == 0) return false;
      return a.block != w.block_number || a.many_blocks ||
             (a.epoch == w.epoch && (a.thread != w.thread || a.many_threads));
    };
    const bool both_atomic = kind == Kind::atomic && c.write.atomic;
    if (kind != Kind::write && !cleared && (c.written & mask) != mask)
      finding(shared ? "shared memory that nobody wrote, read" : "global memory that nobody wrote, read", code, p);
    if (unordered(c.write) && !both_atomic) {
      if (kind == Kind::write && !c.write.atomic)
        doubt(p, bytes, code, shared);
      else
        race("write and read", shared, code, p);
    }
    if (kind == Kind::read) {
      Access now = access(mask, false);
      const Access& last = c.read;
      if (last.kernel == w.kernel_number) {
        now.many_blocks = last.many_blocks || last.block != w.block_number;
        const bool same_epoch = last.block == w.block_number && last.epoch == w.epoch;
        now.many_threads = same_epoch && (last.many_threads || last.thread != w.thread);
        if (same_epoch) now.bytes |= last.bytes;
      }
      c.read = now;
      return;
    }
    if (unordered(c.read)) race("read and write", shared, code, p);
    c.write = access(mask, kind == Kind::atomic);
    c.written |= mask;
  }
  static Access access(std::uint8_t mask, bool atomic) {
    return {at_work.kernel_number, at_work.block_number, at_work.thread, at_work.epoch, mask, atomic, false, false};
  }
  void doubt(const char* p, std::size_t bytes, const void* code, bool shared) {
    if (bytes > doubtful_.before.size()) return race("write and write", shared, code, p);
    doubtful_ = {p, bytes, code, shared, {}};
    std::memcpy(doubtful_.before.data(), p, bytes);
  }

  void race(const char* what, bool shared, const void* code, const void* p) {
    finding(std::string("a race in ") + (shared ? "shared" : "global") + " memory, " + what, code, p);
  }
  /// Tells of a finding, once a place in the code.
  void finding(const std::string& what, const void* code, const void* p) {
    if (told_[{what, code}]++ > 0) return;
    char text[160];
    std::snprintf(text, sizeof text, ", at %p by thread %u of block %u", p, at_work.thread, at_work.block);
    violation(what + text + (at_work.kernel != nullptr ? std::string(", in a kernel of ") + at_work.kernel->name : "") +
              line_of(code));
  }
  std::string line_of(const void* code) const {
    if (code == nullptr) return "";
    char command[160];
    std::snprintf(command, sizeof command, "addr2line -Cfipe /proc/%d/exe %#zx", getpid(),
                  static_cast<std::size_t>(static_cast<const char*>(code) - load_address_ - 1));
    std::string line = "\n  ";
    if (FILE* const pipe = popen(command, "r")) {
      for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe))
        line += c == '\n' ? std::string("\n  ") : std::string(1, static_cast<char>(c));
      pclose(pipe);
    }
    return line;
  }

  void learn(const dl_phdr_info& info) {
    load_address_ = reinterpret_cast<const char*>(info.dlpi_addr);
    for (int i = 0; i < info.dlpi_phnum; ++i) {
      const auto& part = info.dlpi_phdr[i];
      if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
      const char* const begin = load_address_ + part.p_vaddr;
      constants_.emplace_back(begin, begin + part.p_memsz);
    }
  }
  static bool is_in(const char* p, const void* begin, std::size_t bytes) {
    return p >= begin && p < static_cast<const char*>(begin) + bytes;
  }
  static bool is_place(const char* p) {
    return is_in(p, &threadIdx, sizeof threadIdx) || is_in(p, &blockIdx, sizeof blockIdx) ||
           is_in(p, &blockDim, sizeof blockDim) || is_in(p, &gridDim, sizeof gridDim);
  }
  static bool is_argument(const char* p) {
    return is_in(p, at_work.kernel->arguments.get(), at_work.kernel->argument_bytes);
  }

  Cell* cells_ = nullptr;           // of the arena
  std::vector<Cell> shared_cells_;  // of the block at work
  Doubtful doubtful_;
  std::map<std::pair<std::string, const void*>, long> told_;
  const char* load_address_ = nullptr;
  std::vector<std::pair<const char*, const char*>> constants_;
};

Checker& checker() {
  static Checker& one = *new Checker;
  return one;
}
[[gnu::constructor]] void begin() {
  checker();
}

/// The runtime's own accesses are nobody's.
void touch(const void* p, std::size_t bytes, Kind kind, const void* code) {
  at_work.working = false;
  checker().touch(p, bytes, kind, code);
  at_work.working = true;
}

}  // namespace

}  // namespace host_device

using host_device::at_work;
using host_device::Kind;

// What the compiler calls.
#define MACE_ACCESS(name, bytes, kind)                                                    \
  extern "C" void __tsan_##name##bytes(void* p) {                                         \
    if (at_work.working) host_device::touch(p, bytes, kind, __builtin_return_address(0)); \
  }
#define MACE_ACCESSES(bytes)                     \
  MACE_ACCESS(read, bytes, Kind::read)           \
  MACE_ACCESS(write, bytes, Kind::write)         \
  MACE_ACCESS(unaligned_read, bytes, Kind::read) \
  MACE_ACCESS(unaligned_write, bytes, Kind::write)
MACE_ACCESSES(1)
MACE_ACCESSES(2)
MACE_ACCESSES(4)
MACE_ACCESSES(8)
MACE_ACCESSES(16)

extern "C" {

void __tsan_read_range(void* p, std::size_t bytes) {
  if (at_work.working && bytes > 0) host_device::touch(p, bytes, Kind::read, __builtin_return_address(0));
}
void __tsan_write_range(void* p, std::size_t bytes) {
  if (at_work.working && bytes > 0) host_device::touch(p, bytes, Kind::write, __builtin_return_address(0));
}
void __tsan_init() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
void __tsan_func_exit() {}
void __tsan_func_entry(void*) {
  if (!at_work.working) return;
  // The frame above this one is the function's, and above its return address are its parameters.
  host_device::checker().enter(__builtin_return_address(0),
                               static_cast<char*>(__builtin_frame_address(1)) + 2 * sizeof(void*));
}
void __tsan_atomic_thread_fence(int) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

}  // extern "C"

#define MACE_ATOMIC(bits, T)                                                                                          \
  extern "C" T __tsan_atomic##bits##_load(const volatile T* p, int) {                                                 \
    if (at_work.working) host_device::touch(const_cast<T*>(p), sizeof(T), Kind::atomic, __builtin_return_address(0)); \
    return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                                                      \
  }                                                                                                                   \
  extern "C" void __tsan_atomic##bits##_store(volatile T* p, T v, int) {                                              \
    if (at_work.working) host_device::touch(const_cast<T*>(p), sizeof(T), Kind::atomic, __builtin_return_address(0)); \
    __atomic_store_n(p, v, __ATOMIC_SEQ_CST);                                                                         \
  }                                                                                                                   \
  MACE_EXCHANGE(bits, T, exchange, __atomic_exchange_n)                                                               \
  MACE_EXCHANGE(bits, T, fetch_add, __atomic_fetch_add)                                                               \
  MACE_EXCHANGE(bits, T, fetch_sub, __atomic_fetch_sub)                                                               \
  MACE_EXCHANGE(bits, T, fetch_and, __atomic_fetch_and)                                                               \
  MACE_EXCHANGE(bits, T, fetch_or, __atomic_fetch_or)                                                                 \
  MACE_EXCHANGE(bits, T, fetch_xor, __atomic_fetch_xor)                                                               \
  MACE_COMPARE(bits, T, weak, true)                                                                                   \
  MACE_COMPARE(bits, T, strong, false)
#define MACE_EXCHANGE(bits, T, name, function)                                                                        \
  extern "C" T __tsan_atomic##bits##_##name(volatile T* p, T v, int) {                                                \
    if (at_work.working) host_device::touch(const_cast<T*>(p), sizeof(T), Kind::atomic, __builtin_return_address(0)); \
    return function(p, v, __ATOMIC_SEQ_CST);                                                                          \
  }
#define MACE_COMPARE(bits, T, name, weak)                                                                             \
  extern "C" int __tsan_atomic##bits##_compare_exchange_##name(volatile T* p, T* wanted, T v, int, int) {             \
    if (at_work.working) host_device::touch(const_cast<T*>(p), sizeof(T), Kind::atomic, __builtin_return_address(0)); \
    return __atomic_compare_exchange_n(p, wanted, v, weak, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                       \
  }
MACE_ATOMIC(8, unsigned char)
MACE_ATOMIC(16, unsigned short)
MACE_ATOMIC(32, unsigned)
MACE_ATOMIC(64, unsigned long)
