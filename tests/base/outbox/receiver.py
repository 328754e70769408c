"""A receiver of webhooks: a real HTTP server in a thread, which can be slow, refuse, hold its answer or be away."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answering = Callable[["Received"], tuple[int, bytes]]


@dataclass
class Received:
    path: str
    headers: Message
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def delivery(self) -> str:
        return str(self.headers["Livestar-Delivery"])


def verified(secret: str, header: str, body: bytes) -> bool:
    """As docs/webhooks.md tells receivers to write it, word for word."""
    fields = [field.partition("=")[::2] for field in header.split(",")]
    moment = next((value for name, value in fields if name == "t"), "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > 300:
        return False
    expected = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    proofs = [value for name, value in fields if name == "v1"]
    return any(hmac.compare_digest(expected, proof) for proof in proofs)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self._taken()

    def do_GET(self) -> None:
        self._taken()

    def _taken(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        got = Received(self.path, self.headers, body)
        receiver = self.server.receiver
        receiver.seen.append(got)
        status, content = receiver.answer(got)
        try:
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the sender is gone

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.receiver.connections += 1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    receiver: Receiver

    def handle_error(self, request: object, client_address: object) -> None:
        """Senders that are cut off or killed are what the tests are about; their traces would hide the rest."""


@dataclass
class Receiver:
    port: int = 0
    answer: Answering = lambda got: (200, b"ok")
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[Received] = field(default_factory=list)
    connections: int = 0
    server: _Server | None = None

    def up(self) -> Receiver:
        self.server = _Server(("127.0.0.1", self.port), _Handler)
        self.server.receiver = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def down(self) -> None:
        """Nobody listens any more; the port stays ours to come back to."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?of=livestar"

    def told(self) -> list[tuple[str, int]]:
        """Subject and number of what came, in order."""
        return [(got.document["subject"], got.document["data"]["n"]) for got in self.seen]
