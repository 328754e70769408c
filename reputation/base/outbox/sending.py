"""One POST to one endpoint: a checked address, no redirect, a hard end, and nothing of the answer trusted."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Timer
from urllib.parse import SplitResult

from reputation.base.outbox.addresses import Resolver, addresses_checked, resolve

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0  # from the look-up of the name to the last byte that is read, however slowly they drip
KEPT_BYTES = 2048  # of an answer, as the text of an error
_STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclass(frozen=True)
class Answer:
    status: int | None
    error: str = ""

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class PinnedConnection(http.client.HTTPConnection):
    """Keeps its connection between posts; every connection goes to an address that was checked for it."""

    def __init__(
        self,
        url: SplitResult,
        *,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        members: bool = False,
    ) -> None:
        self.default_port = 443 if tls else 80
        assert url.hostname  # noqa: S101 (an endpoint without one is not accepted)
        super().__init__(url.hostname, url.port or self.default_port)
        self.target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self.resolver, self.tls, self.members = resolver, tls, members
        self.ends_at = 0.0

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Never raises for what a network or a receiver may do."""
        self.ends_at = time.monotonic() + TOTAL_SECONDS
        watch = Timer(TOTAL_SECONDS, self._cut)
        watch.daemon = True
        watch.start()
        try:
            return self._posted(body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Answer(None, self._told(error))
        finally:
            watch.cancel()

    def connect(self) -> None:
        """Called by http.client when there is no connection."""
        raw = self._reached(addresses_checked(self.host, self.port, self.resolver, members=self.members))
        raw.settimeout(max(0.1, self.ends_at - time.monotonic()))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is None:
            self.sock = raw
            return
        self.sock = self.tls.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def _reached(self, addresses: list[str]) -> socket.socket:
        for address in addresses:
            left = self.ends_at - time.monotonic()
            try:
                return socket.create_connection((address, self.port), timeout=max(0.1, min(CONNECT_SECONDS, left)))
            except OSError as error:
                failed = error
        raise failed

    def _posted(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        kept = self.sock is not None
        try:
            return self._once(body, headers)
        except _STALE:
            if not kept or time.monotonic() >= self.ends_at:
                raise
        self.close()  # the receiver had ended the kept connection; it has read nothing of this
        return self._once(body, headers)

    def _once(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self.sock is not None:
            self.sock.settimeout(max(0.1, self.ends_at - time.monotonic()))
        self.request("POST", self.target, body, dict(headers))
        response = self.getresponse()
        if time.monotonic() >= self.ends_at:
            raise TimeoutError  # http.client takes headers that were cut off for complete ones
        text = self._text(response)
        if 200 <= response.status < 300:
            return Answer(response.status)
        if where := response.headers.get("Location"):
            text = f"redirects are not followed: {where}\n{text}"[:KEPT_BYTES]
        return Answer(response.status, text)

    def _text(self, response: http.client.HTTPResponse) -> str:
        """The beginning of the answer. What it is cut short by does not matter: its status has been read."""
        try:
            content = response.read(KEPT_BYTES)
        except (OSError, http.client.HTTPException, ValueError):
            content = b""
        if not response.isclosed():
            self.close()  # more was coming, which nobody wants
        return content.decode("utf-8", "replace").replace("\0", "�").strip()

    def _cut(self) -> None:
        """From the watch's thread. Of a TLS connection too the plain socket, as its own would wait for the other side."""
        if (open_now := self.sock) is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(open_now, socket.SHUT_RDWR)

    def _told(self, error: Exception) -> str:
        if isinstance(error, TimeoutError) or time.monotonic() >= self.ends_at:
            return "no answer in time"
        return f"{type(error).__name__}: {error}".replace("\0", "�")[:KEPT_BYTES]
