from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Who signs in, how, and what each role of the staff may do."""

    name = "reputation.accounts"

    def ready(self) -> None:
        from reputation.accounts import signals
        from reputation.accounts.roles import roles_write

        post_migrate.connect(roles_write, sender=self, dispatch_uid="roles")
        signals.connect()
