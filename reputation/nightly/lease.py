"""One night at a time: a row with a holder, an expiry that a thread keeps pushing on, and a fencing number."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from django.db import DatabaseError, connection, transaction

from reputation.nightly.models import Lease

LEASE_SECONDS = 90
RENEW_SECONDS = 15  # six chances before the lease runs out


class LeaseHeldError(Exception):
    """Another run holds the lease."""


class LeaseLostError(Exception):
    """Somebody else took over, because this process did not renew in time."""


def identity() -> str:
    """host:pid:start of this process: a pid alone may be given again to a stranger."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return ""


def _gone(holder: str) -> bool:
    """True only where we can know it: the holder lived on this host and its process is no more."""
    host, _, rest = holder.partition(":")
    pid, _, started = rest.partition(":")
    return host == socket.gethostname() and pid.isdigit() and _started(int(pid)) != started


@dataclass(frozen=True)
class LeaseState:
    fence: int
    holder: str
    live: bool


def lease_state() -> LeaseState:
    """Who holds the lease now; `live` is False once it ran out or its holder is known to be dead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT fence, holder, coalesce(expires_at > clock_timestamp(), false) FROM nightly_lease")
        row = cursor.fetchone()
    if row is None:
        return LeaseState(0, "", False)
    return LeaseState(row[0], row[1], row[2] and bool(row[1]) and not _gone(row[1]))


def _take() -> int:
    holder = identity()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO nightly_lease (id, fence, holder) VALUES (1, 0, '') ON CONFLICT DO NOTHING")
        cursor.execute("SELECT 1 FROM nightly_lease WHERE id = 1 FOR UPDATE")
        state = lease_state()
        if state.live:
            raise LeaseHeldError(state.holder)
        cursor.execute(
            "UPDATE nightly_lease SET fence = fence + 1, holder = %s,"
            " expires_at = clock_timestamp() + make_interval(secs => %s) RETURNING fence",
            [holder, LEASE_SECONDS],
        )
        return int(cursor.fetchone()[0])


def _renew(fence: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE nightly_lease SET expires_at = clock_timestamp() + make_interval(secs => %s) WHERE fence = %s",
            [LEASE_SECONDS, fence],
        )
        return cursor.rowcount == 1


class HeldLease:
    """The lease as long as the `with` block runs. Raises LeaseHeldError on entry where another run has it."""

    def __init__(self) -> None:
        self.fence = 0
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> HeldLease:
        self.fence = _take()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        with contextlib.suppress(DatabaseError):  # where it is away the lease runs out, or our death frees it
            Lease.objects.filter(fence=self.fence).update(holder="", expires_at=None)

    def check(self) -> None:
        """Raise LeaseLostError unless the fencing number is still ours. In a transaction nobody can take over before
        it ends: the row is locked."""
        with connection.cursor() as cursor:
            query = "SELECT 1 FROM nightly_lease WHERE fence = %s"
            cursor.execute(query + (" FOR NO KEY UPDATE" if connection.in_atomic_block else ""), [self.fence])
            held = cursor.fetchone() is not None
        if self._lost.is_set() or not held:
            raise LeaseLostError("another run took over the lease")

    def _keep(self) -> None:
        """A thread has a database connection of its own, so a long transaction of the night cannot hold this up."""
        try:
            while not self._stop.wait(RENEW_SECONDS):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            if not _renew(self.fence):
                self._lost.set()
        except DatabaseError:
            connection.close()  # it may be back at the next beat; until it is, the lease runs on
