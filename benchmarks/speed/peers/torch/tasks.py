# SPDX-License-Identifier: Apache-2.0
"""The paper's three tasks: a prior, what would be observed of a sample, how well that agrees with the observation, and
the paper's hyper-parameters."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from torch import Tensor

from models import Autoregressive, LatentVae

REPOSITORY = Path(__file__).resolve().parents[4]
PRIORS = REPOSITORY / "priors"


@dataclass
class Task:
    """What is tuned, to what, and how (Alg. 1)."""

    model: LatentVae | Autoregressive
    log_score: Callable[[Tensor], Tensor]  # -inf: impossible, never an elite
    judge: Callable[[Tensor], dict[str, float]]
    judged: int  # samples that are looked at before and after
    samples: int  # N
    quantile: float  # q
    rounds: int
    steps_per_round: int  # M, a round
    rate: float  # Adam's
    batches: int = 1  # parts of a round with elites of their own, which take turns in the steps

    @property
    def elites(self) -> int:
        return int(self.quantile * self.samples)


# Shapes from contacts (4.1, App. A)

FINGER_RADIUS = 0.04


def read_contacts(path: Path) -> tuple[Tensor, Tensor, Tensor]:
    """Directions [fingers, 3], whether each touches [fingers], and where [fingers, 3], as grasp_shapes writes them."""
    try:
        with open(path, newline="") as file:
            rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]
        table = torch.tensor(rows).reshape(-1, 7)
    except (ValueError, RuntimeError, csv.Error) as error:
        raise ValueError(f"{path}: wanted the contacts.csv of grasp_shapes") from error
    if len(table) == 0 or not table.isfinite().all():
        raise ValueError(f"{path}: wanted one finger or more, of finite numbers")
    return table[:, :3], table[:, 3] > 0, table[:, 4:]


def find_contacts(clouds: Tensor, fingers: Tensor) -> tuple[Tensor, Tensor]:
    """Where fingers touch that close along rays towards the origin: at the point farthest along, of those within the
    radius of the ray's line. Whether [clouds, fingers], and where [clouds, fingers, 3]; the origin if none is."""
    along = clouds @ fingers.T
    off = clouds.square().sum(dim=2, keepdim=True) - along.square()
    farthest, index = along.masked_fill(off > FINGER_RADIUS**2, -math.inf).max(dim=1)
    touched = farthest >= 0
    points = clouds.gather(1, index[:, :, None].expand(-1, -1, 3))
    return touched, points * touched[:, :, None]


def shape_task(prior: Path, contacts: Path, device: torch.device) -> Task:
    """S = max(1 - e, 0), e the mean over fingers of the distance between contacts, 1 where only one touches."""
    model = LatentVae(prior, "planes").to(device)
    fingers, felt_touched, felt = (each.to(device) for each in read_contacts(contacts))

    def log_score(clouds: Tensor) -> Tensor:
        touched, points = find_contacts(clouds, fingers)
        apart = torch.where(touched == felt_touched, (points - felt).norm(dim=2), 1.0)
        return (1 - apart.mean(dim=1)).clamp(min=0).log()

    def judge(clouds: Tensor) -> dict[str, float]:
        score = log_score(clouds).exp().mean().item()
        return {"score": score, "error": 1 - score, "diversity": diversity(clouds)}

    return Task(
        model, log_score, judge, 49,
        samples=256, quantile=1 / 16, rounds=78, steps_per_round=32, rate=2e-4, batches=2,
    )


# Box completion (App. C)

TAU, NEIGHBORS = 0.1, 5
# Of priors/observations/box.ply, the part with n.p >= d was seen.
SHIPPED_CUT = ((-0.255319148, 0.959376156, 0.120039366), 0.0444107018)


def read_ply(path: Path) -> Tensor:
    """The points [points, 3] of a binary PLY file with x, y and z as floats, which is what this library writes."""
    header, end, data = path.read_bytes().partition(b"end_header\n")
    if not end or b"binary_little_endian" not in header or header.count(b"property float ") != 3:
        raise ValueError(f"{path}: wanted a binary PLY file of points")
    return torch.from_numpy(np.frombuffer(data, "<f4").reshape(-1, 3).copy())


def clouds_at_once(device: torch.device) -> int:
    """A pair of clouds has up to four million distances, 16 MB. On a CPU more than one took longer."""
    return 1 if device.type == "cpu" else 256


