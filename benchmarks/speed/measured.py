# SPDX-License-Identifier: Apache-2.0
"""What run.sh measured, and the table that it becomes part of."""

import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = list[str]
NOT_INSTALLED = "not installed"


class Raw:
    """What was measured."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def one(self, name: str) -> Any:
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() and path.stat().st_size > 0 else None

    def turns(self, name: str) -> dict[int, Any]:
        """Those of NAME.0, NAME.1, ... that are there, by turn."""
        numbers = sorted(int(path.suffixes[-2][1:]) for path in self.folder.glob(f"{name}.*.json"))
        return {turn: self.one(f"{name}.{turn}") for turn in numbers}

    def lack(self, name: str) -> str:
        """Why there are no results."""
        reasons = [path.read_text().strip() for path in sorted(self.folder.glob(f"{name}*.lack"))]
        return reasons[0] if reasons else NOT_INSTALLED

    def text(self, name: str) -> str:
        return (self.folder / name).read_text().strip()


@dataclass
class Series:
    """One number, measured several times."""

    values: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def json(self) -> dict[str, Any]:
        return {"median": self.median, "least": min(self.values), "most": max(self.values), "values": self.values}

    def times(self, factor: float) -> "Series":
        return Series([factor * value for value in self.values])

    def __str__(self) -> str:
        """Median and spread, one that is rounded away left out."""
        middle, low, high = (short(value) for value in (self.median, min(self.values), max(self.values)))
        return middle if low == high else f"{middle} ({low} to {high})"


@dataclass
class Section:
    title: str
    text: str
    header: Row
    rows: list[Row]
    data: Any

    def markdown(self) -> str:
        head, *rows = (f"| {' | '.join(cells)} |" for cells in (self.header, *self.rows))
        return "\n".join([f"## {self.title}", "", self.text, "", head, "|" + "---|" * len(self.header), *rows, ""])


def short(value: float) -> str:
    """Three digits that count."""
    if abs(value) < 1e-6:
        return f"{value:.1g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
