// SPDX-License-Identifier: Apache-2.0
// What an executor of a device refuses when it is made, and what it does not do to others.
#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "cuda/support.cuh"
#include "support/shared_model.hpp"

using namespace mace;
using test::on_host;

namespace {

/// A stream of the current device.
class UserStream {
 public:
  explicit UserStream(unsigned flags) { check(cudaStreamCreateWithFlags(&stream_, flags), "cudaStreamCreate"); }
  UserStream(const UserStream&) = delete;
  UserStream& operator=(const UserStream&) = delete;
  ~UserStream() { cudaStreamDestroy(stream_); }
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

}  // namespace

TEST_CASE("a device that is not there is refused") {
  CHECK_THROWS_WITH_AS(cuda({.device = -1}), doctest::Contains("cuda: wanted a device from 0 to "), Error);
  CHECK_THROWS_WITH_AS(cuda({.device = 1000}), doctest::Contains("got 1000"), Error);
}

TEST_CASE("a stream that rounds cannot be recorded on is refused") {
  for (const cudaStream_t stream : {cudaStreamLegacy, cudaStreamPerThread})
    CHECK_THROWS_WITH_AS(
        cuda({.stream = stream}),
        "cuda: wanted a stream that rounds can be recorded on, got a default stream; give none, or one made by "
        "cudaStreamCreate",
        Error);
  const UserStream captured(cudaStreamNonBlocking);
  check(cudaStreamBeginCapture(captured.get(), cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  CHECK_THROWS_WITH_AS(cuda({.stream = captured.get()}),
                       "cuda: wanted a stream that rounds can be recorded on, got one that is being captured", Error);
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(captured.get(), &graph), "cudaStreamEndCapture");
  check(cudaGraphDestroy(graph), "cudaGraphDestroy");
}

TEST_CASE("a tuning goes on a stream of the user's, blocking or not") {
  const test::ArmTask task;
  const TunerOptions options{.samples = 80, .quantile = 0.1, .rounds = 5, .steps_per_round = 3};
  const std::vector<float> wanted = test::tuned_beside(cuda({.seed = 3}), task, options, std::nullopt);
  for (const unsigned flags : {cudaStreamDefault, cudaStreamNonBlocking}) {
    CAPTURE(flags);
    const UserStream stream(flags);
    Cuda exec = cuda({.seed = 3, .stream = stream.get()});
    auto model = task.model(exec);
    auto tuner = task.tuner(exec, model, options);
    CHECK(tuner.run().replayed == 4);
    CHECK(on_host(exec, model.parameters()) == wanted);
  }
}

TEST_CASE("host memory may change when a copy from it has returned") {
  Cuda exec = cuda();
  constexpr Index count = 1 << 16;
  auto device = exec.allocate<float>(count);
  std::vector<float> host(static_cast<std::size_t>(count));
  std::iota(host.begin(), host.end(), 1.0f);
  const std::vector<float> sent = host;
  for (int i = 0; i < 20; ++i) exec.fill(device.span(), 0.0f);  // the copy has to wait for something
  exec.copy(std::span<const float>(host), device.span());
  std::fill(host.begin(), host.end(), -1.0f);
  CHECK(on_host(exec, device) == sent);
}

TEST_CASE("only_if inside another is refused, and the first one goes on") {
  Cuda exec = cuda();
  const auto flag = exec.upload(std::vector<std::int32_t>{0});
  auto value = exec.upload(std::vector<float>{1});
  CHECK_THROWS_WITH_AS(exec.only_if(flag.data(), [&] { exec.only_if(flag.data(), [] {}); }),
                       "cuda: wanted one only_if at a time, got one inside another", Error);
  const std::vector<float> here(1);
  CHECK_THROWS_WITH_AS(exec.only_if(flag.data(), [&] { exec.copy(std::span<const float>(here), value.span()); }),
                       "cuda: wanted a copy between the device's own memory inside only_if, got memory of the host",
                       Error);
  exec.only_if(flag.data(), [&] { exec.fill(value.span(), 2.0f); });
  CHECK(on_host(exec, value) == std::vector<float>{1});
  exec.fill(value.span(), 3.0f);
  CHECK(on_host(exec, value) == std::vector<float>{3});
}

TEST_CASE("a status that another call left is not blamed on a kernel") {
  Cuda exec = cuda();
  CHECK(cudaSetDevice(1000) != cudaSuccess);  // its error stays until somebody asks for it
  auto value = exec.allocate<float>(1);
  exec.fill(value.span(), 2.0f);
  CHECK(on_host(exec, value) == std::vector<float>{2});
  cudaGetLastError();
}

TEST_CASE("memory that is given back during a run makes the next round go unrecorded, and the report says so") {
  const test::MixtureTask task;
  const TunerOptions options{.samples = 80, .quantile = 0.1, .rounds = 6, .steps_per_round = 3};
  Cuda alone = cuda({.seed = 3}), exec = cuda({.seed = 3});
  auto undisturbed = task.model(alone);
  CHECK(task.tuner(alone, undisturbed, options).run().replayed == 5);
  auto model = task.model(exec);
  auto tuner = task.tuner(exec, model, options);
  const Report report = tuner.run([&](const RoundRecord&, const auto&) { exec.allocate<float>(10); });
  CHECK(report.replayed == 0);
  CHECK(on_host(exec, model.parameters()) == on_host(alone, undisturbed.parameters()));
}