def diversity(clouds: Tensor) -> float:
    """Mean over all pairs of CD_1, the sum of squared distances to the nearest point, both ways (App. A)."""
    total = 0.0
    for i in range(len(clouds) - 1):
        for others in clouds[i + 1:].split(clouds_at_once(clouds.device)):
            distance = torch.cdist(others, clouds[i])
            total += sum(distance.amin(dim=d).square().sum().item() for d in (1, 2))
    return total / math.comb(len(clouds), 2)


def completion_task(prior: Path, device: torch.device) -> Task:
    """S = exp(-tau CD_5) of the points that the cut leaves of a sample and those that were seen: sums over points of
    the mean squared distance to the 5 nearest of the other cloud, both ways."""
    model = LatentVae(prior, "boxes").to(device)
    seen = read_ply(PRIORS / "observations" / "box.ply").to(device)
    normal, offset = torch.tensor(SHIPPED_CUT[0], device=device), SHIPPED_CUT[1]

    def nearest(distance: Tensor) -> Tensor:
        return distance.topk(NEIGHBORS, dim=2, largest=False, sorted=False).values.square().mean(dim=2)

    def chamfer(clouds: Tensor) -> Tensor:
        kept = clouds @ normal >= offset
        distance = torch.cdist(clouds, seen)
        to_seen = (nearest(distance) * kept).sum(dim=1)
        # Fewer than 5 points that are kept make this infinite.
        from_seen = nearest(distance.masked_fill_(~kept[:, :, None], math.inf).transpose(1, 2).contiguous()).sum(dim=1)
        return to_seen + from_seen

    def log_score(clouds: Tensor) -> Tensor:
        return -TAU * torch.cat([chamfer(some) for some in clouds.split(clouds_at_once(device))])

    def judge(clouds: Tensor) -> dict[str, float]:
        log_scores = log_score(clouds)
        possible = log_scores[log_scores.isfinite()]
        return {"score": log_scores.exp().mean().item(), "error": (-possible / TAU).mean().item(),
                "diversity": diversity(clouds)}

    return Task(model, log_score, judge, 49, samples=256, quantile=1 / 32, rounds=31, steps_per_round=128, rate=1e-3)


# Reaching around obstacles with the Panda (4.2, App. B)

BASE = (-0.6, 0.0, 0.0)
GOALS = {"cwall": (0, 0, 0.5), "window": (0.015, 0, 0.558), "wall": (-0.17, 0, 0.56), "box": (-0.1, -0.1, 0.1025)}
BOXES = {  # center and whole edges, meters; those of `box` about the goal, turned by -45 degrees about z
    "cwall": [((-0.2, 0, 0.5), (0.1, 0.2, 0.4))],
    "wall": [((-0.1, 0, 0.5), (0.2, 0.8, 0.01)), ((-0.25, 0, 0.8), (0.11, 0.8, 0.6))],
    "window": [((-0.2, 0, 0.4), (0.02, 0.5, 0.1)), ((-0.2, 0, 0.8), (0.02, 0.5, 0.1)),
               ((-0.2, 0.2, 0.6), (0.02, 0.1, 0.3)), ((-0.2, -0.2, 0.6), (0.02, 0.1, 0.3))],
    "box": [((0, 0, 0.10125), (0.26, 0.2, 0.0025)), ((0, 0, -0.10125), (0.26, 0.2, 0.0025)),
            ((0.13, 0, 0), (0.0025, 0.2, 0.2)), ((0, 0.1, 0), (0.26, 0.0025, 0.2)),
            ((0, -0.1, 0), (0.26, 0.0025, 0.2))],
}
LINKS = [*(f"link{i}" for i in range(8)), "hand", "leftfinger", "rightfinger"]
LINK_FRAMES = [0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7]  # 0: the base's, i: joint i's
# Those that are checked against each other, as in include/mace/robot/panda_arm.hpp.
LINK_PAIRS = [(0, 5), (0, 6), (0, 7), (1, 5), (1, 6), (1, 7), (2, 5), (2, 6), (2, 7), (3, 5), (3, 7),
              *((link, tool) for tool in (8, 9, 10) for link in range(4))]
