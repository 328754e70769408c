import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reputation.subjects.services import membership_grant

PASSWORD = "a long enough phrase"
pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(db: None) -> User:
    return User.objects.create_user("mia", password=PASSWORD)


def sign_in(client: Client, password: str, name: str = "mia", address: str = "192.0.2.1", **extra: str):
    data = {"login": name, "password": password, **extra}
    return client.post(reverse("login"), data, REMOTE_ADDR=address)


def test_addresses_are_the_ones_that_others_rely_on() -> None:
    assert reverse("login") == "/accounts/login/"
    assert reverse("logout") == "/accounts/logout/"


def test_the_right_password_leads_home(client: Client, mia: User) -> None:
    assert sign_in(client, PASSWORD)["Location"] == reverse("home")


@pytest.mark.parametrize(
    ("is_staff", "is_member", "place"),
    [(True, False, "/console/"), (True, True, "/console/"), (False, True, "/portal/"), (False, False, "/")],
)
def test_home_is_where_ones_work_is(client: Client, mia: User, is_staff: bool, is_member: bool, place: str) -> None:
    mia.is_staff = is_staff
    mia.save()
    if is_member:
        membership_grant(user=mia, kind="store", subject_id="s1", role="owner")
    client.force_login(mia)
    assert client.get(reverse("home"))["Location"] == place


def test_home_of_a_stranger_is_the_sign_in_page(client: Client) -> None:
    assert client.get(reverse("home"))["Location"] == "/accounts/login/?next=/accounts/home/"


def test_a_wrong_password_is_told_in_plain_words_in_both_languages(client: Client, mia: User) -> None:
    answer = sign_in(client, "wrong")
    assert answer.status_code == 200
    assert "do not belong together" in answer.content.decode()
    chinese = client.post("/accounts/login/?lang=zh-hans", {"login": "mia", "password": "wrong"})
    assert "用户名与密码不符" in chinese.content.decode()


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(client: Client, mia: User) -> None:
    known = sign_in(client, "wrong").context["form"].non_field_errors()
    assert sign_in(client, "wrong", name="nobody").context["form"].non_field_errors() == known


def test_a_closed_account_stays_out(client: Client, mia: User) -> None:
    mia.is_active = False
    mia.save()
    sign_in(client, PASSWORD)
    assert "_auth_user_id" not in client.session


