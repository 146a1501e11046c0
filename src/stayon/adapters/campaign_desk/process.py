"""One process at a time: who runs is told by a lock that the process holds for as long as it lives.

The lock belongs to an open file that the child inherits. The kernel lets go of it when the child
ends, however it ends; nobody has to trust a process number that may be somebody else's by now.
"""

import fcntl
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from stayon.ports.campaign_desk import CampaignNotStarted

_LOCK_FILE = "running"


class SoleProcess:
    """Lets one program run at a time; ``folder`` keeps the lock, with number and process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _LOCK_FILE

    def running(self) -> tuple[int, int] | None:
        """Number of the campaign and of the process that runs; None if none does."""
        try:
            with self._file.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    number, _, process = file.read().partition(b" ")
                    return (int(number), int(process)) if process else None
        except FileNotFoundError:
            return None
        return None

    def start(self, number: int, command: Sequence[str], log: Path) -> None:
        """Run ``command`` for a campaign; raises ``CampaignNotStarted`` while another runs."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CampaignNotStarted("a campaign runs already: one runs at a time") from None
            process = _start(command, log, descriptor)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{number} {process.pid}".encode(), 0)
        finally:
            os.close(descriptor)
        # Somebody has to take note of its end, or it stays a zombie.
        Thread(target=process.wait, name=f"campaign-{number}", daemon=True).start()

    def stop(self, number: int) -> None:
        """End it; raises ``CampaignNotStarted`` when this campaign does not run."""
        found = self.running()
        if found is None or found[0] != number:
            raise CampaignNotStarted(f"campaign {number} does not run")
        os.kill(found[1], signal.SIGTERM)


def _start(command: Sequence[str], log: Path, lock: int) -> "subprocess.Popen[bytes]":
    try:
        with log.open("ab") as out:
            return subprocess.Popen(  # noqa: S603 - our own program, no shell
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                pass_fds=(lock,),
                start_new_session=True,
            )
    except OSError as error:
        raise CampaignNotStarted(f"{command[0]}: {error.strerror}") from None
