// SPDX-License-Identifier: Apache-2.0
#include "mace/backend/cpu/thread_pool.hpp"

#include <doctest/doctest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>
#include <vector>

using namespace mace;

namespace {

/// While it lives, there is address space for about `threads` more threads: each takes a GiB of stack.
class ThreadLimit {
 public:
  explicit ThreadLimit(rlim_t threads) {
    const rlim_t gib = rlim_t{1} << 30;
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    getrlimit(RLIMIT_AS, &before_);
    const rlimit limit{pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + threads * gib + gib / 2, before_.rlim_max};
    pthread_getattr_default_np(&stack_before_);
    pthread_attr_t stack = stack_before_;
    pthread_attr_setstacksize(&stack, gib);
    pthread_setattr_default_np(&stack);
    setrlimit(RLIMIT_AS, &limit);
  }
  ~ThreadLimit() {
    setrlimit(RLIMIT_AS, &before_);
    pthread_setattr_default_np(&stack_before_);
    pthread_attr_destroy(&stack_before_);
  }

 private:
  rlimit before_{};
  pthread_attr_t stack_before_{};
};

}  // namespace

TEST_CASE("a pool runs every task once, loop after loop, of any length") {
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (int repeat = 0; repeat < 50; ++repeat)
      for (const Index count : {0, 1, 2, 3, 16, 257}) {
        std::vector<int> calls(static_cast<std::size_t>(count));  // not atomic: no two threads may share a task
        pool.run(count, [&](Index i) { ++calls[static_cast<std::size_t>(i)]; });
        CHECK(std::count(calls.begin(), calls.end(), 1) == count);
      }
  }
}

TEST_CASE("loops of one pool can hold loops of another") {
  ThreadPool outer(2), inner(1);
  std::atomic<int> calls{0};
  outer.run(8, [&](Index) {
    ThreadPool own(2);
    own.run(8, [&](Index) { ++calls; });
  });
  inner.run(3, [&](Index) { inner.run(5, [&](Index) { ++calls; }); });
  CHECK(calls == 79);
}

TEST_CASE("a loop inside a task of the same pool runs there, and the outer loop goes on") {
  ThreadPool pool(3);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<int> calls(40 * 30), after(40);
    pool.run(40, [&](Index i) {
      pool.run(30, [&](Index j) { ++calls[static_cast<std::size_t>(30 * i + j)]; });
      ++after[static_cast<std::size_t>(i)];
    });
    CHECK(std::count(calls.begin(), calls.end(), 1) == 1200);
    CHECK(std::count(after.begin(), after.end(), 1) == 40);
  }
  CHECK_THROWS_WITH_AS(pool.run(8, [&](Index) { pool.run(8, [](Index i) { require(i != 5, "inner ", i); }); }),
                       "inner 5", Error);
  std::atomic<int> calls{0};
  pool.run(8, [&](Index) { ++calls; });
  CHECK(calls == 8);
}

TEST_CASE("tasks that run at a time have different workers, a loop inside a task its task's") {
  ThreadPool pool(3), other(2);
  CHECK(pool.worker() == 0);
  std::vector<std::atomic<int>> inside(3);
  std::atomic<bool> shared{false}, wrong{false};
  for (int repeat = 0; repeat < 50; ++repeat)
    pool.run(30, [&](Index) {
      const int worker = pool.worker();
      if (++inside[static_cast<std::size_t>(worker)] > 1) shared = true;
      pool.run(3, [&](Index) { wrong = wrong || pool.worker() != worker; });
      other.run(3, [&](Index) { wrong = wrong || other.worker() != 0; });  // here other's loops are its caller's
      wrong = wrong || pool.worker() != worker;
      --inside[static_cast<std::size_t>(worker)];
    });
  CHECK(!shared);
  CHECK(!wrong);
  CHECK(pool.worker() == 0);
}

TEST_CASE("threads that cannot be started are an error, and those that could end") {
  {
    const ThreadLimit limit(2);  // how many fit is the kernel's count, and not every kernel counts alike: never 99
    CHECK_THROWS_WITH_AS(ThreadPool(99), doctest::Contains("cpu: wanted 99 threads, could start "), Error);
  }
  CHECK_NOTHROW(ThreadPool(3));
}

TEST_CASE("a task's exception reaches the caller, and the pool goes on working") {
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    ThreadPool pool(threads);
    for (const Index thrower : {0, 7, 99}) {
      CHECK_THROWS_WITH_AS(pool.run(100, [&](Index i) { require(i != thrower, "task ", i); }),
                           ("task " + std::to_string(thrower)).c_str(), Error);
      std::atomic<int> calls{0};
      pool.run(100, [&](Index) { ++calls; });
      CHECK(calls == 100);
    }
    CHECK_THROWS_AS(pool.run(100, [](Index i) { fail("all of them, ", i); }), Error);
  }
}

TEST_CASE("a pool refuses a number of threads that makes no sense") {
  for (const int threads : {-1, 0, 1025}) CHECK_THROWS_AS(ThreadPool pool(threads), Error);
}
