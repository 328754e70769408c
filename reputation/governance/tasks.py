"""What the task cluster runs. Thin: each calls one service."""

from reputation.governance.ticking import governance_round


def governance_tick() -> None:
    governance_round()
