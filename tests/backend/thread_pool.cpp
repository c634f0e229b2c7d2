// SPDX-License-Identifier: Apache-2.0
#include "mace/backend/cpu/thread_pool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

using namespace mace;

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
