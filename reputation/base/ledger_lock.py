"""The lock under which the audit log and the outbox are written: who commits first stands first in both."""

from django.db import connection
from django.db.transaction import TransactionManagementError

_LEDGER = 0x6C697665  # any number that no other advisory lock uses


def ledger_lock() -> None:
    """Wait for one's turn; held until the caller's transaction ends. Take it late: others who write wait meanwhile.

    One lock for both logs, so that two transactions that write to both never wait for each other.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("write to the audit log and the outbox in the transaction that they speak of")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LEDGER])
