// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Version of the library, from which CMake and the package files read it.
#define MACE_VERSION_MAJOR 0
#define MACE_VERSION_MINOR 2
#define MACE_VERSION_PATCH 0

#if __cplusplus < 202002L
#error "mace: compile as C++20 or newer (-std=c++20)"
#endif

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error \
    "mace: compile without -ffast-math: checks for NaN, roundings and compensated sums need the arithmetic as written"
#endif

/// Marks a function for the host and, if compiled by nvcc, for devices too.
#ifdef __CUDACC__
#define MACE_HD __host__ __device__
#else
#define MACE_HD
#endif
