"""Links that only we can write, and the code by which somebody without a name follows a complaint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core import signing
from django.utils.crypto import salted_hmac

from reputation.base.callers import caller_network
from reputation.base.time import now

_QUESTIONNAIRE, _ORDER, _CODE = "intake.questionnaire", "intake.order", "intake.code"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none looks like another
_ALIKE = str.maketrans("OIL", "011")
CODE_LETTERS = 16  # 80 bits: nobody finds one by trying
_GROUP = 4


class UnknownLinkError(ValueError):
    """Not written by us, or not whole."""


class ExpiredLinkError(ValueError):
    pass


@dataclass(frozen=True)
class OrderLink:
    """Says that whoever has it bought this order."""

    order_id: str
    complainant_ref: str


def questionnaire_token(invitation_id: str, expires: datetime) -> str:
    """The same for the same invitation and time, so that a repeated request makes no second link."""
    return _signed(_QUESTIONNAIRE, [invitation_id], expires)


def questionnaire_read(token: str) -> str:
    """The invitation's id. Raises UnknownLinkError or ExpiredLinkError."""
    return str(_read(_QUESTIONNAIRE, token, 1)[0])


def order_token(order_id: str, complainant_ref: str, expires: datetime) -> str:
    return _signed(_ORDER, [order_id, complainant_ref], expires)


def order_read(token: str) -> OrderLink:
    """Raises UnknownLinkError or ExpiredLinkError."""
    return OrderLink(*map(str, _read(_ORDER, token, 2)))


def code_of(request: str, content: str) -> str:
    """The code of a complaint: the same form sent twice is one complaint with one code. `request`: a random text that
    the form carries; it is kept nowhere, so the code cannot be worked out from what is."""
    number = int.from_bytes(salted_hmac(_CODE, f"{request}\n{content}", algorithm="sha256").digest()[:10])
    return "".join(_LETTERS[number >> 5 * place & 31] for place in range(CODE_LETTERS))


def code_written(code: str) -> str:
    """As people read it: in groups of four."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def code_digest(code: str) -> str:
    """However it was typed: in small letters, without the dashes, O for zero."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum()).translate(_ALIKE)
    return hashlib.sha256(plain.encode("utf-8", "surrogateescape")).hexdigest()


def caller_day(address: str, day: str) -> str:
    """A keyed hash: of one line on one day."""
    return salted_hmac("intake.caller", f"{caller_network(address)}\n{day}", algorithm="sha256").hexdigest()


def _signed(salt: str, facts: list[str], expires: datetime) -> str:
    return signing.Signer(sep=".", salt=salt).sign_object([*facts, int(expires.timestamp())])


def _read(salt: str, token: str, count: int) -> list[Any]:
    try:
        told = signing.Signer(sep=".", salt=salt).unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise UnknownLinkError from error
    if not isinstance(told, list) or len(told) != count + 1:
        raise UnknownLinkError
    if now() >= datetime.fromtimestamp(told[-1], UTC):
        raise ExpiredLinkError
    return told[:-1]
