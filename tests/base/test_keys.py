import io
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from reputation.base import keys
from reputation.base.models import ApiKey
from reputation.base.time import now

pytestmark = pytest.mark.django_db


def command(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("api_key", *words, stdout=out)
    return out.getvalue().splitlines()


def test_the_key_stands_alone_on_the_last_line_and_works(client: Client) -> None:
    secret = command("create", "shop feed", "--scope", "evidence:write", "--scope", "ratings:read")[-1]
    assert " " not in secret
    found = keys.api_key_find(secret)
    assert found is not None
    assert (found.name, found.scopes) == ("shop feed", ["evidence:write", "ratings:read"])
    answer = client.get("/api/v1/evidence/rejected", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


def test_only_a_hash_is_kept() -> None:
    row, secret = keys.api_key_create(name="shop", scopes=["evidence:write"])
    kept = " ".join(str(value) for value in ApiKey.objects.values().get().values())
    assert secret not in kept
    assert len(row.digest) == 64
    assert secret.startswith(row.prefix)


def test_no_two_keys_are_alike() -> None:
    secrets = {keys.api_key_create(name="shop", scopes=["evidence:write"])[1] for _ in range(20)}
    assert len(secrets) == 20
    assert min(map(len, secrets)) >= 43


@pytest.mark.parametrize(
    ("name", "scopes"), [("", ["evidence:write"]), ("shop", []), ("shop", ["all"]), ("shop", ["a:b "])]
)
def test_a_key_needs_a_name_and_scopes(name: str, scopes: list[str]) -> None:
    with pytest.raises(ValidationError):
        keys.api_key_create(name=name, scopes=scopes)


def test_a_bad_scope_fails_the_command() -> None:
    with pytest.raises(CommandError, match="evidence:write"):
        command("create", "shop", "--scope", "everything")


def test_a_key_is_revoked_by_its_prefix() -> None:
    row, secret = keys.api_key_create(name="shop", scopes=["evidence:write"])
    _other, kept = keys.api_key_create(name="other", scopes=["evidence:write"])
    assert "shop" in command("revoke", row.prefix)[0]
    assert keys.api_key_find(secret) is None
    assert keys.api_key_find(kept) is not None
    with pytest.raises(CommandError, match="no key in force"):
        command("revoke", row.prefix)


def test_the_whole_key_revokes_it_too() -> None:
    _row, secret = keys.api_key_create(name="shop", scopes=["evidence:write"])
    command("revoke", secret)
    assert keys.api_key_find(secret) is None


def test_the_list_shows_what_is_in_force_and_no_secret() -> None:
    _row, secret = keys.api_key_create(name="shop", scopes=["evidence:write"])
    row, _secret = keys.api_key_create(name="gone", scopes=["ratings:read"])
    keys.api_key_revoke(prefix=row.prefix)
    first, second = command("list")
    assert "never used" in first
    assert "evidence:write" in first
    assert "revoked" in second
    assert secret not in first


def test_use_is_noted_at_most_once_a_minute(client: Client) -> None:
    row, secret = keys.api_key_create(name="shop", scopes=["evidence:write"])
    headers = {"authorization": f"Bearer {secret}"}

    def used() -> object:
        client.get("/api/v1/evidence/rejected", headers=headers)
        row.refresh_from_db()
        return row.last_used_at

    first = used()
    assert first is not None
    assert used() == first
    ApiKey.objects.update(last_used_at=now() - timedelta(minutes=2))
    assert used() > first  # type: ignore[operator]


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "bearer x", "Bearer \xff", "Bearer ls_\x00", "Token x", ""])
def test_any_other_header_is_refused(client: Client, header: str) -> None:
    answer = client.get("/api/v1/evidence/rejected", HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["content-type"] == "application/problem+json"


OWN = ("store", "s1")


@pytest.mark.parametrize(
    ("scopes", "subject"),
    [
        (["own:read"], keys.PLATFORM),
        (["evidence:write", "own:read"], keys.PLATFORM),
        (["evidence:write"], OWN),
        (["own:read", "actions:read"], OWN),
        ([], OWN),
    ],
)
def test_the_scope_of_subjects_and_those_of_the_platform_do_not_mix(
    scopes: list[str], subject: tuple[str, str]
) -> None:
    with pytest.raises(ValidationError):
        keys.api_key_create(name="shop", scopes=scopes, subject=subject)
    assert not ApiKey.objects.exists()


def test_keys_are_listed_by_whose_they_are() -> None:
    platform, _ = keys.api_key_create(name="feed", scopes=["evidence:write"])
    own, _ = keys.api_key_create(name="report", scopes=["own:read"], subject=OWN, by="user:mia")
    assert (keys.api_keys(), keys.api_keys(OWN), keys.api_keys(keys.PLATFORM)) == ([platform, own], [own], [platform])
    assert keys.api_keys(("anchor", "s1")) == []
    assert (own.subject_key, platform.subject_key, own.made_by) == ("store:s1", "", "user:mia")


def test_a_subject_revokes_its_own_keys_alone_and_once() -> None:
    platform, _ = keys.api_key_create(name="feed", scopes=["evidence:write"])
    own, secret = keys.api_key_create(name="report", scopes=["own:read"], subject=OWN)
    for pk, subject in ((platform.pk, OWN), (own.pk, ("store", "s2")), (own.pk, ("anchor", "s1")), (0, OWN)):
        assert keys.own_key_revoke(pk=pk, subject=subject, by="user:mia") == []
    assert keys.own_key_revoke(pk=own.pk, subject=OWN, by="user:mia") == [own]
    assert keys.own_key_revoke(pk=own.pk, subject=OWN, by="user:mia") == []
    assert keys.api_key_find(secret) is None


def test_the_command_lists_whose_a_key_is_and_revokes_it() -> None:
    own, _ = keys.api_key_create(name="report", scopes=["own:read"], subject=OWN)
    assert command("list")[0].endswith("report (of store:s1)")
    command("revoke", own.prefix)
    assert keys.api_keys(OWN)[0].revoked_at is not None
