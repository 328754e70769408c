"""Runs the processes of one installation in the foreground and stops all of them together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

STOP_SECONDS = 15


class Stop(Exception):
    """A signal asked for the end."""


def _raise_stop(number: int, frame: FrameType | None) -> None:
    raise Stop


@dataclass
class Processes:
    """Each child leads a process group of its own, so that its workers end with it."""

    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.children[name] = subprocess.Popen(  # noqa: S603 (our own commands)
            command, env={**os.environ, **(environment or {})}, start_new_session=True
        )

    def wait(self) -> str | None:
        """Until a signal comes (None) or a child ends by itself (its name)."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _raise_stop)
        try:
            return self._first_to_end()
        except Stop:
            return None
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them running
            self.stop()

    def _first_to_end(self) -> str:
        while True:
            for name, child in self.children.items():
                if child.poll() is not None:
                    return name
            time.sleep(0.3)

    def stop(self) -> None:
        for child in self.children.values():
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


def granian(port: int) -> list[str]:
    """The web server: one blocking thread a worker, else it opens dozens of database connections."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", "1", "--no-ws", "--log-level", "warning",
        "reputation.config.wsgi:application",
    ]  # fmt: skip
