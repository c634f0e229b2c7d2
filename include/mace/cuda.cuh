// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Everything that is needed to run on a device; for nvcc.
#include "mace/backend/cuda/executor.cuh"
#include "mace/cloud/chamfer.cuh"
#include "mace/cloud/contact.cuh"
#include "mace/mace.hpp"
#include "mace/model/autoregressive.cuh"
#include "mace/model/point_encoder.cuh"
#include "mace/simulate/half_space_cut.cuh"
