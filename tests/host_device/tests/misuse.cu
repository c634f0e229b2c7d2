// SPDX-License-Identifier: Apache-2.0
// Usage: misuse NAME. Does one thing wrong, which the runtime or the checker must tell (misuse.sh); or nothing.
#include <cublas_v2.h>
#include <cuda_runtime.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mace {

struct Shared {
  static float* memory() {
    extern __shared__ __align__(16) unsigned char shared[];
    return reinterpret_cast<float*>(shared);
  }
};

__global__ void write(float* x, int at) {
  x[at] = 1;
}
__global__ void read(const float* x, float* out) {
  *out = *x;
}
__global__ void sum_neighbors(float* out, bool meet, bool write_first) {
  float* const values = Shared::memory();
  if (write_first) values[threadIdx.x] = 1;
  if (meet) __syncthreads();
  out[threadIdx.x] = values[threadIdx.x] + values[(threadIdx.x + 1) % blockDim.x];
}
__global__ void write_first(float* out, bool same) {
  *out = same ? 1.0f : static_cast<float>(blockIdx.x + threadIdx.x);
}
__global__ void count(int* out) {
  __atomic_fetch_add(out, 1, __ATOMIC_RELAXED);
}
__global__ void count_loosely(int* out) {
  *out += 1;
}
__global__ void meet_in_part(float* out) {
  if (threadIdx.x < 16) __syncthreads();
  out[threadIdx.x] = 1;
}
__global__ void shuffle_in_part(float* out) {
  if (threadIdx.x < 16)
    out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 1);
  else
    __syncthreads();
}
struct Numbers {
  float value[8];
};
[[gnu::noinline]] void set(Numbers& numbers, unsigned i) {
  numbers.value[i % 8] = 1;
}
__global__ void write_parameter(Numbers numbers, float* out) {
  set(numbers, threadIdx.x);
  for (int i = 0; i < 8; ++i) out[i] = numbers.value[i];
}
__global__ void write_shared(int at) {
  Shared::memory()[at] = 1;
}

template <class... Parameters, class... Arguments>
cudaError_t launch(int blocks, int threads, std::size_t shared, cudaStream_t stream, void (*kernel)(Parameters...),
                   Arguments... arguments) {
  cudaLaunchConfig_t config;
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, arguments...);
}

/// Memory of the device, all zeros, given back in the end.
struct Zeros {
  explicit Zeros(std::size_t count) {
    cudaMalloc(reinterpret_cast<void**>(&data), count * sizeof(float));
    cudaMemsetAsync(data, 0, count * sizeof(float), nullptr);
  }
  Zeros(const Zeros&) = delete;
  Zeros& operator=(const Zeros&) = delete;
  ~Zeros() { cudaFree(data); }
  float* data = nullptr;
};

template <class Work>
void captured(unsigned flags, const Work& work) {
  cudaStream_t stream;
  cudaStreamCreateWithFlags(&stream, flags);
  cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
  work(stream);
  cudaGraph_t graph = nullptr;
  if (cudaStreamEndCapture(stream, &graph) == cudaSuccess) cudaGraphDestroy(graph);
  cudaStreamDestroy(stream);
}

volatile float sink;

