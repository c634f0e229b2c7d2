// SPDX-License-Identifier: Apache-2.0
// Executors beside each other: of several devices, of several threads, and in a program that chooses devices itself.
#include <doctest/doctest.h>

#include <exception>
#include <thread>
#include <vector>

#include "cuda/support.cuh"
#include "support/shared_model.hpp"
#include "support/skip.hpp"

using namespace mace;
using test::on_host;

namespace {

int device_count() {
  int devices = 0;
  check(cudaGetDeviceCount(&devices), "cudaGetDeviceCount");
  return devices;
}

bool has_two_devices() {
  if (device_count() < 2) test::skip("no second device");
  return device_count() >= 2;
}

int current_device() {
  int device = -1;
  check(cudaGetDevice(&device), "cudaGetDevice");
  return device;
}

/// Which device a buffer's memory is on.
template <class T>
int device_of(const Buffer<T, DeviceSpace>& buffer) {
  cudaPointerAttributes attributes{};
  check(cudaPointerGetAttributes(&attributes, buffer.data()), "cudaPointerGetAttributes");
  return attributes.device;
}

/// The parameters after a whole tuning, which launches kernels, multiplies matrices, takes memory and replays rounds.
std::vector<float> tuned(Cuda& exec) {
  const test::VaeTask task;
  auto model = task.model(exec);
  auto tuner = task.tuner(exec, model, {.samples = 80, .quantile = 0.1, .rounds = 5, .steps_per_round = 6});
  tuner.run();
  return copy_to_host(exec, std::span<const float>(model.parameters()));
}

/// Runs in a thread of its own; what it throws comes out here.
template <class Work>
void in_thread(const Work& work) {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

TEST_CASE("two executors on two devices, in turns") {
  if (!has_two_devices()) return;
  Cuda first = cuda({.seed = 3, .device = 0});
  const auto early = first.allocate<float>(10);
  Cuda second = cuda({.seed = 3, .device = 1});
  const std::vector<float> on_second = tuned(second), on_first = tuned(first);
  CHECK(on_second == on_first);
  CHECK(tuned(second) == on_first);
  const auto late = first.allocate<float>(10), other = second.allocate<float>(10);
  CHECK(device_of(early) == 0);
  CHECK(device_of(late) == 0);
  CHECK(device_of(other) == 1);
}

TEST_CASE("models that are tuned in turns stay each on its device") {
  if (!has_two_devices()) return;
  Cuda first = cuda({.seed = 3, .device = 0}), second = cuda({.seed = 3, .device = 1});
  const test::ArmTask task;
  const TunerOptions options{.samples = 80, .quantile = 0.1, .rounds = 3, .steps_per_round = 4};
  auto here = task.model(first);
  auto there = task.model(second);
  auto tune_here = task.tuner(first, here, options);
  auto tune_there = task.tuner(second, there, options);
  for (int turn = 0; turn < 3; ++turn) tune_here.run(), tune_there.run();
  CHECK(on_host(first, here.parameters()) == on_host(second, there.parameters()));
}

TEST_CASE("the thread's current device stays what it was") {
  const int last = device_count() - 1;
  check(cudaSetDevice(last), "cudaSetDevice");
  {
    Cuda exec = cuda({.seed = 3, .device = 0});
    CHECK(current_device() == last);
    tuned(exec);
    CHECK(current_device() == last);
  }
  CHECK(current_device() == last);
  check(cudaSetDevice(0), "cudaSetDevice");
}

TEST_CASE("a program that changes its device meanwhile does not disturb an executor") {
  if (!has_two_devices()) return;
  Cuda alone = cuda({.seed = 3}), exec = cuda({.seed = 3});
  const test::MixtureTask task;
  const TunerOptions options{.samples = 80, .quantile = 0.1, .rounds = 6, .steps_per_round = 4};
  auto undisturbed = task.model(alone);
  task.tuner(alone, undisturbed, options).run();
  auto model = task.model(exec);
  auto tuner = task.tuner(exec, model, options);
  int device = 0;
  tuner.run([&](const RoundRecord&) { check(cudaSetDevice(device = 1 - device), "cudaSetDevice"); });
  CHECK(on_host(exec, model.parameters()) == on_host(alone, undisturbed.parameters()));
  check(cudaSetDevice(0), "cudaSetDevice");
}

TEST_CASE("an executor is used by a thread that did not make it") {
  const int last = device_count() - 1;
  Cuda here = cuda({.seed = 3, .device = last}), there = cuda({.seed = 3, .device = last});
  const std::vector<float> wanted = tuned(here);
  std::vector<float> got;
  in_thread([&] { got = tuned(there); });
  CHECK(got == wanted);
}

TEST_CASE("two threads tune on one device at the same time") {
  Cuda alone = cuda({.seed = 3});
  const std::vector<float> wanted = tuned(alone);
  std::vector<float> got[2];
  {
    std::vector<std::thread> threads;
    for (std::vector<float>& result : got)
      threads.emplace_back([&] {
        for (int run = 0; run < 3; ++run) {  // memory comes and goes in the one while the other records
          Cuda exec = cuda({.seed = 3});
          result = tuned(exec);
        }
      });
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(got[0] == wanted);
  CHECK(got[1] == wanted);
}
