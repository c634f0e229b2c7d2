// SPDX-License-Identifier: Apache-2.0
// Weights from PyTorch: 06_torch_weights.py folds a network's BatchNorm and writes it as safetensors, with inputs and
// PyTorch's outputs; this reads the file and wants the same outputs of mace's network, to 1e-5.
// Usage: 06_torch_weights FILE.safetensors
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "mace/cpu.hpp"
#include "mace/io/safetensors.hpp"

// [excerpt]
// Linear(3, 16), ReLU, Linear(16, 16), ReLU, Linear(16, 2).
using Network = mace::Mlp<mace::Activation::relu, 3, 16, 16, 2>;

// The network's parameters as one flat buffer, from tensors with the names 0.weight, 0.bias, 1.weight, ...
std::vector<float> read_weights(const mace::Safetensors& file) {
  std::vector<float> flat(Network::parameters);
  Network::for_each_tensor("", flat.data(), [&](const std::string& name, mace::MatrixView<float> to) {
    // A weight's inputs are its rows here and its columns in PyTorch: the same bytes.
    const bool weight = name.ends_with("weight");
    const auto shape = weight ? std::vector{to.cols(), to.rows()} : std::vector{to.rows()};
    std::ranges::copy(file.tensor(name, shape).values, to.data());  // an Error that names what is missing or differs
  });
  return flat;
}
// [excerpt]

int main(int argc, char** argv) try {
  mace::require(argc == 2, "wanted a file.safetensors, got ", argc - 1, " arguments");
  const mace::Safetensors file = mace::read_safetensors(argv[1]);
  const std::vector<float> weights = read_weights(file);
  const std::vector<float>& inputs = file.tensor("inputs", {20, 3}).values;
  const std::vector<float>& wanted = file.tensor("outputs", {20, 2}).values;

  auto exec = mace::cpu();
  mace::PackedMlp<mace::Cpu, Network> network(exec);  // for many forward passes with weights that do not change
  network.freeze(exec, weights.data());
  std::vector<float> outputs(wanted.size());
  network.forward(exec, {inputs.data(), 3, 20}, {outputs.data(), 2, 20});  // a sample a column

  for (std::size_t i = 0; i < wanted.size(); ++i)
    mace::require(std::abs(outputs[i] - wanted[i]) < 1e-5f, "wanted PyTorch's output ", i, ", ", wanted[i],
                  ", to 1e-5, got ", outputs[i]);
  std::printf("all %zu outputs are PyTorch's, to 1e-5\n", wanted.size());
} catch (const std::exception& error) {
  std::fprintf(stderr, "06_torch_weights: %s\n", error.what());
  return 1;
}