JOINTS = [  # roll about x, in quarter turns, and place of each joint's frame in that of the one before (panda.hpp)
    (0, (0, 0, 0.333)), (-1, (0, 0, 0)), (1, (0, -0.316, 0)), (1, (0.0825, 0, 0)),
    (-1, (-0.0825, 0.384, 0)), (1, (0, 0, 0)), (1, (0.088, 0, 0)),
]
TIP = (0, 0, 0.212)  # in the last joint's frame


def panda_capsules() -> tuple[Tensor, Tensor, list[int]]:
    """Ends [capsules, 2, 3] and radii [capsules], meters in the frame of their link, and which link. Read from the
    header, so that both programs know the same arm."""
    path = REPOSITORY / "include" / "mace" / "robot" / "panda_shapes.hpp"
    text = path.read_text()
    rows: list[list[int]] = []
    links: list[int] = []
    for link, name in enumerate(LINKS):
        table = re.search(rf"TableCapsule {name}_cover\[\] = \{{(.*?)\n\}};", text, re.DOTALL)
        if table is None:
            raise ValueError(f"{path}: wanted the capsules of {name}")
        found = [[int(number) for number in re.findall(r"-?\d+", line)] for line in table[1].strip().splitlines()]
        rows += found
        links += [link] * len(found)
    meters = torch.tensor(rows, dtype=torch.float32) / 1e5
    return meters[:, :6].reshape(-1, 2, 3), meters[:, 6], links


def chain_frames(q: Tensor, origins: Tensor) -> Tensor:
    """Poses [configurations, 1 + joints, 4, 4] of the base and each joint in the world; origins [1 + joints, 4, 4]."""
    sine, cosine, zero, one = q.sin(), q.cos(), torch.zeros_like(q), torch.ones_like(q)
    rows = [cosine, -sine, zero, zero, sine, cosine, zero, zero, zero, zero, one, zero, zero, zero, zero, one]
    turns = torch.stack(rows, dim=2).unflatten(2, (4, 4))
    frames = [origins[0].expand(len(q), 4, 4)]
    for j in range(q.shape[1]):
        frames.append(frames[-1] @ origins[1 + j] @ turns[:, j])
    return torch.stack(frames, dim=1)


def segment_to_box(a: Tensor, b: Tensor, half: Tensor) -> Tensor:
    """The distance from the segment a b to a box, given by half of each edge, in the box's frame; all [..., 3].

    The squared distance of a + t (b - a) is convex in t, and its slope is linear between the t where a coordinate
    enters or leaves [-half, half]. So the minimum lies between two of these, and where is exact.
    """
    d = b - a
    t = torch.cat([(-half - a) / d, (half - a) / d, torch.zeros_like(a[..., :1]), torch.ones_like(a[..., :1])], dim=-1)
    t = t.nan_to_num().clamp(0, 1).sort(dim=-1).values
    p = a[..., None, :] + t[..., None] * d[..., None, :]
    limit = half[..., None, :]
    slope = ((p - p.clamp(-limit, limit)) * d[..., None, :]).sum(dim=-1)
    right = (slope < 0).sum(dim=-1, keepdim=True).clamp(1, 7)
    low, low_slope = t.gather(-1, right - 1), slope.gather(-1, right - 1)
    high, high_slope = t.gather(-1, right), slope.gather(-1, right)
    share = (low_slope / (low_slope - high_slope)).nan_to_num().clamp(0, 1)
    p = a + (low + (high - low) * share) * d
    return (p - p.clamp(-half, half)).norm(dim=-1)


