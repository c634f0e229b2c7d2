// SPDX-License-Identifier: Apache-2.0
#include "support/allocations.hpp"

#include "host_device.hpp"

long mace::test::allocations() {
  return host_device::allocations();
}
