"""The demonstration as a person runs it: real processes, a database of its own, real HTTP. Slow because it is whole."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SIZE = ["--stores", "24", "--days", "45", "--nights", "5"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    var = tmp_path_factory.mktemp("demo") / "var"
    forgetful = "-c synchronous_commit=off"  # what is lost with the power is no loss here
    environment = {**os.environ, "LIVESTAR_VAR": str(var), "PORT": str(_free_port()), "PGOPTIONS": forgetful}
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "TEST_DB_SUFFIX"):
        environment.pop(name, None)
    yield environment
    _manage(environment, "stop")


def _manage(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@pytest.fixture(scope="module")
def made(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return _manage(environment, "demo", "--no-serve", *SIZE)


def test_it_makes_a_market_and_says_where_to_look(made: subprocess.CompletedProcess[str]) -> None:
    assert made.returncode == 0, made.stderr[-3000:]
    for name in ("consumer", "merchant", "staff", "moderator", "senior"):
        assert f"login {name} / " in made.stdout
    assert "/q/" in made.stdout  # a questionnaire to try
    assert "/complaints/" in made.stdout  # a complaint to follow


def test_it_starts_from_what_is_there(made: subprocess.CompletedProcess[str], environment: dict[str, str]) -> None:
    start = time.monotonic()
    again = _manage(environment, "demo", "--no-serve", *SIZE)
    assert again.returncode == 0, again.stderr[-3000:]
    assert [line for line in again.stdout.splitlines() if "login" in line] == [
        line for line in made.stdout.splitlines() if "login" in line
    ]
    assert time.monotonic() - start < 60


def test_the_shipped_policy_judges_its_last_nights(
    made: subprocess.CompletedProcess[str], environment: dict[str, str]
) -> None:
    listed = _manage(environment, "policy", "list")
    assert listed.returncode == 0, listed.stderr
    assert "(default): live" in listed.stdout


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def _wait_for(url: str, seconds: float = 120) -> bytes:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return _get(url)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


@pytest.fixture
def served(
    made: subprocess.CompletedProcess[str], environment: dict[str, str]
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", *SIZE], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE
    )
    try:
        yield f"http://127.0.0.1:{environment['PORT']}", process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        process.wait(60)


def test_a_consumer_sees_a_star_and_ctrl_c_stops_everything(
    served: tuple[str, subprocess.Popen[str]], environment: dict[str, str]
) -> None:
    url, process = served
    ready = json.loads(_wait_for(f"{url}/readyz"))
    assert ready["night"] == "published"
    rated = json.loads(_get(f"{url}/api/v1/stores?ordering=-stars&page_size=5"))["results"]
    assert rated
    assert 1 <= rated[0]["stars"] <= 5
    page = _get(f"{url}/stores/{rated[0]['subject']['id']}").decode()
    assert f"{rated[0]['stars']:.1f}" in page
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert not _left_over(environment["LIVESTAR_VAR"])


def _left_over(var: str) -> list[str]:
    """Processes that still carry this installation's folder in their environment or command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            if command and (var.encode() in (entry / "environ").read_bytes() or var.encode() in command):
                found.append(command.decode().replace("\0", " "))
    return found