def segment_to_segment(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """The distance between the segments a b and c d, all [..., 3] (Ericson, "Real-time collision detection", 5.1.9)."""
    along, across, between = b - a, d - c, a - c
    normal = torch.cross(along, across, dim=-1)

    def dot(x: Tensor, y: Tensor) -> Tensor:
        return (x * y).sum(dim=-1)

    def share(x: Tensor) -> Tensor:  # 0/0 where a segment is a point or both are parallel: any will do
        return x.nan_to_num().clamp(0, 1)

    s = share(dot(torch.cross(across, between, dim=-1), normal) / dot(normal, normal))
    t = share((dot(along, across) * s + dot(across, between)) / dot(across, across))
    s = share((dot(along, across) * t - dot(along, between)) / dot(along, along))
    return (between + s[..., None] * along - t[..., None] * across).norm(dim=-1)


class PandaScene:
    """Where the Panda's tip is, and whether the arm is free of the scene, the ground and itself: bodies as capsules."""

    def __init__(self, scene: str, device: torch.device) -> None:
        self.goal = torch.tensor(GOALS[scene], dtype=torch.float32, device=device)
        self.origins = torch.eye(4).repeat(1 + len(JOINTS), 1, 1)
        self.origins[0, :3, 3] = torch.tensor(BASE)
        for origin, (roll, place) in zip(self.origins[1:], JOINTS):
            if roll:
                origin[1:3, 1:3] = torch.tensor([[0.0, -roll], [roll, 0.0]])
            origin[:3, 3] = torch.tensor(place)
        self.origins = self.origins.to(device)
        self.tip = torch.tensor(TIP, device=device)

        ends, radii, links = panda_capsules()
        self.ends, self.radii = ends.to(device), radii.to(device)
        self.frame_of = torch.tensor([LINK_FRAMES[link] for link in links], device=device)
        self.moving = torch.tensor([i for i, link in enumerate(links) if LINK_FRAMES[link] > 0], device=device)
        pairs = [(i, j) for left, right in LINK_PAIRS for i, of_i in enumerate(links) if of_i == left
                 for j, of_j in enumerate(links) if of_j == right]
        self.left, self.right = torch.tensor(pairs, device=device).T

        boxes = torch.tensor(BOXES[scene], dtype=torch.float32, device=device)
        self.half = 0.5 * boxes[:, 1]
        self.turn = torch.eye(3, device=device)  # of all boxes: their axes are its columns
        self.center = boxes[:, 0]
        if scene == "box":
            h = math.sqrt(0.5)
            self.turn = torch.tensor([[h, h, 0], [-h, h, 0], [0, 0, 1]], device=device)
            self.center = self.goal + self.center @ self.turn.T

    def simulate(self, q: Tensor) -> tuple[Tensor, Tensor]:
        """The distance of the tip to the goal, and whether the configuration is free; both [configurations]."""
        frames = chain_frames(q, self.origins)
        tip = frames[:, -1, :3, :3] @ self.tip + frames[:, -1, :3, 3]
        of = frames[:, self.frame_of]
        ends = self.ends @ of[..., :3, :3].transpose(-1, -2) + of[..., None, :3, 3]  # [configurations, capsules, 2, 3]
        free = ~self._meets_scene(ends[:, self.moving], self.radii[self.moving])
        left, right = ends[:, self.left], ends[:, self.right]
        apart = segment_to_segment(left[:, :, 0], left[:, :, 1], right[:, :, 0], right[:, :, 1])
        free &= (apart >= self.radii[self.left] + self.radii[self.right]).all(dim=1)
        return (tip - self.goal).norm(dim=1), free

    def _meets_scene(self, ends: Tensor, radii: Tensor) -> Tensor:
        below_ground = (ends[..., 2].amin(dim=2) < radii).any(dim=1)
        at_box = (ends[:, :, None] - self.center[:, None]) @ self.turn  # [configurations, capsules, boxes, 2, 3]
        half = self.half.expand_as(at_box[..., 0, :])
        apart = segment_to_box(at_box[..., 0, :], at_box[..., 1, :], half)
        return below_ground | (apart < radii[:, None]).flatten(1).any(dim=1)


def reach_task(prior: Path, scene: str, device: torch.device) -> Task:
    """S = 0 in collision, else exp(-distance), the meters from the tip to the goal."""
    arm = PandaScene(scene, device)
    model = Autoregressive(prior, torch.tensor(GOALS[scene]) - torch.tensor(BASE)).to(device)
    if model.joints != len(JOINTS):
        raise ValueError(f"{prior}: wanted a prior of {len(JOINTS)} joints, got {model.joints}")

    def log_score(q: Tensor) -> Tensor:
        distance, free = arm.simulate(q)
        return torch.where(free, -distance, -math.inf)

    def judge(q: Tensor) -> dict[str, float]:
        distance, free = arm.simulate(q)
        return {"score": (torch.exp(-distance) * free).mean().item(), "success": free.float().mean().item(),
                "error": distance.mean().item(), "error_median": distance.median().item(),
                "joint_spread": q.std(dim=0, unbiased=False).mean().item()}

    if scene == "box":
        return Task(
            model, log_score, judge, 1000,
            samples=4096, quantile=1 / 128, rounds=125, steps_per_round=4, rate=1e-4,
        )
    return Task(model, log_score, judge, 1000, samples=64, quantile=1 / 16, rounds=375, steps_per_round=4, rate=2e-5)
