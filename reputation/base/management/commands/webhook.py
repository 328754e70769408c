import logging
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from reputation.base.audit import by_operator
from reputation.base.models import Delivery, WebhookEndpoint
from reputation.base.outbox import endpoints, selectors
from reputation.base.outbox.deliveries import deliver_due
from reputation.base.outbox.events import EVENTS

REST_SECONDS = 1.0
ROUND_SECONDS = 5.0  # a stop is heard between rounds
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Where events are sent to: add, list, pause, change secrets, replay dead letters, deliver."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        add = deeds.add_parser("add", help="add an endpoint; its secret stands alone on the last line, only now")
        add.add_argument("url")
        add.add_argument("--events", required=True, help=f"with commas between, or all: {','.join(EVENTS)}")
        listing = deeds.add_parser("list", help="list all endpoints")
        listing.add_argument("--dead", action="store_true", help="list the dead letters instead")
        for deed, said in _OF_ENDPOINTS.items():
            deeds.add_parser(deed, help=said).add_argument("id", type=int)
        deeds.add_parser("replay", help="send a dead letter again").add_argument("id", type=UUID)
        deliver = deeds.add_parser("deliver", help="send what is due")
        deliver.add_argument("--forever", action="store_true", help="go on until SIGTERM or Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['deed'].replace('-', '_')}")(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _add(self, options: dict[str, Any]) -> None:
        events = EVENTS if options["events"] == "all" else [word.strip() for word in options["events"].split(",")]
        endpoint, secret = endpoints.endpoint_create(url=options["url"], events=events, by=by_operator())
        self.stdout.write(f"endpoint {endpoint.pk}: {endpoint.url}. Keep the secret now, it is not shown again:")
        self.stdout.write(secret)

    def _list(self, options: dict[str, Any]) -> None:
        if options["dead"]:
            for letter in selectors.deliveries(state=Delivery.State.DEAD):
                tried = f"{letter.last_tried_at:%F %R}" if letter.last_tried_at else "never tried"
                what = f"{letter.event.event} {letter.subject_key}"
                self.stdout.write(f"{letter.pk}  {letter.endpoint_id:4}  {tried}  {what}  {letter.status or ''}")
            return
        for endpoint in selectors.endpoints():
            state = "active" if endpoint.active else "paused"
            counts = f"{endpoint.secret_count} secrets, {endpoint.waiting} waiting, {endpoint.dead} dead"
            self.stdout.write(
                f"{endpoint.pk:4}  {state}  {counts}  {','.join(endpoint.events)}  {endpoint.url}{_whose(endpoint)}"
            )

    def _rotate(self, options: dict[str, Any]) -> None:
        secret = endpoints.endpoint_rotate(pk=options["id"], by=by_operator())
        self.stdout.write("Both secrets sign until retire-secret. Keep the new one now, it is not shown again:")
        self.stdout.write(secret)

    def _retire_secret(self, options: dict[str, Any]) -> None:
        endpoints.endpoint_secret_retire(pk=options["id"], by=by_operator())
        self.stdout.write("the older secret signs no more")

    def _disable(self, options: dict[str, Any]) -> None:
        endpoint = endpoints.endpoint_switch(pk=options["id"], active=False, by=by_operator())
        self.stdout.write(f"{endpoint.url} is paused; what is due to it is kept")

    def _enable(self, options: dict[str, Any]) -> None:
        endpoint = endpoints.endpoint_switch(pk=options["id"], active=True, by=by_operator())
        self.stdout.write(f"{endpoint.url} is active")

    def _replay(self, options: dict[str, Any]) -> None:
        letter = endpoints.delivery_replay(pk=options["id"], by=by_operator())
        self.stdout.write(f"{letter.event.event} of {letter.subject_key} is due again")

    def _deliver(self, options: dict[str, Any]) -> None:
        if not options["forever"]:
            self.stdout.write(f"{deliver_due()} delivered")
            return
        stop = threading.Event()

        def ended(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ended)
        signal.signal(signal.SIGINT, ended)
        while not stop.is_set():
            self._round(stop)

    def _round(self, stop: threading.Event) -> None:
        try:
            deliver_due(seconds=ROUND_SECONDS)
        except DatabaseError:
            logger.warning("the database is away; looking again in %.0f seconds", REST_SECONDS)
            connection.close()
        stop.wait(REST_SECONDS)


def _whose(endpoint: WebhookEndpoint) -> str:
    return f" (of {endpoint.subject_key})" if endpoint.subject_kind else ""


_OF_ENDPOINTS = {
    "rotate": "make a second live secret; it stands alone on the last line, only now",
    "retire-secret": "the older of two secrets signs no more",
    "disable": "pause it; what is due to it is kept",
    "enable": "go on, with what was kept first",
}
