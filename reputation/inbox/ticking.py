"""What the inbox does by the clock, every minute; safe at any time and twice at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from reputation.base.time import now
from reputation.inbox.mailing import mails_send, messages_prune
from reputation.inbox.telling import events_tell, listeners_match, night_tell, rest_tell

logger = logging.getLogger(__name__)


class RoundError(Exception):
    """Some part of a round failed; the log has why."""


def inbox_round(*, moment: datetime | None = None) -> dict[str, int]:
    """Tell members what happened since the last round, and send the mails that are due. Returns how much of each.

    A part that fails keeps no other from being done. Raises RoundError after the last.
    """
    at = moment or now()
    done = {}
    for name, part in _PARTS.items():
        try:
            done[name] = part(at)
        except Exception:
            logger.exception("the round of %s, %s", at, name)
    if failed := _PARTS.keys() - done.keys():
        raise RoundError(", ".join(sorted(failed)))
    return done


_PARTS: dict[str, Callable[[datetime], int]] = {
    "listeners": lambda moment: listeners_match(moment=moment),
    "events": lambda moment: events_tell(),
    "night": lambda moment: night_tell(),
    "rest": lambda moment: rest_tell(moment=moment),
    "mails": lambda moment: mails_send(),
    "pruned": lambda moment: messages_prune(),
}
