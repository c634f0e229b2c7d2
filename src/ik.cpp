// SPDX-License-Identifier: Apache-2.0
// The target mace::ik: the search behind IkSolver, compiled for arms of 1 to 16 joints.
#include "mace/ik/search_cpu.hpp"
