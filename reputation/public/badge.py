"""A picture of a rating for other people's pages. It stands alone, so its colours are attributes, and must be XML."""

import re
import unicodedata

from django.utils.html import format_html
from django.utils.safestring import SafeString

from reputation.ratings.selectors import RatingRow
from reputation.ratings.svg import star_paths
from reputation.ratings.wording import counted, state_in_words

NAME_COLUMNS = 28  # a Han character takes two
# XML 1.0 has no way to write these; the last range are orders to turn the direction of writing.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_FONTS = "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def badge(row: RatingRow) -> SafeString:
    value = float(row.half_stars or 0)
    words = state_in_words(row)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="260" height="72" viewBox="0 0 260 72" role="img"'
        ' font-family="{}"><title>{}</title>'
        '<rect x=".5" y=".5" width="259" height="71" rx="10" fill="#fffdf8" stroke="#d9d3c5"/>'
        '<text x="14" y="23" font-size="13" font-weight="600" fill="#1d1b16" unicode-bidi="isolate">{}</text>{}'
        '<text x="14" y="61" font-size="10.5" fill="#5d574a">{}</text>'
        '<text x="246" y="61" font-size="10.5" font-weight="600" fill="#0b5a54" text-anchor="end">Livestar</text>'
        "</svg>",
        _FONTS,
        f"{short_name(row.name)}: {words}",
        short_name(row.name),
        _stars(row, value) if value else _no_stars(words),
        counted(row.orders_counted) if value else "",
    )


def _stars(row: RatingRow, value: float) -> SafeString:
    glyphs = star_paths(value, on="on", off="off").replace('class="on"', 'fill="#b26a00"')
    return format_html(
        '<text x="14" y="44" font-size="15" font-weight="700" fill="#1d1b16">{}</text>'
        '<g transform="translate(44 30) scale(.72)">{}</g>',
        row.stars,
        SafeString(glyphs.replace('class="off"', 'fill="#e4ded0"')),
    )


def _no_stars(words: str) -> SafeString:
    return format_html('<text x="14" y="43" font-size="11.5" fill="#5d574a">{}</text>', words)


def short_name(name: str) -> str:
    """What fits in one line, without characters that no SVG can hold."""
    columns, kept = 0, []
    for character in _UNWRITABLE.sub("", name):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > NAME_COLUMNS:
            return "".join(kept) + "…"
        kept.append(character)
    return "".join(kept)
