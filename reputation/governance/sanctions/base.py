"""What every sanction says of itself. One class each: words.py, limits.py, account.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise

BOTH = ("store", "anchor")


class Sanction:
    """A step of the ladder. Instances hold nothing: all is of the class."""

    key: ClassVar[str]
    label: ClassVar[Promise]  # translated when it is shown
    scopes: ClassVar[tuple[str, ...]] = BOTH  # kinds of subjects that it fits
    gravity: ClassVar[int]  # 1 to 9, for comparing two
    default_days: ClassVar[int | None]  # what a form proposes; None: it does not end by itself
    reversible: ClassVar[bool] = True  # lifting it leaves the subject as it was
    automatic_allowed: ClassVar[bool] = False  # a rule may impose it without a person
    may_be_endless: ClassVar[bool] = False
    needs_second: ClassVar[bool] = False  # always two people, whoever it hits
    needs_share: ClassVar[bool] = False  # says what is left of the reach
    needs_item: ClassVar[bool] = False  # is about one item on sale
    # A first appeal puts it off. Not what restricts nothing, on which the appeal's only stay would be wasted, and not
    # what two people found urgent enough to close an account.
    stayable: ClassVar[bool] = False
    # The restriction in the fields and values of the DSA Transparency Database; empty: none is imposed, so no statement
    # of reasons is owed to it.
    dsa: ClassVar[Mapping[str, Any]] = {}

    def measure(self, *, share: str = "", item: str = "") -> str:
        """What it means for the subject, a sentence in the language of the moment. `share` as a percentage in words."""
        raise NotImplementedError
