# SPDX-License-Identifier: Apache-2.0
"""The two generative models of MACE (Krupnik et al., CoRL 2023, section 3.2), read from trained priors.

Both have the same methods, which are all that the loop in tune.py knows:

- `noise(count, generator)`: the random numbers that `count` samples are made of,
- `sample(noise)`: the samples,
- `prepare(samples)`: what gradient steps need of elites, and what stays the same while the parameters move,
- `log_likelihood(prepared)`: of each elite, up to a constant; differentiable in `tuned()`, the parameters.

`reset()` brings the prior back.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

Tensors = dict[str, Tensor]
Metadata = dict[str, str]


def read_safetensors(path: Path) -> tuple[Tensors, Metadata]:
    """The tensors of a file, as float32, and its metadata: a length, a JSON header of that length, then the numbers."""
    dtypes = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}
    data = path.read_bytes()
    try:
        begin = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:begin])
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, entry in header.items():
            first, last = entry["data_offsets"]
            numbers = np.frombuffer(data[begin + first:begin + last], dtypes[entry["dtype"]])
            tensors[name] = torch.from_numpy(numbers.astype(np.float32).reshape(entry["shape"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: wanted a safetensors file of F16 or F32") from error
    return tensors, metadata


def read_prior(path: Path, task: str) -> tuple[Tensors, Metadata]:
    tensors, about = read_safetensors(path)
    if about.get("task") != task:
        raise ValueError(f"{path}: wanted a prior for the task '{task}', got '{about.get('task')}'")
    return tensors, about


def layers(tensors: Tensors, prefix: str) -> list[tuple[Tensor, Tensor]]:
    """Weight [out, in] and bias [out] of `<prefix>0`, `<prefix>1` and so on."""
    count = sum(name.startswith(prefix) for name in tensors) // 2
    try:
        return [(tensors[f"{prefix}{i}.weight"], tensors[f"{prefix}{i}.bias"]) for i in range(max(count, 1))]
    except KeyError as missing:
        raise ValueError(f"prior: wanted a tensor {missing}") from missing


def frozen_mlp(tensors: Tensors, prefix: str, activation: nn.Module) -> nn.Sequential:
    """The network whose layers these are, with an activation between any two."""
    modules: list[nn.Module] = []
    for weight, bias in layers(tensors, prefix):
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight.data, linear.bias.data = weight, bias
        modules += [linear, activation]
    return nn.Sequential(*modules[:-1]).requires_grad_(False)


class LatentVae(nn.Module):
    """MACE-VAE (3.2.1): encoder and decoder are frozen, mean and log standard deviation of the latents are tuned."""

    def __init__(self, path: Path, task: str) -> None:
        super().__init__()
        tensors, about = read_prior(path, task)
        activations = {"small": nn.LeakyReLU(0.01), "paper": nn.ReLU()}
        if about.get("network") not in activations:
            raise ValueError(f"{path}: wanted a small or a paper network, got '{about.get('network')}'")
        activation = activations[about["network"]]
        self.points = frozen_mlp(tensors, "encoder.points.", activation)
        self.head = frozen_mlp(tensors, "encoder.head.", activation)
        self.decoder = frozen_mlp(tensors, "decoder.", activation)
        latents = self.decoder[0].in_features
        self.prior_log_sigma = math.log(float(about["prior_sigma"]))
        self.mean = nn.Parameter(torch.zeros(latents))
        self.log_sigma = nn.Parameter(torch.full((latents,), self.prior_log_sigma))

    def tuned(self) -> list[nn.Parameter]:
        return [self.mean, self.log_sigma]

    def reset(self) -> None:
        """Back to the prior."""
        self.mean.data.zero_()
        self.log_sigma.data.fill_(self.prior_log_sigma)

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(count, len(self.mean), generator=generator, device=self.mean.device)

    def sample(self, noise: Tensor) -> Tensor:
        """Clouds [count, points, 3]."""
        return self.decoder(self.mean + self.log_sigma.exp() * noise).unflatten(1, (-1, 3))

    def prepare(self, clouds: Tensor) -> Tensor:
        """Mean and log standard deviation of q(z|x), side by side: a PointNet without BatchNorm (App. A)."""
        return self.head(self.points(clouds).amax(dim=1))

    def log_likelihood(self, codes: Tensor) -> Tensor:
        """-KL(q(z|x) || N(mean, sigma^2)), which stands for log p(x) since encoder and decoder are frozen."""
        m, log_s = codes.chunk(2, dim=1)
        share = ((2 * log_s).exp() + (m - self.mean).square()) * (-2 * self.log_sigma).exp()
        return -(self.log_sigma - log_s + 0.5 * (share - 1)).sum(dim=1)


class Autoregressive(nn.Module):
    """p(q | goal) = prod_j p(q_j | q_<j, goal) (3.2.2, App. B): a network a joint, of which all weights are tuned. Each
    puts out a mixture of Gaussians, truncated to the joint's limits; joints are scaled to [-1, 1] between them.

    The networks are of one size but for their inputs, so they are stacked, with zero weights for the joints that a
    network does not see: one batched product a layer instead of seven.
    """

    least_width = 1e-3  # of half a joint's range

    def __init__(self, path: Path, goal: Tensor) -> None:
        super().__init__()
        tensors, about = read_prior(path, "arm")
        limits = torch.tensor([[float(x) for x in about[key].split()] for key in ("lower", "upper")])
        self.joints = limits.shape[1]
        self.register_buffer("middle", limits.mean(dim=0))
        self.register_buffer("half_range", 0.5 * (limits[1] - limits[0]))
        self.register_buffer("goal", goal)
        self.register_buffer("seen", torch.ones(self.joints, self.joints).tril(-1)[:, None, :-1])
        nets = [layers(tensors, f"joint.{j}.") for j in range(self.joints)]
        inputs = nets[-1][0][0].shape[1]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for stack in zip(*nets):  # a layer of every network
            width = inputs if not self.weights else stack[0][0].shape[1]
            padded = [F.pad(weight, (0, width - weight.shape[1])).T for weight, _ in stack]
            self.weights.append(nn.Parameter(torch.stack(padded)))
            self.biases.append(nn.Parameter(torch.stack([bias[None] for _, bias in stack])))
        self.trained = [p.detach().clone() for p in self.parameters()]

    def tuned(self) -> list[nn.Parameter]:
        return list(self.parameters())

    def reset(self) -> None:
        for parameter, trained in zip(self.parameters(), self.trained):
            parameter.data.copy_(trained)

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.rand(self.joints, 2, count, generator=generator, device=self.goal.device)

    def sample(self, noise: Tensor) -> Tensor:
        """Configurations [count, joints]."""
        count = noise.shape[2]
        goal = self.goal.expand(count, -1)
        t = noise.new_zeros(count, self.joints)
        for j, (which, where) in enumerate(noise):
            h = torch.cat([goal, t[:, :-1]], dim=1)
            for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
                h = torch.addmm(bias[j], h if layer == 0 else F.leaky_relu(h, 0.01), weight[j])
            t[:, j] = self._draw(h, which[:, None], where[:, None])
        return self.middle + self.half_range * t

    def prepare(self, q: Tensor) -> tuple[Tensor, Tensor]:
        """The networks' inputs [joints, elites, goal + joints before], and what shall be likely [joints, elites, 1]."""
        t = (q - self.middle) / self.half_range
        goal = self.goal.expand(self.joints, len(q), -1)
        return torch.cat([goal, t[:, :-1] * self.seen], dim=2), t.T[:, :, None].clamp(-1, 1)

    def log_likelihood(self, prepared: tuple[Tensor, Tensor]) -> Tensor:
        h, t = prepared
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            h = torch.baddbmm(bias, h if layer == 0 else F.leaky_relu(h, 0.01), weight)
        logits, mean, width, below, above = self._mixture(h)
        density = -0.5 * ((t - mean) / width).square() - (width * (below + above)).log()
        return (logits.log_softmax(dim=-1) + density).logsumexp(dim=-1).sum(dim=0)

    def _mixture(self, raw: Tensor) -> tuple[Tensor, ...]:
        """Logits, means and widths of the components; twice the mass from the mean to the lower and upper limit."""
        logits, m, w = raw.chunk(3, dim=-1)
        mean = m / (1 + m.abs())
        width = self.least_width + w.clamp(max=0).exp() + w.clamp(min=0)
        scale = math.sqrt(0.5) / width
        return logits, mean, width, ((1 + mean) * scale).erf(), ((1 - mean) * scale).erf()

    def _draw(self, raw: Tensor, which: Tensor, where: Tensor) -> Tensor:
        """By inversion: a component, then a quantile of it."""
        logits, *rest = self._mixture(raw)
        component = (which >= logits.softmax(dim=1).cumsum(dim=1)[:, :-1]).sum(dim=1, keepdim=True)
        mean, width, below, above = (each.gather(1, component) for each in rest)
        inside = 1 - 2.0**-24  # the last float before 1, whose inverse is infinite
        e = (where * (below + above) - below).clamp(-inside, inside)
        return (mean + width * math.sqrt(2) * e.erfinv()).clamp(-1, 1)[:, 0]
