"""Links that nobody else can write, and codes that nobody can guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from reputation.intake import tokens
from reputation.intake.tokens import ExpiredLinkError, OrderLink, UnknownLinkError

LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)


@given(IDS, IDS)
def test_a_link_says_what_was_signed_whatever_the_ids_are_like(order: str, person: str) -> None:
    assert tokens.order_read(tokens.order_token(order, person, LATER)) == OrderLink(order, person)
    assert tokens.questionnaire_read(tokens.questionnaire_token(order, LATER)) == order


@given(IDS, st.data())
def test_one_letter_changed_is_no_link(key: str, data: st.DataObject) -> None:
    token = tokens.questionnaire_token(key, LATER)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_.~").filter(lambda one: one != token[place]))
    forged = token[:place] + letter + token[place + 1 :]
    with pytest.raises(UnknownLinkError):
        tokens.questionnaire_read(forged)


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 3000, "é.ü", "\0", "e30.e30"])
def test_nonsense_is_no_link(token: str) -> None:
    for read in (tokens.questionnaire_read, tokens.order_read):
        with pytest.raises(UnknownLinkError):
            read(token)


def test_a_link_of_one_use_is_none_of_the_other() -> None:
    with pytest.raises(UnknownLinkError):
        tokens.order_read(tokens.questionnaire_token("o1", LATER))
    with pytest.raises(UnknownLinkError):
        tokens.questionnaire_read(tokens.order_token("o1", "", LATER))
    with pytest.raises(UnknownLinkError):  # signed by us, for something else
        tokens.order_read(signing.Signer(sep=".", salt="sessions").sign_object(["o1", "", 9_999_999_999]))


def test_it_ends_at_its_second() -> None:
    with pytest.raises(ExpiredLinkError):
        tokens.questionnaire_read(tokens.questionnaire_token("i", datetime.now(UTC)))
    assert tokens.questionnaire_read(tokens.questionnaire_token("i", datetime.now(UTC) + timedelta(seconds=5))) == "i"


def test_a_link_outlives_a_change_of_the_key_while_the_former_one_counts(settings: Settings) -> None:
    token = tokens.questionnaire_token("i", LATER)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert tokens.questionnaire_read(token) == "i"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(UnknownLinkError):
        tokens.questionnaire_read(token)


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_same_form_has_the_same_code_and_codes_are_sixteen_letters(request: str, content: str) -> None:
    code = tokens.code_of(request, content)
    assert code == tokens.code_of(request, content)
    assert len(code) == tokens.CODE_LETTERS
    assert not set(code) & set("ILOU")
    assert code != tokens.code_of(request + "x", content)


def test_a_code_is_known_however_it_is_typed() -> None:
    code = "K7QF2M9D0123ABCD"
    assert tokens.code_written(code) == "K7QF-2M9D-0123-ABCD"
    for typed in ("k7qf-2m9d-0123-abcd", " K7QF 2M9D 0123 ABCD ", "K7QF2M9DO123ABCD", "k7qf2m9doi23abcd"):
        assert tokens.code_digest(typed) == tokens.code_digest(code)
    assert tokens.code_digest("K7QF2M9D0123ABCE") != tokens.code_digest(code)


def test_a_caller_is_the_same_on_one_day_and_another_on_the_next() -> None:
    assert tokens.caller_day("::1", "2026-07-01") == tokens.caller_day("::1", "2026-07-01")
    assert tokens.caller_day("::1", "2026-07-01") != tokens.caller_day("::1", "2026-07-02")
    assert "::1" not in tokens.caller_day("::1", "2026-07-01")
