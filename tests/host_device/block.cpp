// SPDX-License-Identifier: Apache-2.0
// The threads of a block are fibers. One runs until it is done or waits for others; most never wait, and these take
// turns on one stack.
#include "block.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "checker.hpp"
#include "report.hpp"
#include "settings.hpp"

namespace mace {
/// What a kernel of the library declares as `extern __shared__`.
extern unsigned char shared[];
alignas(1024) unsigned char shared[host_device::most_shared_bytes];
}  // namespace mace

// host_device_switch(save, load): goes on where `load` stands, and leaves in *save where this fiber stands: a stack
// with the registers that a call preserves.
extern "C" void host_device_switch(void** save, void* load);
asm(R"(
.text
.globl host_device_switch
.type host_device_switch, @function
host_device_switch:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size host_device_switch, . - host_device_switch
)");

thread_local constinit uint3 threadIdx, blockIdx;
thread_local constinit dim3 blockDim, gridDim;

namespace host_device {

thread_local constinit AtWork at_work;

namespace {

constexpr std::size_t stack_bytes = 256 * 1024, guard_bytes = 4096;
constexpr unsigned most_threads = 1024, lanes = 32;

enum class State { fresh, ready, at_barrier, at_shuffle, done };
struct Fiber {
  State state = State::fresh;
  char* stack = nullptr;
  const char* parameters = nullptr;
  void* stands = nullptr;
  unsigned mask = 0;
  int side = 0;  // of the two it hands over by in turn: others may still read what it handed over last
  std::uint64_t handed[2] = {};
};

/// A block whose threads are at work. There is one at a time.
struct Block {
  Fiber fibers[most_threads];
  unsigned threads = 0, current = 0;
  unsigned warp = 0, warp_end = 0, turn = 0;  // the threads of the warp at work, and whose turn is next
  void* scheduler_stands = nullptr;
  std::vector<char*> stacks;  // that nobody is on
  std::vector<unsigned> warp_order, lane_order;
  std::mt19937 dice = host_device::dice(settings().threads);
  std::uint32_t kernels = 0, blocks = 0;
};
Block& block() {
  static Block& one = *new Block;
  return one;
}

[[noreturn, gnu::noinline]] void fatal_in_kernel(const char* what) {
  fatal(std::string(what) + ", in a kernel of " + at_work.kernel->name);
}

char* take_stack() {
  Block& b = block();
  if (b.stacks.empty()) {
    void* const p = mmap(nullptr, guard_bytes + stack_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) fatal("no memory for the stack of a thread");
    mprotect(p, guard_bytes, PROT_NONE);
    return static_cast<char*>(p) + guard_bytes;
  }
  char* const stack = b.stacks.back();
  b.stacks.pop_back();
  return stack;
}

void arrange(std::vector<unsigned>& order, unsigned count) {
  order.resize(count);
  std::iota(order.begin(), order.end(), 0u);
  const std::string& asked = settings().threads;
  if (asked == "reverse")
    std::ranges::reverse(order);
  else if (asked != "forward")
    std::ranges::shuffle(order, block().dice);
}

/// Lets the lanes of the warp go on that wait at a shuffle, if all whom they wait for are there.
bool release_lanes() {
  Block& b = block();
  unsigned waiting = 0, wanted = 0, there = 0;
  for (unsigned t = b.warp; t < b.warp_end; ++t) {
    const unsigned lane = 1u << (t - b.warp);
    if (b.fibers[t].state != State::done) there |= lane;
    if (b.fibers[t].state != State::at_shuffle) continue;
    waiting |= lane;
    wanted |= b.fibers[t].mask;
  }
  if ((wanted & ~there) != 0) fatal_in_kernel("a shuffle waits for a lane that is not there");
  if (waiting == 0 || (wanted & ~waiting) != 0) return false;
  for (unsigned t = b.warp; t < b.warp_end; ++t)
    if (b.fibers[t].state == State::at_shuffle) b.fibers[t].state = State::ready;
  return true;
}

/// The next lane of the warp that can go on; null: none can without another warp.
Fiber* next_lane() {
  Block& b = block();
  do {
    while (b.turn < lanes) {
      const unsigned t = b.warp + b.lane_order[b.turn++];
      if (t < b.warp_end && (b.fibers[t].state == State::fresh || b.fibers[t].state == State::ready))
        return &b.fibers[t];
    }
    b.turn = 0;
  } while (release_lanes());
  return nullptr;
}

void run_threads();

/// From now on the thread of `fiber` is at work.
void become(Fiber& fiber) {
  Block& b = block();
  b.current = static_cast<unsigned>(&fiber - b.fibers);
  if (fiber.state == State::fresh) fiber.parameters = nullptr;
  fiber.state = State::ready;
  threadIdx.x = b.current;
  at_work.thread = static_cast<std::uint16_t>(b.current);
  at_work.stack = fiber.stack;
  at_work.stack_end = fiber.stack + stack_bytes;
  at_work.parameters = &fiber.parameters;
}
/// Goes on with a fiber, or with the scheduler, and leaves in *stands where this one is.
void go_on(void** stands, Fiber* next) {
  Block& b = block();
  if (next == nullptr) return host_device_switch(stands, b.scheduler_stands);
  if (next->state == State::fresh) {
    next->stack = take_stack();
    const std::size_t line = (b.current * 7 + 1) % 64;  // or the stacks would all share the same lines of a cache
    void** top = reinterpret_cast<void**>(next->stack + stack_bytes - 64 * (line + 1));
    *--top = nullptr;  // where a caller's return address would be, so that the stack is aligned
    *--top = reinterpret_cast<void*>(&run_threads);
    for (int saved = 0; saved < 6; ++saved) *--top = nullptr;
    next->stands = top;
    next->side = 0;
  }
  become(*next);
  host_device_switch(stands, next->stands);
}
/// This thread waits, and others take their turns.
void wait(State state) {
  Block& b = block();
  at_work.working = false;
  Fiber& me = b.fibers[b.current];
  me.state = state;
  Fiber* const next = next_lane();
  if (next != &me) go_on(&me.stands, next);
  at_work.working = true;
}
/// Threads one after the other on one stack, until one goes on that has a stack of its own.
void run_threads() {
  Block& b = block();
  const Kernel& kernel = *at_work.kernel;
  for (;;) {
    at_work.working = true;
    kernel.call(kernel.function, kernel.arguments.get());
    at_work.working = false;
    Fiber& me = b.fibers[b.current];
    me.state = State::done;
    Fiber* const next = next_lane();
    if (next != nullptr && next->state == State::fresh) {
      next->stack = me.stack;
      next->side = 0;
      become(*next);
      continue;
    }
    b.stacks.push_back(me.stack);
    void* nowhere = nullptr;
    go_on(&nowhere, next);
  }
}

/// The threads of a warp, until none can go on without another warp.
void run_warp(unsigned first) {
  Block& b = block();
  b.warp = first;
  b.warp_end = std::min(first + lanes, b.threads);
  b.turn = 0;
  if (Fiber* const next = next_lane()) go_on(&b.scheduler_stands, next);
}

void run_block() {
  Block& b = block();
  for (unsigned t = 0; t < b.threads; ++t) b.fibers[t].state = State::fresh;
  for (;;) {
    arrange(b.lane_order, lanes);
    arrange(b.warp_order, (b.threads + lanes - 1) / lanes);
    for (const unsigned warp : b.warp_order) run_warp(warp * lanes);
    unsigned done = 0, at_barrier = 0;
    for (unsigned t = 0; t < b.threads; ++t) {
      done += b.fibers[t].state == State::done ? 1 : 0;
      at_barrier += b.fibers[t].state == State::at_barrier ? 1 : 0;
    }
    if (done == b.threads) return;
    if (at_barrier + done < b.threads) fatal_in_kernel("threads wait for each other for ever");
    if (done > 0)
      violation(std::string("a barrier that some threads leave out, in a kernel of ") + at_work.kernel->name);
    for (unsigned t = 0; t < b.threads; ++t)
      if (b.fibers[t].state == State::at_barrier) b.fibers[t].state = State::ready;
    ++at_work.epoch;
  }
}

}  // namespace

const unsigned char* shared_memory() {
  return mace::shared;
}

void run(const Kernel& kernel) {
  Block& b = block();
  b.threads = kernel.threads.x;
  blockDim = kernel.threads;
  gridDim = kernel.blocks;
  at_work.kernel = &kernel;
  at_work.kernel_number = ++b.kernels;
  std::vector<unsigned> warp_order, lane_order;
  std::vector<unsigned> order;
  arrange(order, kernel.blocks.x);
  for (const unsigned index : order) {
    blockIdx.x = at_work.block = index;
    at_work.block_number = ++b.blocks;
    at_work.epoch = 0;
    std::memset(mace::shared, 0xff, kernel.shared_bytes);  // NaN, and no index of anything
    run_block();
  }
  watcher().kernel_ends();
  at_work.kernel = nullptr;
}

void wait_for_block() {
  wait(State::at_barrier);
}
std::uint64_t exchange(unsigned mask, unsigned from, std::uint64_t mine) {
  Block& b = block();
  Fiber& me = b.fibers[b.current];
  const unsigned warp = b.current / lanes * lanes;
  const int side = std::exchange(me.side, 1 - me.side);
  me.handed[side] = mine;
  me.mask = mask;
  if ((mask >> (b.current - warp) & mask >> from & 1u) == 0)
    fatal_in_kernel("a shuffle from or by a lane that its mask leaves out");
  wait(State::at_shuffle);
  return b.fibers[warp + from].handed[side];
}

}  // namespace host_device
