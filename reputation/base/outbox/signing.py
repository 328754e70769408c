"""Signatures: a receiver can tell that a body is ours, and when it was sent."""

import hashlib
import hmac
from collections.abc import Iterable


def signature(*, body: bytes, secrets: Iterable[str], moment: int) -> str:
    """The value of Livestar-Signature: the time in Unix seconds, and an HMAC of it and the body by each live secret."""
    signed = f"{moment}.".encode() + body
    proofs = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={proof}" for proof in proofs)])
