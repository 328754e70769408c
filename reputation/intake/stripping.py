"""Pictures without what a camera or a program wrote beside them: place, time, device, author.

Lossless: only whole parts of the file are left out, no pixel is touched. What is not known to belong to the picture
goes, and so does what stands behind its end, where phones put further pictures. Which way up a JPEG stands is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

_APP0, _APP1, _APP2, _APP14, _APP15, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_FIRST, _SCAN, _END = 0xC0, 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_MARKER = re.compile(rb"\xff[^\xff]", re.DOTALL)
_SCAN_ENDS = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])")
# What an application's part may begin with to stay: how pixels and colours are meant.
_MEANT = {_APP0: b"JFIF\0", _APP2: b"ICC_PROFILE\0", _APP14: b"Adobe"}
_ORIENTATION = 0x0112
_UPRIGHT = 1
_PNG_HEAD = 8
_PNG_MEANT = frozenset(b"tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT".split())
_WEBP_MEANT = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_TELLS = 0x0C  # flags of VP8X: there is EXIF, there is XMP
MOST_PARTS = 10_000  # a camera's picture has some hundreds; one made to keep us busy has a million
T = TypeVar("T")


class TooManyPartsError(ValueError):
    """No camera and no program writes a picture so."""


def stripped(content_type: str, content: bytes) -> bytes:
    """`content` as it is for all but JPEG, PNG and WebP. Raises TooManyPartsError."""
    strip = _STRIPS.get(content_type)
    return strip(content) if strip else content


def _limited(parts: Iterator[T]) -> Iterator[T]:
    for number, part in enumerate(parts):
        if number >= MOST_PARTS:
            raise TooManyPartsError
        yield part


def _jpeg(content: bytes) -> bytes:
    kept = [content[:2]]
    for marker, segment in _limited(_segments(content)):
        if _stays(marker, segment):
            kept.append(segment)
        elif marker == _APP1 and (turned := _orientation(segment)) != _UPRIGHT:
            kept.append(_turned(turned))
    return b"".join(kept)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers with what belongs to each, up to the picture's end; fill bytes between them are passed over."""
    at, marker = 2, 0
    while marker != _END and (found := _MARKER.search(content, at)):
        start, marker = found.start(), content[found.end() - 1]
        at = _segment_end(content, start, marker)
        yield marker, content[start:at]


def _segment_end(content: bytes, at: int, marker: int) -> int:
    if marker in _ALONE or marker == _END:
        return at + 2
    end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
    if marker != _SCAN:
        return end
    found = _SCAN_ENDS.search(content, end)
    return found.start() if found else len(content)


def _stays(marker: int, segment: bytes) -> bool:
    if _APP0 <= marker <= _APP15:
        return marker in _MEANT and segment[4:].startswith(_MEANT[marker])
    return _FIRST <= marker < _APP15


def _orientation(segment: bytes) -> int:
    """As the Exif of a JPEG says it, 1 to 8; upright where it says nothing that can be read."""
    if segment[4:10] != b"Exif\0\0":
        return _UPRIGHT
    tiff = segment[10:]

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if tiff[:2] == b"II" else "big")

    first = number(4, 4)
    for entry in range(first + 2, first + 2 + 12 * min(number(first, 2), 100), 12):
        if number(entry, 2) == _ORIENTATION:
            return turned if 1 <= (turned := number(entry + 8, 2)) <= 8 else _UPRIGHT
    return _UPRIGHT


def _turned(orientation: int) -> bytes:
    """An Exif part that says this alone."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2) + bytes(2)
    tiff = b"MM\x00*\x00\x00\x00\x08" + b"\x00\x01" + entry + bytes(4)
    return b"\xff\xe1" + (2 + 6 + len(tiff)).to_bytes(2) + b"Exif\0\0" + tiff


def _png(content: bytes) -> bytes:
    kept = [content[:_PNG_HEAD]]
    for name, chunk in _limited(_chunks(content)):
        if name in _PNG_MEANT or not name[:1].islower():  # a capital: no picture without it
            kept.append(chunk)
    return b"".join(kept)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, name = _PNG_HEAD, b""
    while at < len(content) and name != b"IEND":
        start, at = at, at + 12 + int.from_bytes(content[at : at + 4])
        name = content[start + 4 : start + 8]
        yield name, content[start:at]


def _webp(content: bytes) -> bytes:
    kept = [b"WEBP"]
    for name, chunk in _limited(_riff(content)):
        if name == b"VP8X":
            kept.append(chunk[:8] + bytes(flags & ~_WEBP_TELLS for flags in chunk[8:9]) + chunk[9:])
        elif name in _WEBP_MEANT:
            kept.append(chunk)
    body = b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _riff(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        start, at = at, at + 8 + size + size % 2
        yield content[start : start + 4], content[start:at]


_STRIPS: dict[str, Callable[[bytes], bytes]] = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
