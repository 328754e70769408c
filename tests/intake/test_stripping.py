"""A picture is handed on without what the camera wrote beside it, and is the same picture."""

from __future__ import annotations

import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.intake.stripping import MOST_PARTS, TooManyPartsError, stripped

PRIVATE = b"GPS 39.9042N 116.4074E, serial 00451, Zhang Wei"


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2) + payload


def exif(orientation: int, order: str = "big") -> bytes:
    """As a camera writes it: a maker's name, which way up, then what nobody is to know."""

    def number(value: int, size: int) -> bytes:
        return value.to_bytes(size, order)  # type: ignore[arg-type]

    head = (b"MM" if order == "big" else b"II") + number(42, 2) + number(8, 4)
    maker = number(0x010F, 2) + number(2, 2) + number(4, 4) + b"Cam\0"
    turned = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + bytes(2)
    return b"Exif\0\0" + head + number(2, 2) + maker + turned + bytes(4) + PRIVATE


def orientation_of(content: bytes) -> int:
    """Read anew, by the position that the standard gives the only entry of an Exif part."""
    at = content.index(b"Exif\0\0MM\0*")
    assert content[at + 14 : at + 18] == b"\0\x01\x01\x12"
    return int.from_bytes(content[at + 24 : at + 26])


JFIF = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
COLOURS = segment(0xE2, b"ICC_PROFILE\0\1\1profile")
ADOBE = segment(0xEE, b"Adobe\0d\0\0\0\0\1")
TABLES, FRAME = segment(0xDB, bytes(65)), segment(0xC2, bytes(15))
# Two scans with a stuffed byte, a restart marker and a table between, as a progressive JPEG has them.
SCANS = (
    segment(0xDA, bytes(8))
    + b"\x12\xff\x00\x34\xff\xd0\x56"
    + segment(0xC4, bytes(20))
    + segment(0xDA, bytes(8))
    + b"\x9a"
)
END = b"\xff\xd9"
PARTS = [JFIF, COLOURS, ADOBE, TABLES, FRAME, SCANS]
JPEG = b"\xff\xd8" + b"".join(PARTS) + END
BESIDE = [
    segment(0xE1, exif(1)), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PRIVATE), segment(0xFE, PRIVATE),
    segment(0xED, b"Photoshop 3.0\0" + PRIVATE), segment(0xE2, b"MPF\0" + PRIVATE), segment(0xE0, b"JFXX\0" + PRIVATE),
    segment(0xEB, PRIVATE),
]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(BESIDE))))
def test_a_jpeg_is_what_it_was_before_anything_was_written_beside_it(extra: list[tuple[int, bytes]]) -> None:
    parts = list(PARTS)
    for place, one in extra:
        parts.insert(place, one)
    told = b"\xff\xd8" + b"".join(parts) + END + b"\xff\xd8" + PRIVATE  # phones put a second picture behind the first
    assert stripped("image/jpeg", told) == JPEG


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("turned", range(2, 9))
def test_which_way_up_a_jpeg_stands_is_kept_alone(turned: int, order: str) -> None:
    told = stripped("image/jpeg", b"\xff\xd8" + segment(0xE1, exif(turned, order)) + b"".join(PARTS) + END)
    assert orientation_of(told) == turned
    assert PRIVATE not in told
    assert b"Cam" not in told
    assert told.endswith(b"".join(PARTS) + END)


@pytest.mark.parametrize("turned", [0, 9, 300])
def test_an_orientation_that_there_is_not_is_none(turned: int) -> None:
    told = b"\xff\xd8" + segment(0xE1, exif(turned)) + b"".join(PARTS) + END
    assert stripped("image/jpeg", told) == JPEG


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


HEAD = b"\x89PNG\r\n\x1a\n"
CHUNKS = [chunk(b"IHDR", bytes(13)), chunk(b"gAMA", bytes(4)), chunk(b"IDAT", b"pixels"), chunk(b"IDAT", b"more")]
PNG = HEAD + b"".join(CHUNKS) + chunk(b"IEND", b"")
TOLD = [chunk(name, PRIVATE) for name in (b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME", b"caBX", b"prVt")]


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(TOLD))))
def test_a_png_is_what_it_was_too(extra: list[tuple[int, bytes]]) -> None:
    parts = list(CHUNKS)
    for place, one in extra:
        parts.insert(place, one)
    assert stripped("image/png", HEAD + b"".join(parts) + chunk(b"IEND", b"") + PRIVATE) == PNG


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP"
    for name, data in chunks:
        body += name + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def test_a_webp_says_no_more_that_it_has_what_is_gone() -> None:
    pixels, colours = (b"VP8 ", b"odd pixels!"), (b"ICCP", b"profile")
    told = riff(
        (b"VP8X", b"\x2c" + bytes(9)), colours, pixels, (b"EXIF", PRIVATE), (b"XMP ", PRIVATE), (b"????", PRIVATE)
    )
    assert stripped("image/webp", told) == riff((b"VP8X", b"\x20" + bytes(9)), colours, pixels)


@given(st.binary(max_size=400), st.sampled_from([JPEG, PNG, riff((b"VP8X", bytes(10)))]), st.integers(2, 60))
def test_what_is_broken_comes_out_no_longer_and_ends(junk: bytes, whole: bytes, place: int) -> None:
    kind = {0xFF: "image/jpeg", 0x89: "image/png", 0x52: "image/webp"}[whole[0]]
    told = stripped(kind, whole[: max(place, 12)] + junk)
    assert len(told) <= len(whole[: max(place, 12)] + junk) + len(segment(0xE1, exif(6)))
    assert told[:2] == whole[:2]


def test_done_twice_is_done_once() -> None:
    once = stripped("image/jpeg", b"\xff\xd8" + segment(0xE1, exif(6)) + b"".join(PARTS) + END)
    assert stripped("image/jpeg", once) == once


@pytest.mark.parametrize(
    ("kind", "head", "part"),
    [
        ("image/jpeg", JPEG[:2], b"\xff\xd0"), ("image/jpeg", JPEG[:2], segment(0xFE, b"")),
        ("image/png", PNG[:8], chunk(b"tEXt", b"")), ("image/webp", PNG[:12], b"EXIF" + bytes(4)),
    ],
)  # fmt: skip
def test_a_picture_of_a_million_parts_is_not_looked_through(kind: str, head: bytes, part: bytes) -> None:
    stripped(kind, head + part * MOST_PARTS)
    with pytest.raises(TooManyPartsError):
        stripped(kind, head + part * (MOST_PARTS + 1))


def test_a_long_row_of_fill_bytes_costs_no_time() -> None:
    began = time.process_time()
    assert stripped("image/jpeg", b"\xff\xd8" + b"\xff" * 5_000_000) == b"\xff\xd8"
    assert stripped("image/jpeg", b"\xff\xd8" + b"\xff" * 100 + b"".join(PARTS) + END) == JPEG
    assert time.process_time() - began < 1


def test_other_files_are_left_as_they_are() -> None:
    for kind in ("application/pdf", "video/mp4", "text/plain"):
        assert stripped(kind, PRIVATE) == PRIVATE