def test_after_ten_failures_even_the_right_password_is_refused_for_a_while(
    client: Client, mia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _attempt in range(10):
        assert sign_in(client, "wrong").status_code == 200
    refused = sign_in(client, PASSWORD)
    assert refused.status_code == 429
    assert "15 minutes" in refused.content.decode()
    assert "_auth_user_id" not in client.session
    later = time.time() + 15 * 60 + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert sign_in(client, PASSWORD).status_code == 302


def test_spelling_the_name_in_capitals_opens_no_second_count(client: Client, mia: User) -> None:
    for attempt in range(10):
        sign_in(client, "wrong", name="mia" if attempt % 2 else "MIA")
    assert sign_in(client, PASSWORD).status_code == 429


def test_one_address_cannot_shut_a_name_for_another(client: Client, mia: User) -> None:
    for _attempt in range(12):
        sign_in(client, "wrong", address="198.51.100.7")
    assert sign_in(client, PASSWORD, address="192.0.2.1").status_code == 302


def test_a_forged_forwarding_header_opens_no_second_count(client: Client, mia: User) -> None:
    for number in range(10):
        client.post(reverse("login"), {"login": "mia", "password": "no"}, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    data = {"login": "mia", "password": PASSWORD}
    assert client.post(reverse("login"), data, HTTP_X_FORWARDED_FOR="203.0.113.99").status_code == 429


def test_behind_a_trusted_proxy_each_caller_has_a_count_of_its_own(
    client: Client, mia: User, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = 1
    data = {"login": "mia", "password": "wrong"}
    for number in range(12):
        forged = f"192.0.2.{number}, 198.51.100.7"
        client.post(reverse("login"), data, HTTP_X_FORWARDED_FOR=forged)
    right = {"login": "mia", "password": PASSWORD}
    assert client.post(reverse("login"), right, HTTP_X_FORWARDED_FOR="198.51.100.7").status_code == 429
    assert client.post(reverse("login"), right, HTTP_X_FORWARDED_FOR="203.0.113.5").status_code == 302


def test_refused_attempts_do_not_prolong_the_refusal(
    client: Client, mia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.time()
    for minute in range(15):
        monkeypatch.setattr(time, "time", lambda minute=minute: start + 60 * minute)
        sign_in(client, "wrong", address="192.0.2.1") if minute else [sign_in(client, "wrong") for _ in range(10)]
    monkeypatch.setattr(time, "time", lambda: start + 15 * 60 + 1)
    assert sign_in(client, PASSWORD).status_code == 302


def test_the_mail_address_opens_no_second_count(client: Client, mia: User) -> None:
    mia.email = "mia@example.org"
    mia.save()
    for attempt in range(10):
        sign_in(client, "wrong", name="mia" if attempt % 2 else "Mia@Example.org")
    assert sign_in(client, PASSWORD).status_code == 429
    assert sign_in(client, PASSWORD, name="mia@example.org").status_code == 429


def test_a_success_does_not_count_as_a_failure(client: Client, mia: User) -> None:
    for _attempt in range(12):
        assert sign_in(client, PASSWORD).status_code == 302
        client.post(reverse("logout"))


def test_trying_many_names_from_one_place_is_stopped_too(client: Client, db: None) -> None:
    answers = [sign_in(client, "Summer2026!", name=f"person-{number}").status_code for number in range(101)]
    assert answers == [200] * 100 + [429]


def test_half_filled_forms_are_no_failures(client: Client, mia: User) -> None:
    for _attempt in range(11):
        assert sign_in(client, "").status_code == 200
        assert sign_in(client, "x", name="").status_code == 200
        assert sign_in(client, "x\0", name="m\0ia").status_code == 200
        assert sign_in(client, "x", name="m" * 255).status_code == 200
    assert sign_in(client, PASSWORD).status_code == 302


def test_what_was_typed_as_a_name_is_not_kept(client: Client, mia: User) -> None:
    sign_in(client, "x", name=PASSWORD)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM accounts_cache")
        kept = str(cursor.fetchall())
    assert kept != "[]"
    assert PASSWORD not in kept


@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_cannot_slip_past_the_count() -> None:
    cache.clear()
    User.objects.create_user("mia", password=PASSWORD)

    def attempt(_number: int) -> int:
        try:
            return sign_in(Client(), "wrong").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(24)))
    assert answers.count(200) == 10
    cache.clear()


def test_it_returns_to_the_page_asked_for_but_never_to_another_site(client: Client, mia: User) -> None:
    assert sign_in(client, PASSWORD, next="/portal/?page=2")["Location"] == "/portal/?page=2"
    client.logout()
    assert sign_in(client, PASSWORD, next="https://example.org/")["Location"] == reverse("home")
    client.logout()
    assert sign_in(client, PASSWORD, next="//example.org/")["Location"] == reverse("home")


def test_signing_out_takes_a_post(client: Client, mia: User) -> None:
    client.force_login(mia)
    assert client.get(reverse("logout")).status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post(reverse("logout"))["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_forms_refuse_other_sites(mia: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("login"), {"login": "mia", "password": PASSWORD}).status_code == 403


def change(client: Client, old: str, new: str, again: str = ""):
    data = {"oldpassword": old, "password1": new, "password2": again or new}
    return client.post(reverse("password_change"), data)


def test_a_password_is_changed_by_whoever_knows_the_old_one(client: Client, mia: User) -> None:
    client.force_login(mia)
    elsewhere = Client()
    elsewhere.force_login(mia)
    assert change(client, "wrong", "another long phrase").status_code == 200
    assert change(client, PASSWORD, "another long phrase", "yet another phrase").status_code == 200
    assert change(client, PASSWORD, "another long phrase")["Location"] == reverse("home")
    assert client.get(reverse("password_change")).status_code == 200
    assert elsewhere.get(reverse("password_change")).status_code == 302
    mia.refresh_from_db()
    assert mia.check_password("another long phrase")


def test_the_old_password_cannot_be_guessed_here_either(client: Client, mia: User) -> None:
    client.force_login(mia)
    answers = [change(client, f"guess {number}", "another long phrase").status_code for number in range(6)]
    assert answers == [200] * 5 + [429]


def test_a_weak_new_password_is_refused_with_reasons(client: Client, mia: User) -> None:
    client.force_login(mia)
    assert len(change(client, PASSWORD, "12345678").context["form"].errors["password1"]) >= 2


def test_the_password_page_is_for_those_signed_in(client: Client) -> None:
    assert client.get(reverse("password_change"))["Location"].startswith("/accounts/login/")


def test_nobody_signs_up(client: Client) -> None:
    for address in ("/accounts/signup/", "/accounts/signup", "/signup"):
        assert client.get(address).status_code == 404
