"""The second factor: set up by everybody who wants it, asked of everybody who belongs to the staff."""

import time
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reputation.base.models import AuditEntry
from reputation.subjects.services import membership_grant
from tests.accounts.totp import STEP, code
from tests.people import staff_member

PASSWORD = "a long enough phrase"
LOGIN, CODE, SET_UP, CODES = (
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/security/app/",
    "/accounts/security/codes/",
)
AGAIN = "/accounts/again/code/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_for(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock on by so many seconds."""
    start, moved = time.time(), [0.0]
    monkeypatch.setattr(time, "time", lambda: start + moved[0])

    def on(seconds: float) -> None:
        moved[0] += seconds

    return on


@pytest.fixture
def ann(db: None) -> User:
    return staff_member("ann", "moderator", password=PASSWORD, email="ann@example.org")


@pytest.fixture
def mia(db: None) -> User:
    user = User.objects.create_user("mia", password=PASSWORD)
    membership_grant(user=user, kind="store", subject_id="s1", role="owner")
    return user


def sign_in(client: Client, name: str) -> str:
    """Where it leads."""
    return str(client.post(LOGIN, {"login": name, "password": PASSWORD})["Location"])


def set_up(client: Client) -> str:
    """The secret that the app now has."""
    secret = client.get(SET_UP).context["form"].secret
    assert client.post(SET_UP, {"code": code(secret)})["Location"] == CODES
    return str(secret)


@pytest.fixture
def secret(ann: User, moment: Callable[[float], None]) -> str:
    client = Client()
    sign_in(client, "ann")
    found = set_up(client)
    moment(STEP * 5)
    return found


def test_staff_set_one_up_before_the_console_opens(client: Client, ann: User) -> None:
    sign_in(client, "ann")
    assert client.get("/console/")["Location"] == SET_UP
    set_up(client)
    assert client.get("/console/").status_code == 200


def test_from_then_on_the_password_alone_opens_nothing(client: Client, secret: str) -> None:
    assert sign_in(client, "ann") == CODE
    assert client.get("/console/")["Location"] == f"{LOGIN}?next=/console/"
    assert client.get("/portal/")["Location"] == f"{LOGIN}?next=/portal/"
    assert "_auth_user_id" not in client.session


