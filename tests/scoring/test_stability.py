"""What a night may change of a star: order, limits, and how seldom a shown star turns round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scoring.stability import ALLOWANCE, HALVES_BAND, TENTHS_BAND, kept, play, settle, settle_shown
from scoring.stars import exact, half, restated, tenths
from scoring.steps import kept_nights
from tests.scoring.test_stars import fit_scale, wide

Floats = NDArray[np.float64]
Rating = Callable[[Floats], Floats]
STATE = ["exact", "band", "half"]
SEEDS = st.integers(0, 2**32 - 1)
SLACK = 1e-9


def night(raw: Floats, kept: Floats, symptom: NDArray[np.bool_]) -> pd.DataFrame:
    return pd.DataFrame({"raw": raw, "kept": kept, "symptom": symptom})


def walk(nights: Sequence[pd.DataFrame], days: Sequence[int] | None = None) -> dict[str, Floats]:
    """Settled night after night: column -> nights x subjects."""
    state, seen = None, []
    for now, apart in zip(nights, days or [1] * len(nights), strict=True):
        seen.append(settle(now, state, apart))
        state = seen[-1][STATE]
    return {column: np.array([table[column] for table in seen]) for column in seen[0]}


def random_nights(seed: int, count: int = 65, subjects: int = 90, symptoms: float = 0.3) -> list[pd.DataFrame]:
    """Stars that jump, drift and stand still, with what earlier nights vouch for as unlike as it likes."""
    random = np.random.default_rng(seed)
    rough = random.choice([0.003, 0.05, 0.6], subjects)
    paths = np.clip(4 + np.cumsum(random.normal(0, rough, (2, count, subjects)), axis=1), 1, 5)
    symptom = random.random((count, subjects)) < symptoms
    return [night(*paths[:, t], symptom[t]) for t in range(count)]


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.integers(1, 40))
def test_a_night_keeps_the_order_of_raw_kept_symptoms_and_state(seed: int, days: int) -> None:
    random, size = np.random.default_rng(seed), 60
    worse = night(*random.uniform(1, 5, (2, size)), random.random(size) < 0.5)
    lift = random.choice([0.0, 0.001, 0.3, 2.0], (3, size))
    better = night(worse["raw"] + lift[0], worse["kept"] + lift[1], worse["symptom"] & (random.random(size) < 0.5))
    low = pd.DataFrame(random.uniform(1, 5, (size, 3)), columns=STATE)
    high = low + lift[2][:, None]
    over, under = settle(better, high, days), settle(worse, low, days)
    assert (over.to_numpy() >= under.to_numpy() - SLACK).all()


def monotone(random: np.random.Generator) -> Rating:
    """A rating function: stars never rise with bad news, by steps and slopes, as trees over a scale do."""
    at = np.sort(random.uniform(-3, 3, 7))
    steps, slope = random.exponential(0.25, 7), random.exponential(0.3)
    return lambda news: np.clip(5 - slope * (news + 3) - (news[..., None] > at) @ steps, 1, 5)


def calendar(gaps: Sequence[int]) -> list[date]:
    """Published nights so many days apart, from a day that the calendar keeps for long."""
    return [date.fromordinal(739_704 + int(day)) for day in np.cumsum([0, *gaps])]


def vouched_nights(
    nights: Sequence[date], functions: Sequence[Rating], news: Floats, symptom: NDArray[np.bool_]
) -> list[pd.DataFrame]:
    """What `settle` is told on each night; the nights that are kept are those that a real night keeps."""
    found = []
    for t, tonight in enumerate(nights):
        witnesses = {*kept_nights(nights[:t], tonight), *nights[max(t - 1, 0) : t]}
        earlier = [((tonight - nights[k]).days, functions[k](news[t])) for k in range(t) if nights[k] in witnesses]
        promised = kept(earlier) if earlier else np.full(news.shape[1], np.nan)
        found.append(night(functions[t](news[t]), promised, symptom[t]))
    return found


GAPS = st.lists(st.sampled_from([1, 1, 1, 2, 7, 30]), min_size=45, max_size=45)


@settings(max_examples=10, deadline=None)
@given(SEEDS, GAPS)
def test_of_two_histories_the_one_with_better_evidence_is_nowhere_lower(seed: int, gaps: list[int]) -> None:
    """Model and peers change at random every night, nights are left out, and some incidents had not happened, or had
    been smaller, or were taken back later."""
    random, nights = np.random.default_rng(seed), calendar(gaps)
    functions = [monotone(random) for _ in nights]
    news = np.clip(np.cumsum(random.normal(0, 0.3, (len(nights), 40)), axis=0), -3, 3)
    symptom = random.random(news.shape) < 0.5
    spared = random.random(news.shape) < 0.5
    better = news - spared * random.exponential(0.5, news.shape)
    over = walk(vouched_nights(nights, functions, better, symptom & ~spared), [1, *gaps])
    under = walk(vouched_nights(nights, functions, news, symptom), [1, *gaps])
    assert all((over[column] >= under[column] - SLACK).all() for column in over)
    assert (over["exact"] > under["exact"] + 0.1).any()


@settings(max_examples=6, deadline=None)
@given(SEEDS, GAPS)
def test_no_night_that_is_kept_is_undercut_by_more_than_a_tenth_in_30_days(seed: int, gaps: list[int]) -> None:
    random, nights = np.random.default_rng(seed), calendar(gaps)
    functions = [monotone(random) for _ in nights]
    news = np.clip(np.cumsum(random.normal(0, 0.3, (len(nights), 90)), axis=0), -3, 3)
    settled = walk(vouched_nights(nights, functions, news, np.ones(news.shape, dtype=bool)), [1, *gaps])["exact"]
    compared = 0
    for t, tonight in enumerate(nights):
        for vouching in kept_nights(nights[:t], tonight):
            least = functions[nights.index(vouching)](news[t]) - 0.1 * (tonight - vouching).days / 30
            assert (settled[t] > least).all()
            compared += 1
    assert compared >= 4


def test_a_fall_that_a_number_would_remember_is_forgotten_with_the_evidence_it_was_about() -> None:
    """Two records, of which A lacks an incident. A new model is stricter with it and lowers B alone, so B is held up.
    When the incident is taken back the records are the same, and so are their stars."""
    lenient, strict = (lambda bad: 4.9 - 0.2 * bad), (lambda bad: 4.6 - 0.6 * bad)
    functions, evidence = [lenient, strict, strict], np.array([[0.0, 1.0], [0.0, 1.0], [0.5, 0.5]])
    path = walk(vouched_nights(calendar([1, 1]), functions, evidence, np.ones((3, 2), dtype=bool)))["exact"]
    assert (np.diff(path, axis=1).ravel() <= 0).tolist() == [True, True, True]
    assert path[1, 1] > strict(1.0) + 0.5
    assert path[2, 0] == path[2, 1]


@settings(max_examples=6, deadline=None)
@given(SEEDS, st.lists(st.integers(1, 9), min_size=65, max_size=65))
def test_without_a_new_symptom_a_star_falls_by_at_most_a_tenth_in_any_30_days(seed: int, days: list[int]) -> None:
    path, at = walk(random_nights(seed, symptoms=0.0), days), np.cumsum(days)
    for end in range(len(at)):
        window = slice(int(np.searchsorted(at, at[end] - 30)), end + 1)
        assert (path["exact"][window].max(axis=0) - path["exact"][end] < 0.1).all()
        assert (path["stars"][window].max(axis=0) - path["stars"][end] < 0.1 + SLACK).all()
        assert (path["half_stars"][window].max(axis=0) - path["half_stars"][end] < 0.5 + SLACK).all()


def test_a_stricter_model_is_shown_slowly_and_no_longer_held_than_nights_are_kept() -> None:
    """A whole star stricter: a tenth in 30 days, until the last night that vouches for the old model is 140 days old."""
    nights = calendar([1] * 170)
    change = 14
    functions = [(lambda bad: 4.5 - bad) if t < change else (lambda bad: 3.5 - bad) for t in range(len(nights))]
    news, symptom = np.zeros((len(nights), 1)), np.ones((len(nights), 1), dtype=bool)
    path = walk(vouched_nights(nights, functions, news, symptom))["exact"].ravel()
    assert path[change] == pytest.approx(4.5 - ALLOWANCE)
    assert path[28] == pytest.approx(4.5 - 15 * ALLOWANCE, abs=8 * ALLOWANCE)
    last = max(t for t in range(change) if nights[t].toordinal() % 28 == 0)
    assert path[last + 140] == pytest.approx(4.5 - 140 * ALLOWANCE)
    assert path[last + 141] == 3.5


def test_an_own_incident_shows_at_once_however_much_ageing_had_held() -> None:
    """Held up by 0.3, then an incident that costs half a star: what earlier models vouch for stays, no more."""
    before = pd.DataFrame({"exact": [4.3], "band": [4.3], "half": [4.3]})
    now = night(np.array([3.5]), np.array([3.6]), np.array([True]))
    assert settle(now, before, 1)["exact"].iloc[0] == 3.6
    assert settle(now.assign(symptom=False), before, 1)["exact"].iloc[0] == pytest.approx(4.3 - ALLOWANCE)
    assert settle(now.assign(symptom=False), before, 9)["exact"].iloc[0] == pytest.approx(4.3 - 9 * ALLOWANCE)


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.sampled_from([TENTHS_BAND, HALVES_BAND]), st.floats(1.5, 4.5))
def test_noise_within_twice_the_band_never_turns_it(seed: int, width: float, centre: float) -> None:
    noise = np.random.default_rng(seed).uniform(-width, width, 200) * (1 - 1e-6)
    band, seen = np.array([np.nan]), []
    for value in centre + noise:
        band = play(np.array([value]), band, width)
        seen.append(band[0])
    moves = np.sign(np.diff(seen))
    assert len(set(moves[moves != 0])) <= 1


def test_a_band_follows_a_real_change_and_reaches_both_ends() -> None:
    for end in (1.0, 5.0):
        band, shown = settle_shown(np.array([end]), np.array([3.0]))
        assert shown[0] == end
        assert abs(band[0] - end) == pytest.approx(TENTHS_BAND)
        assert half(play(np.array([end]), np.array([3.0]), HALVES_BAND))[0] == end


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_what_is_shown_is_never_a_tenth_off(seed: int) -> None:
    path = walk(random_nights(seed))
    assert path["exact"].max() <= 5.0
    assert np.abs(path["stars"] - path["exact"]).max() < 0.1
    assert np.abs(path["half_stars"] - path["exact"]).max() <= 0.25 + HALVES_BAND + SLACK


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_state_in_a_new_scale_keeps_its_order_and_starts_where_the_scale_puts_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    old, new = fit_scale(wide(spread=0.8)), fit_scale(wide(spread=1.4))
    held = np.sort(random.uniform(1, 5, 40))
    moved = restated(held, old, new, "store.overall")
    assert (np.diff(moved) >= 0).all()
    log_odds = random.uniform(-4, -2, 40)
    same = restated(exact(log_odds, old, "store.overall"), old, new, "store.overall")
    assert same == pytest.approx(exact(log_odds, new, "store.overall"), abs=1e-9)
    state = pd.DataFrame(dict.fromkeys(STATE, same))
    now = night(same, same, np.zeros(40, dtype=bool))
    assert settle(now, state, 1)["stars"].tolist() == tenths(same).tolist()


def test_without_a_state_the_raw_star_stands() -> None:
    now = night(*np.array([[4.26, 2.2, np.nan]] * 2), np.array([False, True, False]))
    first = settle(now, None, 1)
    assert first[STATE].iloc[:2].to_numpy().tolist() == [[4.26] * 3, [2.2] * 3]
    assert first["stars"].iloc[:2].tolist() == [4.3, 2.2]
    assert first.iloc[2].isna().all()
    blank = pd.DataFrame(np.nan, index=now.index, columns=STATE)
    pd.testing.assert_frame_equal(settle(now, blank, 1), first)


def test_what_cannot_be_compared_limits_nothing() -> None:
    """A state, but no evidence last night; and a star that ends."""
    before = pd.DataFrame({"exact": [4.5, 4.5], "band": [4.5, 4.5], "half": [4.5, 4.5]})
    now = night(np.array([3.0, np.nan]), np.array([np.nan, 4.0]), np.array([True, False]))
    settled = settle(now, before, 1)
    assert settled["exact"].iloc[0] == 3.0
    assert settled.iloc[1].isna().all()


def test_kept_takes_the_night_that_promises_most() -> None:
    promised = kept([(1, [4.0, np.nan]), (30, [4.2, np.nan]), (60, [4.1, 3.0])])
    assert promised == pytest.approx([4.2 - 0.0999, 3.0 - 0.1998])


def test_nights_of_the_same_day_and_states_of_other_subjects_are_refused() -> None:
    now = random_nights(1, count=1)[0]
    with pytest.raises(ValueError, match="at least one day apart"):
        settle(now, None, 0)
    with pytest.raises(ValueError, match="another index"):
        settle(now, settle(now, None, 1)[STATE].iloc[1:], 1)


SCALE = {"store.overall": {"points": [[-4.6, 5.0], [-3.8, 4.6], [-3.2, 4.2], [-2.6, 3.6], [-2.0, 2.8], [-0.6, 1.0]]}}
WINDOW = 180


def flips(shown: Floats) -> float:
    """How often a star goes up after it went down, or down after up, in 100 nights of one subject."""
    turns = 0
    for path in np.asarray(shown).T:
        moves = np.sign(np.diff(path)[np.abs(np.diff(path)) > SLACK])
        turns += int((moves[1:] != moves[:-1]).sum())
    return 100 * turns / shown.size


def answers(seed: int, subjects: int, nights: int) -> tuple[Floats, Floats]:
    """Orders and bad ones a night, from shops of half an order to 20 a day whose true rates drift slowly."""
    random = np.random.default_rng(seed)
    start = random.normal(-3.0, 0.6, subjects)
    log_odds = start + 0.01 * np.cumsum(random.normal(0, 1, (nights, subjects)), axis=0)
    orders = random.poisson(np.exp(random.uniform(np.log(0.5), np.log(20), subjects)), (nights, subjects))
    return orders.astype(float), random.binomial(orders, 1 / (1 + np.exp(-log_odds))).astype(float)


def mean_of_180_days(orders: Floats, bad: Floats) -> Floats:
    """A detailed seller rating: 5 for a good answer, 1 for a bad one."""
    total, wrong = (np.vstack([np.zeros(table.shape[1]), table.cumsum(axis=0)]) for table in (orders, bad))
    share = (wrong[WINDOW:] - wrong[:-WINDOW]) / np.maximum(total[WINDOW:] - total[:-WINDOW], 1)
    return 5 - 4 * share


def decayed(orders: Floats, bad: Floats) -> list[pd.DataFrame]:
    """Nights of one shrunk decayed rate, the mean of three half-lives in log-odds, on a scale; model and peers fixed."""
    sums = np.zeros((2, 3, orders.shape[1]))
    fade = 2 ** (-1 / np.array([30, 120, 365]))[:, None]
    nights = []
    for t in range(len(orders)):
        sums = sums * fade + np.stack([orders[t], bad[t]])[:, None, :]
        rate = (sums[1] + 2) / (sums[0] + 2 / 0.05)
        stars = exact(np.log(rate / (1 - rate)).mean(axis=0), SCALE, "store.overall")
        nights.append(night(stars, stars - ALLOWANCE, bad[t] > 0))
    return nights[WINDOW - 1 :]


def test_shown_stars_turn_less_often_than_a_mean_of_180_days() -> None:
    orders, bad = answers(3, subjects=80, nights=WINDOW + 200)
    mean, path = flips(tenths(mean_of_180_days(orders, bad))), walk(decayed(orders, bad))
    undamped = flips(tenths(np.array([now["raw"] for now in decayed(orders, bad)])))
    assert flips(path["stars"]) < mean < undamped
    assert flips(path["half_stars"]) < flips(half(mean_of_180_days(orders, bad))) / 5
