// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "streams.hpp"

/// What was captured of one stream, in its order.
struct CUgraph_st {
  std::vector<host_device::Operation> nodes;
};
