# SPDX-License-Identifier: Apache-2.0
"""A network of PyTorch as a file for mace: its BatchNorm folded into the layers before it, its tensors as safetensors.

Usage: python3 06_torch_weights.py FILE   writes the network, and inputs with PyTorch's outputs to check against
"""

import json
import os
import random
import struct
import sys

import torch
from torch import nn


def folded(network):
    """The Linear layers of a Sequential in eval mode as (weight, bias), each with the BatchNorm1d that follows it."""
    layers = []
    for before, layer in zip([None, *network], network):
        if isinstance(layer, nn.Linear):
            layers.append((layer.weight, layer.bias))
        elif isinstance(layer, nn.BatchNorm1d) and isinstance(before, nn.Linear) and not layer.training:
            weight, bias = layers.pop()
            scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
            layers.append((weight * scale[:, None], (bias - layer.running_mean) * scale + layer.bias))
        elif not isinstance(layer, nn.ReLU):
            sys.exit(f"wanted Linear layers, each with a BatchNorm1d in eval mode and a ReLU or not, got {layer} after {before}")
    return layers


def write_safetensors(path, tensors, metadata):
    """Named tensors as float32 in a .safetensors file, which is there as a whole or not at all."""
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().to(torch.float32).flatten().tolist()
        begin, data = len(data), data + struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    os.replace(path + ".part", path)


def example_network():
    """Stands for one that was trained: the numbers are drawn, by Python, so that they are those of the file that is here."""
    network = nn.Sequential(
        nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2)
    )
    draw = random.Random(7)
    for name, values in network.state_dict().items():
        if values.is_floating_point():
            low, high = (0.01, 2.0) if name.endswith("running_var") else (-0.5, 0.5)
            values.copy_(torch.tensor([draw.uniform(low, high) for _ in range(values.numel())]).reshape(values.shape))
    return network.eval(), torch.tensor([[draw.uniform(-2, 2) for _ in range(3)] for _ in range(20)])


if __name__ == "__main__":
    network, inputs = example_network()
    tensors = {"inputs": inputs, "outputs": network(inputs)}
    for number, (weight, bias) in enumerate(folded(network)):
        tensors[f"{number}.weight"], tensors[f"{number}.bias"] = weight, bias
    write_safetensors(sys.argv[1], tensors, {"made by": "06_torch_weights.py", "torch": torch.__version__})
