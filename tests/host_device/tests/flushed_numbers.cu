// SPDX-License-Identifier: Apache-2.0
// -use_fast_math lets a device's small numbers be zero; of a device made of the host the processor does it.
#include <doctest/doctest.h>
#include <xmmintrin.h>

#include "mace/cuda.cuh"

using namespace mace;

namespace {

/// Numbers below 1e-38 are zero, as results and as operands.
class FlushToZero {
 public:
  FlushToZero() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }
  FlushToZero(const FlushToZero&) = delete;
  FlushToZero& operator=(const FlushToZero&) = delete;
  ~FlushToZero() { _mm_setcsr(before_); }

 private:
  unsigned before_;
};

}  // namespace

TEST_CASE("a device whose arithmetic flushes small numbers to zero is refused") {
  {
    const FlushToZero fast_math;
    CHECK_THROWS_WITH_AS(cuda(), doctest::Contains("compile without -use_fast_math and -ftz=true"), Error);
  }
  CHECK_NOTHROW(cuda());
}
