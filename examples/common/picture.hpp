// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The pictures of the examples and benchmarks, drawn with Cairo and written as PNG files. `scene.hpp` draws other
/// things in space.
#include "common/bars.hpp"
#include "common/cloud_panels.hpp"
#include "common/scatter_panels.hpp"
