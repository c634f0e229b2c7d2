// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All of mace.hpp and the CUDA backend, for programs that nvcc compiles to run on a device.
#include "mace/backend/cuda/executor.cuh"
#include "mace/cloud/chamfer.cuh"
#include "mace/cloud/contact.cuh"
#include "mace/mace.hpp"
#include "mace/model/autoregressive.cuh"
#include "mace/model/point_encoder.cuh"
#include "mace/simulate/half_space_cut.cuh"
