import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from reputation.nightly.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run the task clusters (default and nightly) and keep them alive. Ctrl-C or SIGTERM stops them all."

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = Supervisor()

        def stop(number: int, frame: FrameType | None) -> None:
            supervisor.stop.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        supervisor.run()