def test_the_code_of_the_moment_opens_it_and_leads_where_one_wanted_to_go(client: Client, secret: str) -> None:
    client.post(LOGIN, {"login": "ann", "password": PASSWORD, "next": "/console/nights"})
    assert client.post(CODE, {"code": code(secret)})["Location"] == "/console/nights"
    assert client.get("/console/").status_code == 200


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, the last six of eight digits."""
    known = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    with pytest.MonkeyPatch.context() as patch:
        for moment, expected in known.items():
            patch.setattr(time, "time", lambda moment=moment: moment)
            assert code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == expected


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_whose_clock_is_half_a_minute_off_will_do(client: Client, secret: str, steps: int, opens: bool) -> None:
    sign_in(client, "ann")
    assert (client.post(CODE, {"code": code(secret, steps)}).status_code == 302) is opens


def test_a_code_works_once(client: Client, secret: str, moment: Callable[[float], None]) -> None:
    seen = code(secret)
    sign_in(client, "ann")
    assert client.post(CODE, {"code": seen}).status_code == 302
    onlooker = Client()
    for seconds in (0, 25, 30):  # still within what a slow clock is allowed
        moment(seconds)
        sign_in(onlooker, "ann")
        answer = onlooker.post(CODE, {"code": seen})
        assert answer.status_code == 200
        assert "has been used" in answer.content.decode()


def test_guessing_codes_is_stopped_after_ten(client: Client, secret: str) -> None:
    sign_in(client, "ann")
    for number in range(10):
        client.post(CODE, {"code": f"{number:06}"})
    answer = client.post(CODE, {"code": code(secret)})
    assert "15 minutes" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    elsewhere = Client(REMOTE_ADDR="198.51.100.9")
    sign_in(elsewhere, "ann")
    assert elsewhere.post(CODE, {"code": code(secret)}).status_code == 200


def test_a_recovery_code_opens_it_once(client: Client, secret: str) -> None:
    one = recovery_codes(Client(), secret)[0]
    assert sign_in(client, "ann") == CODE
    assert client.post(CODE, {"code": one}).status_code == 302
    assert client.get("/console/").status_code == 200
    other = Client()
    sign_in(other, "ann")
    assert other.post(CODE, {"code": one}).status_code == 200
    assert "9 are left" in client.get("/accounts/security/").content.decode()


def recovery_codes(client: Client, secret: str, steps: int = 0) -> list[str]:
    sign_in(client, "ann")
    client.post(CODE, {"code": code(secret, steps)})
    return list(client.get(CODES).context["unused_codes"])


def test_recovery_codes_are_shown_in_full_and_can_be_kept_as_a_file(client: Client, secret: str) -> None:
    codes = recovery_codes(client, secret)
    assert len(set(codes)) == 10
    file = client.get(f"{CODES}file/")
    assert file.content.decode().split() == codes
    assert file["Content-Disposition"].startswith("attachment")
    assert "no-store" in client.get(CODES)["Cache-Control"]


def test_new_recovery_codes_end_the_old_ones(client: Client, secret: str) -> None:
    old = recovery_codes(client, secret)
    assert client.post(f"{CODES}new/")["Location"] == CODES
    assert not set(old) & set(client.get(CODES).context["unused_codes"])


def test_the_password_alone_neither_shows_codes_nor_removes_the_second_factor(
    client: Client, ann: User, moment: Callable[[float], None]
) -> None:
    """A session that stood before the second factor was set up, in hands that know the password."""
    sign_in(client, "ann")
    elsewhere = Client()
    sign_in(elsewhere, "ann")
    set_up(elsewhere)
    assert client.get("/console/")["Location"] == f"{AGAIN}?next=%2Fconsole%2F"
    moment(301)
    for address in (CODES, f"{CODES}new/", f"{CODES}file/", "/accounts/security/app/remove/"):
        assert client.get(address)["Location"].startswith(AGAIN), address
        assert client.post(address).status_code in (302, 405)
    assert client.get("/accounts/again/")["Location"].startswith(AGAIN)
    assert client.post("/accounts/again/", {"password": PASSWORD})["Location"].startswith(AGAIN)
    assert Authenticator.objects.filter(type="totp").exists()


def test_such_a_session_goes_on_with_a_code(client: Client, ann: User, moment: Callable[[float], None]) -> None:
    sign_in(client, "ann")
    elsewhere = Client()
    sign_in(elsewhere, "ann")
    secret = set_up(elsewhere)
    moment(STEP * 3)
    assert client.post(f"{AGAIN}?next=/console/", {"code": code(secret)})["Location"] == "/console/"
    assert client.get("/console/").status_code == 200


def test_what_protects_the_account_takes_a_fresh_proof(
    client: Client, secret: str, moment: Callable[[float], None]
) -> None:
    recovery_codes(client, secret)
    assert client.get(CODES).status_code == 200
    moment(301)
    assert client.get(CODES)["Location"] == f"{AGAIN}?next={CODES.replace('/', '%2F')}"
    assert client.post(f"{AGAIN}?next={CODES}", {"code": code(secret)})["Location"] == CODES
    assert client.get(CODES).status_code == 200


def test_without_one_the_password_is_asked_for_again_after_five_minutes(
    client: Client, mia: User, moment: Callable[[float], None]
) -> None:
    sign_in(client, "mia")
    assert client.get(SET_UP).status_code == 200
    moment(301)
    again = client.get(SET_UP)["Location"]
    assert again == f"/accounts/again/?next={SET_UP.replace('/', '%2F')}"
    assert client.post(again, {"password": "wrong"}).status_code == 200
    assert client.post(again, {"password": PASSWORD})["Location"] == SET_UP
    assert client.get(SET_UP).status_code == 200


def test_removing_it_shuts_the_console_until_a_new_one_is_set_up(client: Client, secret: str) -> None:
    recovery_codes(client, secret)
    assert client.get("/accounts/security/app/remove/").status_code == 200
    assert client.post("/accounts/security/app/remove/").status_code == 302
    assert not Authenticator.objects.exists()
    assert client.get("/console/")["Location"] == SET_UP


def test_merchants_may_and_need_not(client: Client, mia: User, moment: Callable[[float], None]) -> None:
    assert sign_in(client, "mia") == "/accounts/home/"
    assert client.get("/portal/?all=1").status_code == 200
    secret = set_up(client)
    moment(STEP * 3)
    client.post(reverse("logout"))
    assert sign_in(client, "mia") == CODE
    assert client.post(CODE, {"code": code(secret)})["Location"] == "/accounts/home/"


def test_an_installation_may_do_without(client: Client, ann: User, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = False
    sign_in(client, "ann")
    assert client.get("/console/").status_code == 200


def test_a_wrong_code_sets_nothing_up(client: Client, ann: User) -> None:
    sign_in(client, "ann")
    secret = client.get(SET_UP).context["form"].secret
    assert client.post(SET_UP, {"code": code(secret, 50)}).status_code == 200
    assert not Authenticator.objects.exists()
    assert client.get("/console/")["Location"] == SET_UP


def test_secrets_lie_encrypted(client: Client, secret: str, settings: Settings) -> None:
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key" * 6, [former]
    sign_in(client, "ann")
    assert client.post(CODE, {"code": code(secret)}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_whoever_has_an_address_is_told_and_the_audit_log_says_it(client: Client, ann: User) -> None:
    sign_in(client, "ann")
    set_up(client)
    client.post("/accounts/security/app/remove/")
    assert [letter.subject for letter in mail.outbox] == [
        "Livestar: a second factor is set up", "Livestar: the second factor is removed",
    ]  # fmt: skip
    assert "127.0.0.1" in mail.outbox[0].body
    noted = AuditEntry.objects.order_by("sequence").values_list("actor", "action", "object_id")
    assert ("user:ann", "second_factor.added", "ann") in noted
    assert ("user:ann", "second_factor.removed", "ann") in noted


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_away_undoes_nothing(client: Client, ann: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    sign_in(client, "ann")
    set_up(client)
    assert client.get("/console/").status_code == 200


def test_pages_speak_chinese_and_hold_no_script_of_their_own(client: Client, ann: User) -> None:
    sign_in(client, "ann")
    page = client.get(f"{SET_UP}?lang=zh-hans")
    assert "扫描" in page.content.decode()
    assert page.content.decode().count("<script") == page.content.decode().count("<script src=")
    assert " style=" not in page.content.decode()
    assert "script-src 'self'" in page["Content-Security-Policy"]
