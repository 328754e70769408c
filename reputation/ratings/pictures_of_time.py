"""A picture of how long something takes, as SVG made here: colours are classes of the stylesheet."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

_ROOM = 1.08  # beyond the longest, so that a mark at the end is seen


def took(half: int, most: int, promised: int | None, label: str) -> SafeString:
    """Minutes on a line from nothing: solid as far as one half takes, pale as far as 9 in 10 do, a mark at the promise."""
    top = _ROOM * max(most, promised or 0, 1)
    mark = _mark(200 * promised / top) if promised is not None else ""
    return format_html(
        '<svg class="bar took" viewBox="0 0 200 12" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-track" y="2" width="200" height="8"/><rect class="took-most" y="2" width="{}" height="8"/>'
        '<rect class="took-half" y="2" width="{}" height="8"/>{}</svg>',
        label, f"{200 * most / top:.1f}", f"{200 * half / top:.1f}", mark,
    )  # fmt: skip


def _mark(x: float) -> SafeString:
    return format_html('<rect class="took-promise" x="{}" width="2" height="12"/>', f"{x - 1:.1f}")
