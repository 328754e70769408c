"""What the task cluster runs. Thin: each calls one service."""

from reputation.inbox.ticking import inbox_round


def inbox_tick() -> None:
    inbox_round()
