// SPDX-License-Identifier: Apache-2.0
// The entry point of every test program.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#ifdef MACE_TEST_DEVICE
#include <cuda_runtime_api.h>
#endif

#include <cstdio>

int main(int argc, char** argv) {
#ifdef MACE_TEST_DEVICE
  int devices = 0;
  if (const cudaError_t status = cudaGetDeviceCount(&devices); status != cudaSuccess || devices == 0) {
    std::printf("skipped: no CUDA device (%s)\n", cudaGetErrorString(status));
    return 77;  // what ctest reads as "skipped"
  }
#endif
  return doctest::Context(argc, argv).run();
}
