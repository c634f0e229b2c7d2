// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All of mace.hpp and the CPU backend, for programs that run on the host.
#include "mace/backend/cpu/executor.hpp"
#include "mace/cloud/chamfer_cpu.hpp"
#include "mace/cloud/contact_cpu.hpp"
#include "mace/mace.hpp"
#include "mace/simulate/arm_cpu.hpp"
