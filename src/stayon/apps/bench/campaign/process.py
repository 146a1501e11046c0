"""What every process of the benchmark does alike: say that it is there, and what it has used.

A process prints one line when it is ready, waits for a line, and ends when its input does, with
a line of JSON on what it has used between the two.
"""

import asyncio
import json
import sys
import time
from pathlib import Path


def say(line: str) -> None:
    """One line for the process that started this one."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def next_line() -> str:
    """The next line of what that process says; empty at the end."""
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


class Use:
    """CPU time from the beginning on, and the peak of memory."""

    def __init__(self) -> None:
        self._began = time.process_time()

    def told(self, **more: float) -> str:
        """The line of JSON: seconds of CPU, megabytes."""
        used = {"cpu": time.process_time() - self._began, "peak_mb": _peak_megabytes()}
        return json.dumps({**used, **more})


def _peak_megabytes() -> float:
    """The most memory that this process has had, by Linux's own count.

    ``getrusage`` counts in what the process that started this one had at that moment.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024
