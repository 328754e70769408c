from typing import Any

from django.core.management.base import BaseCommand

from reputation.nightly.schedules import schedules_upsert


class Command(BaseCommand):
    help = "Make the schedules of the task clusters what they should be. `workers` does so by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        schedules_upsert()
