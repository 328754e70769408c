"""Pictures of a rating for other people's pages: a pill, a badge and a card, light, dark, or as the reader's screen is.

Each stands alone and must be XML. Its colours are attributes; a picture that follows the screen carries one style
sheet more, always the same, whose hash its answer's policy names.
"""

import re
import unicodedata
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.ratings.selectors import RatingRow
from reputation.ratings.svg import STAR, star_paths
from reputation.ratings.wording import counted, number_format, short_rate, state_in_words, state_name

NAME_COLUMNS = 28  # a Han character takes two
SIZES = {"small": (152, 28), "medium": (260, 72), "large": (320, 148)}
THEMES = ("auto", "light", "dark")
# XML 1.0 has no way to write these; the last range are orders to turn the direction of writing.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_FONTS = "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


@dataclass(frozen=True)
class Paint:
    """The colours of the site's tokens, by what they are for."""

    ground: str
    line: str
    ink: str
    soft: str
    star: str
    off: str
    mark: str


LIGHT = Paint("#ffffff", "#e2dccd", "#1d1b16", "#5d574a", "#b26a00", "#e4ded0", "#0b5a54")
DARK = Paint("#1e1c17", "#38342a", "#f3efe5", "#bab3a3", "#f2b24d", "#474236", "#76d0c2")
_FILLED = "".join(f".{name}{{fill:{getattr(DARK, name)}}}" for name in ("ink", "soft", "star", "off", "mark"))
STYLE = f"@media (prefers-color-scheme:dark){{.ground{{fill:{DARK.ground};stroke:{DARK.line}}}{_FILLED}}}"
STYLE_HASH = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"


@dataclass(frozen=True)
class Seen:
    """What a badge tells. `row` None: known, and not rated yet."""

    name: str
    row: RatingRow | None

    @property
    def words(self) -> str:
        return _("Not rated yet") if self.row is None else state_in_words(self.row)

    @property
    def tag(self) -> str:
        """The same in a word or two; a small badge's title has the rest."""
        return _("Not rated yet") if self.row is None else state_name(self.row.state)

    @property
    def half_stars(self) -> float:
        return float(self.row.half_stars or 0) if self.row else 0.0

    @property
    def stars(self) -> str:
        return number_format(self.row.stars, 1) if self.row and self.row.stars is not None else ""


def badge(seen: Seen, size: str = "medium", theme: str = "auto") -> SafeString:
    width, height = SIZES[size]
    paint = DARK if theme == "dark" else LIGHT
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" viewBox="0 0 {} {}" role="img"'
        ' font-family="{}"><title>{}</title>{}'
        '<rect class="ground" x=".5" y=".5" width="{}" height="{}" rx="{}" fill="{}" stroke="{}"/>{}</svg>',
        width, height, width, height, _FONTS, f"{short_name(seen.name)}: {seen.words}",
        format_html("<style>{}</style>", SafeString(STYLE)) if theme == "auto" else "",
        width - 1, height - 1, height / 2 - 0.5 if size == "small" else 10, paint.ground, paint.line,
        _SHAPES[size](seen, paint),
    )  # fmt: skip


def _small(seen: Seen, paint: Paint) -> SafeString:
    brand = _text("Livestar", 138, 18.5, 10.5, "mark", paint, weight=600, anchor="end")
    if not seen.stars:
        return _text(_cut(seen.tag, 14), 14, 18.5, 10.5, "soft", paint) + brand
    star = '<path transform="translate(11 5) scale(.75)" class="star" fill="{}" d="{}"/>'
    return format_html(star, paint.star, STAR) + _text(seen.stars, 34, 19, 13, "ink", paint, weight=700) + brand


def _medium(seen: Seen, paint: Paint) -> SafeString:
    parts = [_name(seen, 14, 23, 13, 232, paint)]
    if seen.stars:
        parts += [_text(seen.stars, 14, 44, 15, "ink", paint, weight=700), _five(seen, paint, 47, 30, 0.72)]
        parts.append(_text(_orders(seen), 14, 61, 10.5, "soft", paint))
    else:
        parts.append(_text(_cut(seen.words, 40), 14, 43, 11.5, "soft", paint))
    return _joined([*parts, _text("Livestar", 246, 61, 10.5, "mark", paint, weight=600, anchor="end")])


def _large(seen: Seen, paint: Paint) -> SafeString:
    parts = [_name(seen, 18, 32, 16, 284, paint)]
    if seen.stars and seen.row:
        parts += [_text(seen.stars, 18, 78, 36, "ink", paint, weight=700), _five(seen, paint, 92, 53, 1.1)]
        parts.append(_text(_cut(short_rate(seen.row), 46), 18, 104, 12, "ink", paint))
    else:
        parts.append(_text(_cut(seen.words, 46), 18, 70, 13, "ink", paint))
    if seen.row:
        when = date_format(seen.row.night)
        told = f"{_orders(seen)} · {when}" if seen.stars else when
        parts.append(_text(told, 18, 130, 11, "soft", paint))
    return _joined([*parts, _text("Livestar", 302, 130, 12, "mark", paint, weight=600, anchor="end")])


_SHAPES = {"small": _small, "medium": _medium, "large": _large}


def _text(
    text: str, x: float, y: float, size: float, role: str, paint: Paint, *, weight: int = 400, anchor: str = "start"
) -> SafeString:
    """`role`: one of Paint's, which the style sheet knows by the same name."""
    return format_html(
        '<text class="{}" x="{}" y="{}" font-size="{}" font-weight="{}" text-anchor="{}" fill="{}"'
        ' unicode-bidi="isolate">{}</text>',
        role, x, y, size, weight, anchor, getattr(paint, role), text,
    )  # fmt: skip


def _name(seen: Seen, x: float, y: float, size: float, width: float, paint: Paint) -> SafeString:
    """In a frame of its own, which cuts what is wider than letters mostly are."""
    name = _text(short_name(seen.name), 0, y, size, "ink", paint, weight=600)
    return format_html('<svg x="{}" width="{}" height="{}">{}</svg>', x, width, y + size / 2, name)


def _five(seen: Seen, paint: Paint, x: float, y: float, scale: float) -> SafeString:
    glyphs = _glyphs(seen.half_stars, paint)
    return format_html('<g transform="translate({} {}) scale({})">{}</g>', x, y, scale, glyphs)


def _glyphs(value: float, paint: Paint) -> SafeString:
    drawn = star_paths(value, on="star", off="off")
    filled = drawn.replace('class="star"', f'class="star" fill="{paint.star}"')
    return SafeString(filled.replace('class="off"', f'class="off" fill="{paint.off}"'))


def _orders(seen: Seen) -> str:
    return counted(seen.row.orders_counted) if seen.row else ""


def _joined(parts: list[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def short_name(name: str) -> str:
    """What fits in one line, without characters that no SVG can hold."""
    return _cut(name, NAME_COLUMNS)


def _cut(text: str, most: int) -> str:
    columns, kept = 0, []
    for character in _UNWRITABLE.sub("", text):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > most:
            return "".join(kept) + "…"
        kept.append(character)
    return "".join(kept)
