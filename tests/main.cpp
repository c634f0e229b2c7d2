// SPDX-License-Identifier: Apache-2.0
// The entry point of every test program.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#ifdef MACE_TEST_DEVICE
#include <cuda_runtime_api.h>
#endif

#include "support/skip.hpp"

int main(int argc, char** argv) {
#ifdef MACE_TEST_DEVICE
  int devices = 0;
  if (const cudaError_t status = cudaGetDeviceCount(&devices); status != cudaSuccess || devices == 0) {
    mace::test::skip(std::string("no CUDA device (") + cudaGetErrorString(status) + ")");
    return 77;
  }
#endif
  const int status = doctest::Context(argc, argv).run();
  return status == 0 && mace::test::skipped ? 77 : status;  // a failure counts more than what was skipped
}
