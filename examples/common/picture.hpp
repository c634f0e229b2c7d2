// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The pictures of the examples and benchmarks, painted with Cairo and written as PNG files. `painting.hpp` paints
/// other things in space.
#include "common/bars.hpp"
#include "common/cloud_panels.hpp"
#include "common/scatter_panels.hpp"
