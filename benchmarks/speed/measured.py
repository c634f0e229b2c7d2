# SPDX-License-Identifier: Apache-2.0
"""What run.sh measured."""

import json
import statistics
from pathlib import Path
from typing import Any, Iterable

NOT_INSTALLED = "not installed"


class Raw:
    """A folder with a JSON file a measurement, NAME.json, or NAME.lack with the reason why there is none."""

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


def series(values: Iterable[float]) -> dict[str, Any]:
    """One number, measured several times."""
    values = list(values)
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "values": values}
