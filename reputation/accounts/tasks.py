"""What the task cluster runs. Thin: each calls one service."""

from reputation.accounts.invitations import invitations_forget


def invitations_tick() -> None:
    invitations_forget()
