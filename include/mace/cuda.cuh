// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Everything that is needed to run on a device; for nvcc.
#include "mace/backend/cuda/executor.cuh"
#include "mace/geometry/chamfer.cuh"
#include "mace/geometry/contact.cuh"
#include "mace/mace.hpp"
#include "mace/model/autoregressive.cuh"
#include "mace/model/point_encoder.cuh"
#include "mace/simulate/half_space_cut.cuh"
