"""One POST: where it may go, how long it may take, and what of the answer is believed."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reputation.base.outbox import sending
from reputation.base.outbox.addresses import is_public, resolve
from reputation.base.outbox.sending import KEPT_BYTES, Answer, PinnedConnection
from tests.base.outbox.receiver import Receiver


def post(url: str, **options: Any) -> Answer:
    channel = PinnedConnection(urlsplit(url), **options)
    try:
        return channel.post(b"{}", {"Content-Type": "application/json"})
    finally:
        channel.close()


@pytest.fixture
def public_only(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda got: (status, b"")
    assert post(receiver.url) == Answer(status)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    elsewhere = Receiver().up()
    receiver.answer = lambda got: (status, b"over there")
    receiver.headers = {"Location": elsewhere.url}
    answer = post(receiver.url)
    elsewhere.down()
    assert (answer.status, answer.accepted) == (status, False)
    assert answer.error == f"redirects are not followed: {elsewhere.url}\nover there"
    assert elsewhere.seen == []


def test_of_an_answer_the_beginning_is_kept_as_text(receiver: Receiver) -> None:
    receiver.answer = lambda got: (500, b"\0\xff" + b"x" * 1_000_000)
    answer = post(receiver.url)
    assert answer.error == "��" + "x" * (KEPT_BYTES - 2)


def test_a_large_answer_is_not_read_and_does_not_harm_the_next(receiver: Receiver) -> None:
    receiver.answer = lambda got: (200, b"x" * 1_000_000)
    channel = PinnedConnection(urlsplit(receiver.url))
    assert [channel.post(b"{}", {}).status for _ in range(3)] == [200, 200, 200]
    channel.close()


def test_connections_are_kept_and_made_anew_when_the_receiver_has_ended_them(receiver: Receiver) -> None:
    channel = PinnedConnection(urlsplit(receiver.url))
    assert [channel.post(b"{}", {}).status for _ in range(3)] == [200, 200, 200]
    assert receiver.connections == 1
    receiver.headers = {"Connection": "close"}
    channel.post(b"{}", {})
    receiver.headers = {}
    receiver.answer = lambda got: (202, b"")
    assert channel.post(b"{}", {}).status == 202
    assert receiver.connections == 2
    assert channel.sock is not None
    channel.sock.shutdown(socket.SHUT_RDWR)  # as a receiver does that ends idle connections
    assert channel.post(b"{}", {}).status == 202
    channel.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.5)
    return 5.0  # far above it, for a busy machine; a receiver below takes 20


def raw_server(answer: Callable[[socket.socket], None]) -> tuple[str, socket.socket]:
    """For answers that no HTTP library would give."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _peer = listening.accept()
                connection.recv(65536)
                answer(connection)
                connection.close()
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/", listening


def dripping(head: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        for _number in range(200):
            time.sleep(0.1)
            connection.sendall(b"x")

    return answer


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\n"])
def test_a_receiver_that_drips_is_cut_off(impatient: float, head: bytes) -> None:
    url, listening = raw_server(dripping(head))
    started = time.monotonic()
    answer = post(url)
    listening.close()
    assert time.monotonic() - started < impatient
    assert not answer.accepted
    assert answer.status == 500 or answer.error == "no answer in time"


def test_a_receiver_that_says_nothing_is_not_waited_for(impatient: float, receiver: Receiver) -> None:
    receiver.answer = lambda got: (time.sleep(20), (200, b""))[1]
    started = time.monotonic()
    assert post(receiver.url) == Answer(None, "no answer in time")
    assert time.monotonic() - started < impatient


def test_an_accepting_receiver_may_drip_its_body(impatient: float) -> None:
    url, listening = raw_server(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
    assert post(url) == Answer(200)
    listening.close()


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\0" * 70_000, b"HTTP/1.1 200 OK\r\nA"]
)
def test_an_answer_that_is_none_is_an_error(said: bytes) -> None:
    url, listening = raw_server(lambda connection: connection.sendall(said))
    answer = post(url)
    listening.close()
    assert answer.status is None or said.startswith(b"HTTP/1.1 200")
    assert answer.error or answer.accepted


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200",
        "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1%eth0",
        "fd00:ec2::254", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::1", "2001:db8::1", "nonsense", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_on_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "172.32.0.1"]
)
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.usefixtures("public_only")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_this_machine_is_refused_under_any_name(receiver: Receiver, host: str) -> None:
    answer = post(f"http://{host}:{receiver.port}/")
    assert answer.status is None
    assert answer.error
    assert (receiver.seen, receiver.connections) == ([], 0)


