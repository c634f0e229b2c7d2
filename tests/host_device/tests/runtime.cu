// SPDX-License-Identifier: Apache-2.0
// What the runtime of a device made of the host does with orders, captures, errors and devices.
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "cuda_runtime.h"
#include "host_device.hpp"

namespace {

/// A buffer of the device's memory and a pinned one, and a stream.
struct Transfer {
  cudaStream_t stream = nullptr;
  float *device = nullptr, *pinned = nullptr;

  Transfer() {
    cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    cudaMalloc(reinterpret_cast<void**>(&device), sizeof(float));
    cudaHostAlloc(reinterpret_cast<void**>(&pinned), sizeof(float), cudaHostAllocDefault);
    *pinned = 1;
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    cudaFree(device);
    cudaFreeHost(pinned);
    cudaStreamDestroy(stream);
  }
  /// Sends a zero from the device to the host.
  void send() {
    cudaMemsetAsync(device, 0, sizeof(float), stream);
    cudaMemcpyAsync(pinned, device, sizeof(float), cudaMemcpyDefault, stream);
  }
};

}  // namespace

TEST_CASE("what nobody waits for is done as late as it may be") {
  Transfer transfer;
  transfer.send();
  CHECK(*transfer.pinned == 1);
  SUBCASE("until a stream is waited for") {
    cudaStreamSynchronize(transfer.stream);
  }
  SUBCASE("until a device is waited for") {
    cudaDeviceSynchronize();
  }
  SUBCASE("until it was asked often enough whether it is done") {
    int asked = 0;
    while (cudaStreamQuery(transfer.stream) == cudaErrorNotReady) ++asked;
    CHECK(asked == 2);
  }
  SUBCASE("until an event is waited for") {
    cudaEvent_t event;
    cudaEventCreateWithFlags(&event, cudaEventDisableTiming);
    cudaEventRecord(event, transfer.stream);
    CHECK(*transfer.pinned == 1);
    cudaEventSynchronize(event);
    cudaEventDestroy(event);
  }
  CHECK(*transfer.pinned == 0);
}

TEST_CASE("a stream that does not block is not ordered by the legacy stream, and one that does is") {
  for (const bool blocking : {false, true}) {
    CAPTURE(blocking);
    Transfer transfer;
    cudaStream_t stream;
    cudaStreamCreateWithFlags(&stream, blocking ? cudaStreamDefault : cudaStreamNonBlocking);
    cudaMemsetAsync(transfer.device, 0, sizeof(float), stream);
    cudaMemcpyAsync(transfer.pinned, transfer.device, sizeof(float), cudaMemcpyDefault, stream);
    cudaMemsetAsync(transfer.device, 0, sizeof(float), nullptr);
    cudaStreamSynchronize(nullptr);
    CHECK(*transfer.pinned == (blocking ? 0 : 1));
    cudaStreamDestroy(stream);
  }
}

TEST_CASE("a stream waits for another's event") {
  Transfer first, second;
  cudaEvent_t event;
  cudaEventCreate(&event);
  first.send();
  cudaEventRecord(event, first.stream);
  cudaStreamWaitEvent(second.stream, event);
  cudaStreamSynchronize(second.stream);
  CHECK(*first.pinned == 0);
  cudaEventDestroy(event);
}

TEST_CASE("a captured stream does nothing until the graph is launched, and then each time") {
  Transfer transfer;
  cudaStreamBeginCapture(transfer.stream, cudaStreamCaptureModeThreadLocal);
  transfer.send();
  cudaGraph_t graph = nullptr;
  CHECK(cudaStreamEndCapture(transfer.stream, &graph) == cudaSuccess);
  cudaGraphExec_t executable = nullptr;
  cudaGraphInstantiate(&executable, graph);
  cudaGraphDestroy(graph);
  cudaStreamSynchronize(transfer.stream);
  CHECK(*transfer.pinned == 1);
  for (int launch = 0; launch < 2; ++launch) {
    *transfer.pinned = 2;
    cudaGraphLaunch(executable, transfer.stream);
    cudaStreamSynchronize(transfer.stream);
    CHECK(*transfer.pinned == 0);
  }
  cudaGraphExecDestroy(executable);
}

TEST_CASE("a device that is waited for spoils every capture on it, of other threads too") {
  Transfer transfer;
  cudaStreamBeginCapture(transfer.stream, cudaStreamCaptureModeThreadLocal);
  std::thread([] { CHECK(cudaDeviceSynchronize() == cudaErrorStreamCaptureUnsupported); }).join();
  cudaGraph_t graph = nullptr;
  CHECK(cudaStreamEndCapture(transfer.stream, &graph) == cudaErrorStreamCaptureInvalidated);
  CHECK(graph == nullptr);
  cudaGetLastError();
  CHECK(host_device::take_violations() ==
        std::vector<std::string>{"capture: cudaDeviceSynchronize while a stream is captured"});
}

TEST_CASE("the last error is a thread's own, and stays until it is asked for") {
  CHECK(cudaSetDevice(1000) == cudaErrorInvalidDevice);
  std::thread([] { CHECK(cudaPeekAtLastError() == cudaSuccess); }).join();
  CHECK(cudaPeekAtLastError() == cudaErrorInvalidDevice);
  CHECK(cudaGetLastError() == cudaErrorInvalidDevice);
  CHECK(cudaGetLastError() == cudaSuccess);
  CHECK(std::string(cudaGetErrorName(cudaErrorInvalidDevice)) == "cudaErrorInvalidDevice");
}

TEST_CASE("what is on a device stays its own") {
  void* x = nullptr;
  cudaSetDevice(1);
  cudaMalloc(&x, 4);
  cudaStream_t stream;
  cudaStreamCreate(&stream);
  cudaSetDevice(0);
  cudaPointerAttributes attributes;
  cudaPointerGetAttributes(&attributes, x);
  CHECK(attributes.type == cudaMemoryTypeDevice);
  CHECK(attributes.device == 1);
  int device = -1;
  cudaStreamGetDevice(stream, &device);
  CHECK(device == 1);
  CHECK(cudaMemsetAsync(x, 0, 4, stream) == cudaErrorInvalidResourceHandle);
  CHECK(host_device::take_violations().size() == 1);
  cudaGetLastError();
  cudaFree(x);
  cudaPointerGetAttributes(&attributes, x);
  CHECK(attributes.type == cudaMemoryTypeUnregistered);
  cudaStreamDestroy(stream);
}
