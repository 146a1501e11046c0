"""Runs each fuzz target for a time, and says how many inputs it tried and what it found.

    python -m tests.fuzz.run [--seconds N] [--keep N] [TARGET ...]

With ``--keep`` what reached new code is kept in ``tests/fuzz/corpus``, the ``N`` smallest of
each target. The exit status is 1 after a find; its input stands in
``tests/fuzz/finds``, to be made into a test.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.seeds import write_seeds

_HERE = Path(__file__).parent
_CORPUS = _HERE / "corpus"
_FINDS = _HERE / "finds"
TARGETS = tuple(sorted(path.stem.removeprefix("fuzz_") for path in _HERE.glob("fuzz_*.py")))


def _fuzz(target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"tests.fuzz.fuzz_{target}", *arguments]
    return subprocess.run(  # noqa: S603 - our own module
        command, cwd=_HERE.parents[1], capture_output=True, text=True, errors="replace", check=False
    )


def _without_noise(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("INFO: Instr"))


def run(target: str, seconds: int, keep: int) -> bool:
    """Fuzz one target; True if nothing was found."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_seeds(folder)
        work = folder / target
        if (_CORPUS / target).is_dir():
            shutil.copytree(_CORPUS / target, work, dirs_exist_ok=True)
        _FINDS.mkdir(exist_ok=True)
        prefix = f"-artifact_prefix={_FINDS}/{target}-"
        limits = (f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048")
        done = _fuzz(target, prefix, *limits, "-max_len=16384", "-print_final_stats=1", str(work))
        executed = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
        covered = re.findall(r"cov: (\d+)", done.stderr)
        good = done.returncode == 0 and executed is not None
        count = executed[1] if executed else "no"
        edges = covered[-1] if covered else "no"
        words = "nothing found" if good else "FOUND, see below"
        print(f"{target}: {count} inputs, {edges} edges, {words}", flush=True)  # noqa: T201
        if not good:
            print(_without_noise(done.stderr)[-4000:])  # noqa: T201
        elif keep:
            _keep(target, work, keep)
    return good


def _keep(target: str, work: Path, most: int) -> None:
    """What libFuzzer has left in its folder has each reached something that the others do not."""
    found = sorted(work.iterdir(), key=lambda path: (path.stat().st_size, path.name))
    kept = _CORPUS / target
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for path in found[:most]:
        shutil.copy(path, kept / path.name[:16])


def main() -> int:
    """Read the command line and run the targets one after the other."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of untrusted octets.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", type=int, default=0, help="how many inputs to keep of each")
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []])
    given = parser.parse_args()
    results = [run(target, given.seconds, given.keep) for target in given.target or TARGETS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
