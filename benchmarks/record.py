#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a benchmark program that knows --json, and stores its results with how they were measured (README.md). It does not
start where the load average of the last minute is above 0.3.

Usage: benchmarks/record.py [--loaded] FILE PROGRAM [ARGUMENT...]
  --loaded  starts all the same; the tables that are made from FILE then say so
"""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

QUIET = 0.3


def load_average() -> str:
    return Path("/proc/loadavg").read_text().strip()


def first_line(*command: str) -> str | None:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, IndexError, subprocess.CalledProcessError):
        return None


def machine(load_start: str, load_end: str) -> dict[str, Any]:
    """Where and when something was measured, and of which commit (called from the repository)."""
    info = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "load_start": load_start,
        "load_end": load_end,
    }


def replace(path: Path, results: Any) -> None:
    """Writes a JSON file, all at once."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(results, indent=2) + "\n")
    fresh.replace(path)


def main(arguments: list[str]) -> int:
    loaded = arguments[:1] == ["--loaded"]
    file, *command = arguments[loaded:] or [""]
    if not command or file.startswith("-"):
        sys.exit("record: wanted [--loaded] FILE PROGRAM [ARGUMENT...], got " + (" ".join(arguments) or "nothing"))
    load = load_average()
    if float(load.split()[0]) > QUIET and not loaded:
        sys.exit(f"record: wanted a load average of at most {QUIET}, got {load.split()[0]}; --loaded measures all the same "
                 "and says so")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        status = subprocess.run([*command, "--json", str(report)]).returncode
        if status != 0:
            sys.exit(f"record: {command[0]}: exit status {status}")
        results = json.loads(report.read_text())
    replace(Path(file), {"command": " ".join([Path(command[0]).name, *command[1:]]),
                         "machine": machine(load, load_average()), "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
