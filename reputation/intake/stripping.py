"""Pictures without what a camera or a program wrote beside them: place, time, device, author.

Lossless: only whole parts of the file are left out, no pixel is touched. What is not known to belong to the picture
goes, and so does what stands behind its end, where phones put further pictures. Which way up a JPEG stands is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_APP0, _APP1, _APP2, _APP14, _APP15, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_SCAN, _END = 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_SCAN_ENDS = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])")
# What an application's part may begin with to stay: how pixels and colours are meant.
_MEANT = {_APP0: b"JFIF\0", _APP2: b"ICC_PROFILE\0", _APP14: b"Adobe"}
_ORIENTATION = 0x0112
_UPRIGHT = 1
_PNG_HEAD = 8
_PNG_MEANT = frozenset(b"tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT".split())
_WEBP_MEANT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_TELLS = 0x0C  # flags of VP8X: there is EXIF, there is XMP


def stripped(content_type: str, content: bytes) -> bytes:
    """`content` as it is for all but JPEG, PNG and WebP."""
    strip = _STRIPS.get(content_type)
    return strip(content) if strip else content


def _jpeg(content: bytes) -> bytes:
    kept, at = [content[:2]], 2
    while 0 <= (at := content.find(b"\xff", at)) < len(content) - 1:
        marker = content[at + 1]
        end = _segment_end(content, at, marker)
        if marker == 0xFF:  # a fill byte
            end = at + 1
        elif _stays(marker, content[at:end]):
            kept.append(content[at:end])
        elif marker == _APP1 and (turned := _orientation(content[at:end])) != _UPRIGHT:
            kept.append(_turned(turned))
        if marker == _END:
            break
        at = end
    return b"".join(kept)


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
    return marker < _APP15


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
    kept, at = [content[:_PNG_HEAD]], _PNG_HEAD
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        name = content[at + 4 : at + 8]
        if name in _PNG_MEANT or not name[:1].islower():  # a capital: no picture without it
            kept.append(content[at:end])
        if name == b"IEND":
            break
        at = end
    return b"".join(kept)


def _webp(content: bytes) -> bytes:
    kept, at = [b"WEBP"], 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        name, chunk = content[at : at + 4], content[at:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes(flags & ~_WEBP_TELLS for flags in chunk[8:9]) + chunk[9:]
        if name in _WEBP_MEANT:
            kept.append(chunk)
        at = end
    body = b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


_STRIPS: dict[str, Callable[[bytes], bytes]] = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
