"""Files that people send: taken by what they are, named so that they harm nobody, handed out so that nothing runs."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile

import pytest
from csp.middleware import CSPMiddleware
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from reputation.base.time import now
from reputation.governance.files import (
    ENDINGS,
    MOST_BYTES,
    attachment_of_member,
    attachment_response,
    content_type,
    files_attach,
    files_check,
    harmless,
)
from reputation.governance.models import Attachment, Objection
from reputation.subjects.services import membership_grant
from tests.governance.appeals.world import PDF, PNG, Upload

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(40) + b"\xff\xd9"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40)
MP4 = struct.pack(">I", 24) + b"ftypisom\x00\x00\x02\x00isomiso2" + bytes(40)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def zipped(size: int = 10, name: str = "a.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, b"\0" * size)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (WEBP, "image/webp"),
        (MP4, "video/mp4"),
        (b"The courier said: I came at 9:00.\r\n\tNobody was there.", "text/plain"),
        ("\ufeff快递员说:九点到过。👩‍👩‍👧".encode(), "text/plain"),
    ],
)
def test_it_takes_what_speaks_for_itself(content: bytes, kind: str) -> None:
    (checked,) = files_check([Upload(content, "proof.bin")])
    assert (checked.content_type, checked.content) == (kind, content)
    assert checked.name == "proof" + ENDINGS[kind]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.svg", SVG),
        ("drawing.png", SVG),
        ("drawing.txt", b"\xef\xbb\xbf  \n" + SVG),
        ("declared.txt", b'<?xml version="1.0"?>' + SVG),
        ("page.pdf", HTML),
        ("page.txt", b"\n\n<a href=javascript:alert(1)>"),
        ("script.txt", b"#!/bin/sh\nrm -rf /"),
        ("bomb.zip", zipped(20_000_000)),
        ("sheet.xlsx", zipped(name="xl/workbook.xml")),
        ("program.exe", b"MZ\x90\x00" + bytes(60)),
        ("moving.gif", b"GIF89a" + bytes(30)),
        ("late.pdf", b"<html>" + PDF),  # a PDF that begins as a page is a page
        ("late.png", zipped() + PNG),
        ("sound.webp", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(30)),
        ("quicktime.mp4", struct.pack(">I", 20) + b"ftypqt  " + bytes(30)),
        ("latin.txt", "Größe".encode("latin-1")),
        ("escape.txt", b"\x1b[2J you have won"),
        ("nothing.txt", b" \n\t "),
        ("binary.txt", bytes(range(256))),
    ],
)
def test_it_takes_nothing_else_whatever_it_is_called(name: str, content: bytes) -> None:
    with pytest.raises(ValidationError, match="cannot be taken"):
        files_check([Upload(content, name)])


def test_what_is_two_things_is_kept_as_the_harmless_one() -> None:
    """A picture with an archive behind it stays a picture to whoever opens it by its name and type."""
    (checked,) = files_check([Upload(PNG + zipped(), "both.zip")])
    assert (checked.content_type, checked.name) == ("image/png", "both.png")


def test_it_refuses_what_is_empty_too_large_or_too_many() -> None:
    with pytest.raises(ValidationError, match=r"proof\.png is empty"):
        files_check([Upload(b"")])
    with pytest.raises(ValidationError, match="larger than 5 MB"):
        files_check([Upload(PNG + bytes(MOST_BYTES))])
    with pytest.raises(ValidationError, match="at most 5 files"):
        files_check([Upload(PNG)] * 6)
    full = PNG + bytes(MOST_BYTES - len(PNG))
    assert len(files_check([Upload(full) for _ in range(5)])) == 5


def test_a_file_that_is_too_large_is_not_even_read() -> None:
    upload = Upload(b"", "huge.pdf")
    upload.size = 10**12
    upload.read = None  # type: ignore[method-assign, assignment]
    with pytest.raises(ValidationError, match="larger than 5 MB"):
        files_check([upload])


def test_it_says_all_that_is_wrong_at_once() -> None:
    with pytest.raises(ValidationError) as error:
        files_check([Upload(b"", "a.png"), Upload(PNG), Upload(SVG, "b.svg")])
    assert [text.split(" ")[0] for text in error.value.messages] == ["a.png", "b.svg"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("proof.png", "proof.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\mia\\proof.JPG", "proof.png"),
        ("evil.html", "evil.png"),
        ("two.tar.gz", "two.tar.png"),
        ("photo\u202egnp.exe", "photognp.png"),  # reads backwards from there on
        ('a"; filename="b.exe', "a_ filename_b.png"),
        ("a\r\nSet-Cookie: x=y.png", "aSet-Cookie_ x_y.png"),
        (".htaccess", "file.png"),
        ("con.png", "file_con.png"),
        ("", "file.png"),
        ("...", "file.png"),
        ("快递 证明\uff081\uff09.png", "快递 证明_1.png"),  # brackets of another width
        ("证明 (1).png", "证明 (1).png"),
        ("\0.png", "file.png"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert harmless(given, ".png") == kept


@given(st.text(max_size=200))
def test_no_name_leaves_its_folder_or_breaks_a_header(name: str) -> None:
    kept = harmless(name, ".pdf")
    assert kept.endswith(".pdf")
    assert 5 <= len(kept) <= 120
    assert not set(kept) & set('/\\:*?"<>|\r\n\0;')
    assert kept[0] not in ". "
    assert kept.isprintable()
    assert harmless(kept, ".pdf") == kept


@given(st.binary(max_size=64))
def test_whatever_the_bytes_it_is_one_of_the_types_or_none(content: bytes) -> None:
    assert content_type(content) in {*ENDINGS, None}


@pytest.fixture
def attachment(db: None) -> Attachment:
    user = User.objects.create_user("mia")
    objection = Objection.objects.create(
        kind="store", subject_id="s1", filed_by=user, filed_at=now(), text="", due_on=now().date()
    )
    files_attach(files_check([Upload("说明".encode(), "说明 1.txt")]), by=user, to=objection)
    return Attachment.objects.get()


def test_it_is_handed_out_as_a_download_in_which_nothing_runs(attachment: Attachment) -> None:
    response = attachment_response(attachment)
    CSPMiddleware(lambda request: HttpResponse()).process_response(RequestFactory().get("/"), response)
    assert response.content == "说明".encode()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%E8%AF%B4%E6%98%8E%201.txt"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "private, no-store")


def test_it_is_read_on_these_pages_by_who_acts_for_the_subject_alone(attachment: Attachment) -> None:
    colleague, stranger = User.objects.create_user("bob"), User.objects.create_user("otto")
    membership_grant(user=colleague, kind="store", subject_id="s1", role="staff", by="test")
    membership_grant(user=stranger, kind="anchor", subject_id="s1", role="owner", by="test")
    assert attachment_of_member(attachment, colleague)
    assert not attachment_of_member(attachment, stranger)
    assert not attachment_of_member(attachment, attachment.added_by)  # who left acts for it no more
    assert not attachment_of_member(attachment, User.objects.create_superuser("root"))  # staff read on their own desk


def test_what_is_kept_is_what_was_sent(attachment: Attachment) -> None:
    assert (attachment.name, attachment.size) == ("说明 1.txt", 6)
    assert attachment.digest == hashlib.sha256("说明".encode()).hexdigest()
    assert bytes(attachment.content) == "说明".encode()
