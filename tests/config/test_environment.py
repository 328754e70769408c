from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from reputation.config import environment


@pytest.mark.parametrize(("value", "expected"), [("True", True), ("False", False)])
def test_it_reads_a_flag(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    assert environment.flag("SOME_FLAG", not expected) is expected


@pytest.mark.parametrize("value", ["true", "1", "yes", ""])
def test_it_refuses_a_flag_that_it_would_have_to_guess(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    with pytest.raises(ImproperlyConfigured, match=r"SOME_FLAG is .*; write True or False"):
        environment.flag("SOME_FLAG", False)


@pytest.mark.parametrize("value", ["", "80a", "-1", "8000.0"])
def test_it_refuses_a_number_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOME_PORT", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_PORT"):
        environment.number("SOME_PORT", 8000)


def test_it_takes_one_of_the_words_that_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.choice("SOME_LAW", ("CN", "EU")) == "CN"
    monkeypatch.setenv("SOME_LAW", "EU")
    assert environment.choice("SOME_LAW", ("CN", "EU")) == "EU"
    monkeypatch.setenv("SOME_LAW", "eu")
    with pytest.raises(ImproperlyConfigured, match="SOME_LAW is 'eu'; write one of CN, EU"):
        environment.choice("SOME_LAW", ("CN", "EU"))


def test_it_takes_defaults_where_nothing_is_set() -> None:
    assert environment.number("SOME_PORT", 8000) == 8000
    assert environment.words("SOME_WORDS", "a, b,,c") == ["a", "b", "c"]
    assert environment.secret("SOME_SECRET") is None


def test_it_reads_a_secret_from_the_named_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "key"))
    assert environment.secret("SOME_SECRET") == "s3cret"


def test_it_prefers_the_secret_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_SECRET", "direct")
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "missing"))
    assert environment.secret("SOME_SECRET") == "direct"


def test_it_says_which_secret_file_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match=r"SOME_SECRET_FILE names .*missing.*No such file"):
        environment.secret("SOME_SECRET")
