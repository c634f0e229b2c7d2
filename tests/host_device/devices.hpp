// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda_runtime_api.h"

namespace host_device {

/// The calling thread's.
int current_device();

/// cudaErrorInvalidDevice, unless there is such a device.
cudaError_t check_device(int device);

}  // namespace host_device