@pytest.mark.usefixtures("public_only")
def test_a_name_that_leads_inside_is_refused_even_if_it_leads_outside_too(receiver: Receiver) -> None:
    url = f"http://hooks.example:{receiver.port}/"
    answer = post(url, resolver=lambda host, port: ["93.184.215.14", "127.0.0.1"])
    assert answer.error == "AddressRefusedError: hooks.example leads to 127.0.0.1, which is not on the public internet"
    assert receiver.connections == 0


@pytest.mark.usefixtures("public_only")
def test_a_name_that_changes_its_answer_gets_no_second_question(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: a public address for the check, this machine for the connection."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.0.113.7"] if len(asked) == 1 else ["127.0.0.1"]

    tried: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(sending.socket, "create_connection", connect)
    monkeypatch.setattr("reputation.base.outbox.addresses.is_public", lambda text: text == "203.0.113.7")
    channel = PinnedConnection(urlsplit(f"http://hooks.example:{receiver.port}/"), resolver=rebinding)
    channel.post(b"{}", {})
    assert (asked, tried) == (["hooks.example"], [("203.0.113.7", receiver.port)])
    assert "127.0.0.1" in channel.post(b"{}", {}).error  # the next attempt asks, and checks, anew
    assert len(tried) == 1


def test_of_several_addresses_the_first_that_answers_is_taken(receiver: Receiver) -> None:
    url = f"http://hooks.example:{receiver.port}/"
    assert post(url, resolver=lambda host, port: ["127.9.9.9", "127.0.0.1"]).status == 200
    assert receiver.seen[0].headers["Host"] == f"hooks.example:{receiver.port}"


def test_a_name_without_an_address_is_an_error() -> None:
    assert "no address" in post("http://hooks.example/", resolver=lambda host, port: []).error
    assert post("http://no-such-host.invalid/", resolver=resolve).status is None


@pytest.fixture
def tls(tmp_path: Path, receiver: Receiver) -> Iterator[Path]:
    """The receiver with a certificate for hooks.example that no authority has signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=hooks.example", "-addext", "subjectAltName=DNS:hooks.example", "-keyout", str(key),
         "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    assert receiver.server is not None
    receiver.server.socket = context.wrap_socket(
        receiver.server.socket, server_side=True, do_handshake_on_connect=False
    )
    return certificate


def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def test_the_certificate_must_be_the_names_and_of_an_authority(receiver: Receiver, tls: Path) -> None:
    url = f"https://hooks.example:{receiver.port}/"
    unknown = post(url, resolver=here, tls=ssl.create_default_context())
    assert "certificate verify failed" in unknown.error
    trusting = ssl.create_default_context(cafile=str(tls))
    assert "mismatch" in post(url.replace("hooks", "other"), resolver=here, tls=trusting).error
    assert receiver.seen == []
    assert post(url, resolver=here, tls=trusting) == Answer(200)
    assert receiver.seen[0].headers["Host"] == f"hooks.example:{receiver.port}"


def test_a_dripping_receiver_is_cut_off_under_tls_too(receiver: Receiver, tls: Path, impatient: float) -> None:
    receiver.answer = lambda got: (time.sleep(20), (200, b""))[1]
    started = time.monotonic()
    trusting = ssl.create_default_context(cafile=str(tls))
    assert post(f"https://hooks.example:{receiver.port}/", resolver=here, tls=trusting).error == "no answer in time"
    assert time.monotonic() - started < impatient
