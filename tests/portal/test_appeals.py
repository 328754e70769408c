"""A merchant appeals: chooses what is disputed, adds files, follows it, takes it back."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from reputation.governance.actions.services import Action
from reputation.governance.appeals.services import appeal_decide
from reputation.governance.models import Appeal, Attachment
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import PNG, market, member, sanctioned

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(client: Client, clock: Clock) -> Client:
    market()
    client.force_login(member("mia"))
    return client


@pytest.fixture
def action(mia: Client) -> Action:
    return sanctioned()


def filed(mia: Client, action: Action, **more: object) -> Appeal:
    response = mia.post(f"/portal/notices/{action.pk}/appeal", {"text": "The carrier was on strike.", **more})
    appeal = Appeal.objects.get()
    assert response.headers["Location"] == f"/portal/appeals/{appeal.pk}"
    return appeal


def test_the_form_lists_what_counts_against_the_store_and_nothing_of_others(mia: Client, action: Action) -> None:
    page = mia.get(f"/portal/notices/{action.pk}/appeal").content.decode()
    assert 'value="o:o1"' in page
    assert 'value="o:o2"' in page
    assert "o:o3" not in page  # nothing is wrong with it
    assert "o:o4" not in page  # another store's
    assert "The measure is put off until then." in page
    assert "buyer of" not in page


def test_a_search_keeps_what_was_written_and_ticked(mia: Client, action: Action) -> None:
    form = {"text": "Half a thought", "unit": ["o:o1", "o:o4"], "search": "o2", "step": "search"}
    page = mia.post(f"/portal/notices/{action.pk}/appeal", form).content.decode()
    assert "Half a thought" in page
    assert page.count('value="o:o1" checked') == 1
    assert "o:o4" not in page  # ticked by hand, and not theirs
    assert 'value="o:o2"' in page
    assert not Appeal.objects.exists()


def test_it_is_filed_with_files_and_followed(mia: Client, action: Action) -> None:
    file = SimpleUploadedFile("proof <b>.png", PNG, "text/html")
    appeal = filed(mia, action, unit=["o:o1"], files=file)
    page = mia.get(f"/portal/appeals/{appeal.pk}").content.decode()
    assert "The carrier was on strike." in page
    assert "being decided" in page
    assert "by July 8, 2026" in page  # five working days after the first of July
    assert "<b>" not in page
    attachment = Attachment.objects.get()
    download = mia.get(f"/portal/files/{attachment.pk}")
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert download.headers["Content-Type"] == "image/png"
    assert "put off during the appeal" in mia.get(f"/portal/notices/{action.pk}").content.decode()


def test_what_stands_against_it_is_said_and_nothing_typed_is_lost(mia: Client, action: Action) -> None:
    empty = mia.post(f"/portal/notices/{action.pk}/appeal", {"text": "  ", "unit": ["o:o2"]}).content.decode()
    assert "Not sent." in empty
    assert 'value="o:o2" checked' in empty
    svg = SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", "image/png")
    page = mia.post(f"/portal/notices/{action.pk}/appeal", {"text": "Look", "files": svg}).content.decode()
    assert "cannot be taken" in page
    assert "Look" in page
    assert not Appeal.objects.exists()


def test_a_second_one_is_refused_with_the_reason(mia: Client, action: Action) -> None:
    filed(mia, action)
    response = mia.get(f"/portal/notices/{action.pk}/appeal")
    assert response.status_code == 409
    assert "open already" in response.content.decode()


def test_it_can_be_taken_back_once(mia: Client, action: Action) -> None:
    appeal = filed(mia, action)
    for _again in range(2):
        assert mia.post(f"/portal/appeals/{appeal.pk}").status_code == 302
    page = mia.get(f"/portal/appeals/{appeal.pk}").content.decode()
    assert "withdrawn" in page
    assert "in force" in mia.get(f"/portal/notices/{action.pk}").content.decode()


@pytest.mark.parametrize(("won", "said"), [(True, "The measure is undone."), (False, "refused")])
def test_the_answer_is_told_with_its_reasons_and_without_names(
    mia: Client, action: Action, won: bool, said: str
) -> None:
    appeal = filed(mia, action, unit=["o:o1"])
    exclude = ["o:o1"] if won else []
    appeal_decide(
        appeal=appeal, by=person("judge-eve"), won=won, reason="We saw the strike notice.", exclude=exclude,
        because="carrier_event",
    )  # fmt: skip
    page = mia.get(f"/portal/appeals/{appeal.pk}").content.decode()
    assert said in page
    assert "We saw the strike notice." in page
    assert "judge-eve" not in page
    assert ("corrected with the next night" in page) == won


def test_strangers_find_neither_form_nor_appeal_nor_file(mia: Client, action: Action) -> None:
    appeal = filed(mia, action, files=SimpleUploadedFile("p.png", PNG))
    stranger = Client()
    stranger.force_login(member("sue", "s2"))
    pages = (f"notices/{action.pk}/appeal", f"appeals/{appeal.pk}", f"files/{Attachment.objects.get().pk}")
    for page in pages:
        assert stranger.get(f"/portal/{page}").status_code == 404
    assert stranger.post(f"/portal/appeals/{appeal.pk}").status_code == 404
    assert stranger.post(f"/portal/notices/{action.pk}/appeal", {"text": "x"}).status_code == 404
    appeal.refresh_from_db()
    assert appeal.state == "open"


def test_what_a_viewer_answered_is_not_among_what_can_be_disputed(mia: Client) -> None:
    anchor = sanctioned("warning", subject_id="a1")
    lin = Client()
    lin.force_login(member("lin", "a1", "anchor"))
    form = f"/portal/notices/{anchor.pk}/appeal"
    page = lin.get(form).content.decode()
    assert re.findall(r'name="unit"[^>]*value="([^"]+)"', page) == ["o:o2"]
    refused = lin.post(form, {"text": "They never watched.", "unit": "v:L|v|1"}).content.decode()
    assert "Choose from the list" in refused
    assert not Appeal.objects.exists()


def test_who_decided_is_not_told_to_who_is_too_late(mia: Client, action: Action) -> None:
    appeal = filed(mia, action)
    appeal_decide(appeal=appeal, by=person("judge-eve"), won=False, reason="No.")
    page = mia.post(f"/portal/appeals/{appeal.pk}", follow=True).content.decode()
    assert "This appeal is decided already." in page
    assert "judge-eve" not in page