const std::map<std::string, std::function<void()>> misuses = {
    {"nothing",
     [] {
       Zeros x(64), one(1);
       launch(2, 32, 0, nullptr, write_first, one.data, true);  // the same by all
       launch(2, 32, 0, nullptr, count, reinterpret_cast<int*>(one.data));
       launch(1, 64, 256, nullptr, sum_neighbors, x.data, true, true);
       float host[64];
       cudaMemcpy(host, x.data, sizeof host, cudaMemcpyDefault);
       if (host[63] != 2) std::puts("wrong sum");
     }},
    {"host_touches_device", [] { sink = *Zeros(1).data; }},
    {"use_after_free",
     [] {
       Zeros out(1);
       float* const x = Zeros(1).data;
       launch(1, 1, 0, nullptr, read, x, out.data);
     }},
    {"past_the_end",
     [] {
       Zeros x(3);
       launch(1, 1, 0, nullptr, write, x.data, 3);
       cudaDeviceSynchronize();
     }},
    {"past_shared",
     [] {
       launch(1, 1, 12, nullptr, write_shared, 3);
       cudaDeviceSynchronize();
     }},
    {"unwritten_global",
     [] {
       Zeros out(1);
       float* x = nullptr;
       cudaMalloc(reinterpret_cast<void**>(&x), sizeof(float));
       launch(1, 1, 0, nullptr, read, x, out.data);
       cudaFree(x);
     }},
    {"unwritten_shared",
     [] {
       Zeros x(32);
       launch(1, 32, 128, nullptr, sum_neighbors, x.data, true, false);
     }},
    {"race_shared",
     [] {
       Zeros x(32);
       launch(1, 32, 128, nullptr, sum_neighbors, x.data, false, true);
     }},
    {"race_blocks",
     [] {
       Zeros x(1);
       launch(2, 1, 0, nullptr, write_first, x.data, false);
     }},
    {"race_count",
     [] {
       Zeros x(1);
       launch(1, 32, 0, nullptr, count_loosely, reinterpret_cast<int*>(x.data));
     }},
    {"host_pointer",
     [] {
       Zeros out(1);
       static float host = 1;
       launch(1, 1, 0, nullptr, read, &host, out.data);
     }},
    {"misaligned",
     [] {
       Zeros x(4);
       launch(1, 1, 0, nullptr, write, reinterpret_cast<float*>(reinterpret_cast<char*>(x.data) + 2), 0);
     }},
    {"write_to_parameter",
     [] {
       Zeros x(8);
       launch(1, 1, 0, nullptr, write_parameter, Numbers{}, x.data);
     }},
    {"barrier_left_out",
     [] {
       Zeros x(32);
       launch(1, 32, 0, nullptr, meet_in_part, x.data);
     }},
    {"shuffle_left_out",
     [] {
       Zeros x(32);
       launch(1, 32, 0, nullptr, shuffle_in_part, x.data);
     }},
    {"block_too_large",
     [] {
       Zeros x(1);
       launch(1, 2000, 0, nullptr, write, x.data, 0);
     }},
    {"shared_not_asked_for", [] { launch(1, 1, 60000, nullptr, write_shared, 0); }},
    {"copy_too_long",
     [] {
       Zeros x(4), y(3);
       cudaMemcpyAsync(y.data, x.data, 16, cudaMemcpyDefault, nullptr);
     }},
    {"freed_twice",
     [] {
       Zeros x(4);
       cudaFree(x.data);
     }},
    {"capture_allocation",
     [] {
       captured(cudaStreamNonBlocking, [](cudaStream_t) {
         void* x = nullptr;
         cudaMalloc(&x, 4);
       });
     }},
    {"capture_synchronization",
     [] { captured(cudaStreamNonBlocking, [](cudaStream_t s) { cudaStreamSynchronize(s); }); }},
    {"capture_device_wide", [] { captured(cudaStreamNonBlocking, [](cudaStream_t) { cudaDeviceSynchronize(); }); }},
    {"capture_query", [] { captured(cudaStreamNonBlocking, [](cudaStream_t s) { cudaStreamQuery(s); }); }},
    {"capture_pageable",
     [] {
       Zeros x(1);
       captured(cudaStreamNonBlocking, [&](cudaStream_t s) {
         const float host = 1;
         cudaMemcpyAsync(x.data, &host, 4, cudaMemcpyDefault, s);
       });
     }},
    {"capture_legacy",
     [] {
       Zeros x(1);
       captured(cudaStreamDefault, [&](cudaStream_t) { cudaMemsetAsync(x.data, 0, 4, nullptr); });
     }},
    {"capture_event",
     [] {
       cudaEvent_t event;
       cudaEventCreate(&event);
       captured(cudaStreamNonBlocking, [&](cudaStream_t s) { cudaStreamWaitEvent(s, event); });
       cudaEventDestroy(event);
     }},
    {"leak",
     [] {
       void* x = nullptr;
       cudaMalloc(&x, 4);
     }},
    {"leak_stream",
     [] {
       cudaStream_t s;
       cudaStreamCreate(&s);
     }},
    {"leak_handle",
     [] {
       cublasHandle_t h;
       cublasCreate(&h);
     }},
    {"other_device_stream",
     [] {
       Zeros x(1);
       cudaStream_t s;
       cudaStreamCreate(&s);
       cudaSetDevice(1);
       launch(1, 1, 0, s, write, x.data, 0);
       cudaStreamDestroy(s);
     }},
    {"other_device_memory",
     [] {
       Zeros x(1);
       cudaSetDevice(1);
       launch(1, 1, 0, nullptr, write, x.data, 0);
       cudaDeviceSynchronize();
     }},
};

}  // namespace mace

int main(int argc, char** argv) {
  const auto found = mace::misuses.find(argc == 2 ? argv[1] : "");
  if (found == mace::misuses.end()) {
    for (const auto& [name, misuse] : mace::misuses) std::puts(name.c_str());
    return 2;
  }
  found->second();
}
