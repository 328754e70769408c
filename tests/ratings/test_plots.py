"""A reliability plot puts what was foreseen on one axis and what came on the other."""

from __future__ import annotations

import re

from reputation.ratings.plots import Bin, reliability, reliability_in_words

BINS = [Bin(1.0, 1.2, 400), Bin(4.0, 4.0, 100), Bin(9.0, 7.5, 25)]


def circles(text: str) -> list[tuple[float, float, float]]:
    found = re.findall(r'<circle class="plot-dot" cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', text)
    return [(float(x), float(y), float(r)) for x, y, r in found]


def line(text: str) -> tuple[float, ...]:
    [found] = re.findall(r'<line class="plot-ideal" x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)"', text)
    return tuple(map(float, found))


def test_a_dot_lies_on_the_line_where_what_was_foreseen_came() -> None:
    picture = reliability(BINS, ident="r")
    x1, y1, x2, y2 = line(picture)
    on = [abs((y - y1) - (y2 - y1) * (x - x1) / (x2 - x1)) for x, y, _ in circles(picture)]
    assert on[1] < 0.2
    assert on[0] > 1
    assert circles(picture)[2][1] > y1 + (y2 - y1) * (circles(picture)[2][0] - x1) / (x2 - x1)  # fewer came: below


def test_the_area_of_a_dot_is_its_orders_and_the_axes_hold_every_dot() -> None:
    found = circles(reliability(BINS, ident="r"))
    assert [radius for _, _, radius in found] == sorted((radius for _, _, radius in found), reverse=True)
    assert all(0 <= x <= 320 and 0 <= y <= 320 for x, y, _ in found)
    assert "style=" not in reliability(BINS, ident="r")


def test_it_says_in_words_what_it_shows() -> None:
    assert reliability_in_words(BINS) == (
        "Problems per 100 orders, from the safest orders to the riskiest: "
        "foreseen 1.0, came 1.2; foreseen 4.0, came 4.0; foreseen 9.0, came 7.5."
    )
