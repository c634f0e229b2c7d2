// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The version of the library; CMake and the package files read it here.
#define MACE_VERSION_MAJOR 0
#define MACE_VERSION_MINOR 1
#define MACE_VERSION_PATCH 0

/// Marks a function that runs on the host and, when nvcc compiles it, on the device too.
#ifdef __CUDACC__
#define MACE_HD __host__ __device__
#else
#define MACE_HD
#endif
