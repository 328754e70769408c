from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from reputation.ratings import wording
from reputation.ratings.selectors import RatingRow
from scoring.ledger import PARTS
from tests.public.market import NIGHT


def _row(**changes: object) -> RatingRow:
    return RatingRow(
        "store", "s1", NIGHT, 0, "Lotus", "beauty", "rated", "orders", Decimal("4.7"), Decimal("4.5"), 3.1, 2.2, 4.6,
        6.0, 1234, 31, 82.0, "", None, {}, {}, None,
    )._replace(**changes)  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "all_causes", "begins"),
    [
        (3.14, 6.02, "About 3 in 100 orders have"),
        (12.4, 20.0, "About 12 in 100 orders have"),
        (0.96, 2.0, "About 1 in 100 orders have"),
        (0.94, 2.0, "About 9 in 1,000 orders have"),
        (0.4, 1.2, "About 4 in 1,000 orders have"),
        (0.04, 0.1, "Fewer than 1 in 1,000 orders has"),
        (0.0, 0.0, "Fewer than 1 in 1,000 orders has"),
    ],
)
def test_a_rate_is_told_as_people_count(expected: float, all_causes: float, begins: str) -> None:
    assert wording.headline(_row(expected=expected, all_causes=all_causes)).startswith(begins)


@pytest.mark.parametrize(
    ("expected", "words"),
    [(3.1, "3 in 100 go wrong"), (0.4, "4 in 1,000 go wrong"), (0.01, "fewer than 1 in 1,000 go wrong")],
)
def test_a_line_of_a_list_tells_the_rate_in_short(expected: float, words: str) -> None:
    assert wording.short_rate(_row(expected=expected)) == words


def test_both_numbers_of_a_sentence_are_out_of_the_same() -> None:
    assert wording.headline(_row(expected=0.4, all_causes=1.2)).endswith("; 12 counting every cause.")


def test_numbers_are_rounded_and_never_cut_off() -> None:
    assert "Range: 9.8 to 21.0 in 100" in wording.interval(_row(low=9.799999, high=20.96))
    assert wording.better_than(46.9, "") == "Better than 47% of those rated"


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 orders"), (1, "1 order"), (2, "2 orders"), (84403, "84,403 orders")]
)
def test_plurals_follow_the_count(count: int, words: str) -> None:
    assert wording.counted(count) == words


def test_chinese_needs_no_plural() -> None:
    with translation.override("zh-hans"):
        assert wording.counted(1) == "1 单"
        assert wording.few_orders(_row(state="few_orders", orders_counted=18, confirmed_defects=2)) == (
            "已有 18 单（需 30 单）；2 个已确认问题"
        )
        assert wording.headline(_row()).startswith("每 100 单中约有 3 单被反映存在店铺责任的问题")


def test_what_does_not_exist_is_not_talked_about() -> None:
    row = _row(stars=None, expected=None, low=None, high=None)
    assert (wording.headline(row), wording.interval(row), wording.short_rate(row)) == ("", "", "")
    assert wording.better_than(None, "x") == ""


@pytest.mark.parametrize("kind", ["store", "anchor"])
def test_the_one_who_did_it_is_named(kind: str) -> None:
    assert f"the {kind}'s doing" in wording.headline(_row(kind=kind))
    assert f"the {kind}'s doing" in wording.headline(_row(kind=kind, expected=0.01))


def test_the_whole_market_is_told_in_the_same_way() -> None:
    assert wording.market_headline(4.2, 8.6).startswith("Of 100 orders at all rated stores together, about 4 have")


def told(**parts: float) -> str:
    return wording.ledger_headline(_row(ledger=parts))


def test_a_change_is_told_with_its_parts_the_largest_first() -> None:
    assert told(aged=0.1, evidence=-0.3) == "Down 0.2: new evidence -0.3, old incidents fading +0.1"
    assert told(peers=0.03, evidence=0.07) == "Up 0.1: new evidence +0.07, others got worse +0.03"
    with translation.override("zh-hans"):
        assert told(aged=0.1, evidence=-0.3) == "下降 0.2：新证据 -0.3，旧问题淡出 +0.1"


def test_a_star_that_stayed_is_explained_where_there_is_something_to_explain() -> None:
    assert told() == "Unchanged"
    assert told(evidence=-0.012, held_back=0.012) == "Unchanged"
    assert told(model=-0.15, held_back=0.15) == "Unchanged: new model -0.15, held back +0.15"


def test_without_a_star_the_night_before_nothing_is_compared() -> None:
    row = _row(ledger=None)
    assert wording.ledger_headline(row) == "First rating, or the first after a break"
    assert wording.ledger_parts(row.ledger) == []


@given(st.lists(st.integers(-4000, 4000), min_size=6, max_size=6), st.integers(-40, 40))
def test_what_is_told_adds_up_like_the_ledger(parts: list[int], tenths: int) -> None:
    """The ledger is in thousandths, its sum in tenths; people are told hundredths."""
    held = tenths * 100 - sum(parts)
    ledger = {part: value / 1000 for part, value in zip(PARTS, [*parts, held], strict=True)}
    lines = wording.ledger_parts(ledger)
    amounts = [Decimal(by.replace(",", "")) for by, _words in lines]
    assert sum(amounts) == Decimal(tenths) / 10
    assert amounts == sorted(amounts, key=abs, reverse=True)
    assert 0 not in amounts
    largest = max(map(abs, ledger.values()))
    assert abs(float(max(map(abs, amounts), default=Decimal(0))) - largest) <= 0.01 + 1e-9


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("by", [0.2, -0.2, 0.02, -0.02])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_a_name_and_a_sentence(part: str, by: float, language: str) -> None:
    with translation.override(language):
        ((amount, sentence),) = wording.ledger_parts({part: by})
        assert amount == f"{by:+}"
        assert sentence.endswith(("。", "."))
        assert len(sentence) > 15


def test_a_little_that_is_held_back_is_rounding() -> None:
    assert wording.ledger_parts({"held_back": 0.04})[0][1].startswith("Rounding:")
    assert wording.ledger_parts({"held_back": 0.2})[0][1].startswith("Held back: a fall by models")
    assert wording.ledger_parts({"held_back": -0.2})[0][1].startswith("Held back before:")
