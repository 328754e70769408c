"""An authenticator app as RFC 6238 has it, written apart from the one that is tested."""

import hashlib
import hmac
import time
from base64 import b32decode

STEP = 30


def code(secret: str, steps: int = 0) -> str:
    """What the app shows now, or so many steps of 30 seconds later."""
    counter = int(time.time()) // STEP + steps
    digest = hmac.digest(b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"
