"""What every process of the benchmark does alike: say that it is there, and what it has used.

A process prints one line when it is ready, waits for a line, and ends when its input does, with
a line of JSON on what it has used between the two.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Mapping


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
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        used: Mapping[str, float] = {"cpu": time.process_time() - self._began, "peak_mb": peak}
        return json.dumps({**used, **more})
