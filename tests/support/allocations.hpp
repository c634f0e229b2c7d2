// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace::test {

/// How often the program has taken memory so far: called operator new, on any thread (support/allocations.cpp); in a
/// program for a device, taken memory of that (host_device/suites/allocations.cpp).
long allocations();

}  // namespace mace::test
