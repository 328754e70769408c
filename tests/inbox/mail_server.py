"""A receiver of mails: a real SMTP server in a thread, which can refuse, or be away."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default

from django.core.mail.backends.smtp import EmailBackend

Answering = Callable[[str], str]


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split(" ")[0].upper()
            if word == "DATA":
                self.say("354 go on")
                self.server.owner.taken(self.content())
                self.say("250 taken")
            elif word == "RCPT":
                self.say(self.server.owner.answer(line))
            else:
                self.say("221 bye" if word == "QUIT" else "250 ok")

    def content(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line[1:] if line.startswith(b"..") else line for line in lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    owner: MailServer


@dataclass
class MailServer:
    port: int = 0
    answer: Answering = lambda line: "250 ok"
    mails: list[EmailMessage] = field(default_factory=list)
    server: _Server | None = None

    def up(self) -> MailServer:
        self.server = _Server(("127.0.0.1", self.port), _Handler)
        self.server.owner = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def down(self) -> None:
        """Nobody listens any more; the port stays ours to come back to."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def taken(self, content: bytes) -> None:
        self.mails.append(email.message_from_bytes(content, policy=default))  # type: ignore[arg-type]

    @property
    def backend(self) -> EmailBackend:
        return EmailBackend(host="127.0.0.1", port=self.port, username="", password="", use_tls=False, use_ssl=False)
