"""What a simulated market promises to whoever trains, demonstrates or tests with it."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.market import KINDS, Market, MarketSpec, simulate, write
from scoring.market.counted import archive_of, counted, frames_of, subjects_of
from scoring.market.quality import make_paths, store_rates
from scoring.market.season import make_clock
from scoring.market.spec import streams
from scoring.market.subjects import make_anchors, make_stores
from scoring.outcomes import COLUMNS, Counted

LAST_DAY = date(2026, 6, 30)
END = pd.Timestamp("2026-07-01", tz="Asia/Shanghai")
FIELDS = {
    "stores": "store_id name category opened_on owner_ref region after_sales_terms",
    "anchors": "anchor_id name followers owner_ref",
    "live_sessions": "live_id anchor_id started_at ended_at peak_viewers",
    "orders": "order_id store_id anchor_id live_id item_ref buyer_ref device_ref payment_ref region category "
    "amount currency placed_at ship_by deliver_by cancelled_at cancelled_by",
    "shipments": "order_id shipped_at delivered_at carrier",
    "returns": "return_id order_id opened_at reason approved_at refunded_at closed_at",
    "complaints": "complaint_id order_id store_id anchor_id live_id complainant_ref device_ref opened_at "
    "category text first_response_at escalated_at closed_at outcome",
    "invitations": "invitation_id live_id order_id respondent_ref sent_at",
    "responses": "response_id respondent_ref invitation_id answered_at order_id live_id store_id anchor_id "
    "device_ref answers text",
    "conversations": "conversation_id store_id order_id started_at first_reply_at resolved rating",
    "exclusions": "exclusion_id reason order_id subject_kind subject_id region from to lifted_at",
}
KEYS = {kind: fields.split()[0] for kind, fields in FIELDS.items()}


def spec(**changes: object) -> MarketSpec:
    return MarketSpec(**{"stores": 40, "days": 60, "seed": 5, "last_day": LAST_DAY} | changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def market() -> Market:
    return simulate(MarketSpec(stores=300, days=150, seed=7, last_day=LAST_DAY))


@pytest.fixture(scope="module")
def full(market: Market) -> pd.DataFrame:
    """Every order with its shipment and its truth."""
    orders = market.evidence["orders"].merge(market.evidence["shipments"], on="order_id", how="left", validate="1:1")
    return orders.merge(market.truth["orders"], on="order_id", validate="1:1")


def ripe(full: pd.DataFrame) -> pd.DataFrame:
    """Genuine valid orders old enough for nearly everything about them to be known."""
    return full[(full["placed_at"] < END - pd.Timedelta(days=45)) & full["valid"] & ~full["brushing"]]


def same(a: dict[str, pd.DataFrame], b: dict[str, pd.DataFrame]) -> bool:
    return all(pa.Table.from_pandas(a[k]).equals(pa.Table.from_pandas(b[k])) for k in a)


def test_it_gives_the_same_bytes_for_the_same_spec(tmp_path: Path) -> None:
    first, second = (write(simulate(spec()), tmp_path / name) for name in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_it_differs_for_another_seed() -> None:
    assert not same(simulate(spec()).evidence, simulate(spec(seed=6)).evidence)


def test_it_keeps_everything_else_when_brushing_is_turned_off() -> None:
    loud, quiet = simulate(spec(brushing_share=0.1)), simulate(spec(brushing_share=0.0))
    genuine = loud.evidence["orders"][~loud.truth["orders"]["brushing"]].reset_index(drop=True)
    columns = ["store_id", "live_id", "placed_at", "device_ref", "cancelled_at"]
    pd.testing.assert_frame_equal(genuine[columns], quiet.evidence["orders"][columns])
    assert len(loud.evidence["returns"]) == len(quiet.evidence["returns"])


def test_it_has_the_kinds_and_fields_of_the_feed(market: Market) -> None:
    assert {kind: list(frame) for kind, frame in market.evidence.items()} == {k: f.split() for k, f in FIELDS.items()}
    assert set(KINDS) == set(KEYS)


def test_its_keys_are_unique_and_never_null(market: Market) -> None:
    for kind, key in KEYS.items():
        assert market.evidence[kind][key].is_unique, kind
        assert market.evidence[kind][key].notna().all(), kind


@pytest.mark.parametrize("kind", ["orders", "stores", "anchors", "live_sessions", "invitations"])
def test_everything_referred_to_exists(market: Market, kind: str) -> None:
    key = KEYS[kind]
    known = set(market.evidence[kind][key])
    for name, frame in market.evidence.items():
        if key in frame:
            assert set(frame[key].dropna()) <= known, name


def test_nothing_is_known_after_the_last_day(market: Market) -> None:
    for kind, frame in market.evidence.items():
        promises = {"ship_by", "deliver_by"}
        for column in set(frame.select_dtypes("datetimetz")) - promises:
            assert not (frame[column] >= END).any(), (kind, column)
    assert market.evidence["orders"]["placed_at"].max() > END - pd.Timedelta(hours=2)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("live_sessions", "started_at", "ended_at"),
        ("orders", "placed_at", "ship_by"),
        ("orders", "ship_by", "deliver_by"),
        ("orders", "placed_at", "cancelled_at"),
        ("shipments", "shipped_at", "delivered_at"),
        ("returns", "opened_at", "approved_at"),
        ("returns", "approved_at", "refunded_at"),
        ("returns", "opened_at", "closed_at"),
        ("complaints", "opened_at", "first_response_at"),
        ("complaints", "first_response_at", "closed_at"),
        ("complaints", "opened_at", "escalated_at"),
        ("conversations", "started_at", "first_reply_at"),
        ("exclusions", "from", "to"),
        ("exclusions", "to", "lifted_at"),
    ],
)
def test_causes_come_before_effects(market: Market, kind: str, before: str, after: str) -> None:
    frame = market.evidence[kind].dropna(subset=[before, after])
    assert (frame[before] <= frame[after]).all()


def test_what_follows_an_order_comes_after_it(market: Market) -> None:
    placed = market.evidence["orders"].set_index("order_id")["placed_at"]
    moments = {
        "shipments": "shipped_at",
        "returns": "opened_at",
        "complaints": "opened_at",
        "invitations": "sent_at",
    }
    for kind, column in (moments | {"responses": "answered_at", "conversations": "started_at"}).items():
        frame = market.evidence[kind].dropna(subset=["order_id"])
        assert (frame[column].to_numpy() > placed.loc[frame["order_id"]].to_numpy()).all(), kind


def test_an_answer_matches_its_invitation(market: Market) -> None:
    both = market.evidence["responses"].merge(
        market.evidence["invitations"], on="invitation_id", suffixes=("", "_asked")
    )
    assert (both["answered_at"] > both["sent_at"]).all()
    assert (both["respondent_ref"] == both["respondent_ref_asked"]).all()
    assert (both["order_id"].fillna("") == both["order_id_asked"].fillna("")).all()
    asked = market.evidence["invitations"].dropna(subset=["live_id"])
    assert not asked.duplicated(["live_id", "respondent_ref"]).any()


def test_cancelled_orders_are_not_dispatched(full: pd.DataFrame) -> None:
    cancelled = full[full["cancelled_at"].notna()]
    assert cancelled["shipped_at"].isna().all()
    assert set(cancelled["cancelled_by"]) == {"buyer", "merchant", "platform"}


def test_an_order_through_a_live_falls_into_it(market: Market) -> None:
    both = market.evidence["orders"].merge(market.evidence["live_sessions"], on="live_id", suffixes=("", "_live"))
    assert (both["anchor_id"] == both["anchor_id_live"]).all()
    assert (both["placed_at"] >= both["started_at"]).all()
    assert (both["placed_at"] <= both["ended_at"]).all()
    assert 0.55 < len(both) / len(market.evidence["orders"]) < 0.85


def test_orders_come_only_to_open_stores(market: Market) -> None:
    both = market.evidence["orders"].merge(market.evidence["stores"], on="store_id")
    genuine = ~market.truth["orders"].set_index("order_id")["brushing"].loc[both["order_id"]].to_numpy()
    day = both["placed_at"].dt.tz_convert("Asia/Shanghai").dt.date
    assert (day[genuine] >= both["opened_on"][genuine]).all()


def test_store_sizes_have_a_long_tail(market: Market) -> None:
    counts = market.evidence["orders"]["store_id"].value_counts().reindex(market.evidence["stores"]["store_id"])
    daily = counts.fillna(0) / market.spec.days
    assert 3.2 < daily.mean() < 4.8
    assert daily.median() < 1
    assert daily.max() > 100


def test_categories_differ_in_returns(market: Market, full: pd.DataFrame) -> None:
    orders = ripe(full)
    rate = orders["order_id"].isin(market.evidence["returns"]["order_id"]).groupby(orders["category"]).mean()
    assert len(rate) == 12
    assert rate["apparel"] > 2 * rate["beauty"]


def test_defects_are_about_as_common_as_asked(full: pd.DataFrame) -> None:
    orders = ripe(full)
    assert 0.05 < orders["defect"].mean() < 0.07
    assert 0.07 < orders["problem"].mean() < 0.11


def test_stores_differ_as_real_sellers_do(market: Market) -> None:
    low, high = market.truth["stores"]["defect_rate_30d"].quantile([0.1, 0.9])
    assert 0.015 < low < 0.045
    assert 0.085 < high < 0.15


def test_few_answer_invitations(market: Market) -> None:
    answered = market.evidence["responses"]["invitation_id"].nunique()
    assert 0.05 < answered / len(market.evidence["invitations"]) < 0.10
    uninvited = market.evidence["responses"]["invitation_id"].isna().mean()
    assert 0.01 < uninvited < 0.15


def test_bad_stores_really_have_more_returns(market: Market, full: pd.DataFrame) -> None:
    returns = market.evidence["returns"]
    blamed = returns[returns["reason"].isin(["quality", "not_as_described", "damaged", "wrong_item", "missing"])]
    orders = ripe(full)
    orders = orders.assign(back=orders["order_id"].isin(blamed["order_id"]))
    stores = orders.groupby("store_id").agg(
        n=("back", "size"), back=("back", "mean"), truth=("expected_defect", "mean")
    )
    big = stores[stores["n"] >= 300]
    assert len(big) >= 30
    assert big["back"].corr(big["truth"], method="spearman") > 0.6


def test_the_true_rate_is_what_comes_out(full: pd.DataFrame) -> None:
    stores = (
        ripe(full)
        .groupby("store_id")
        .agg(n=("defect", "size"), seen=("defect", "mean"), truth=("expected_defect", "mean"))
    )
    big = stores[stores["n"] >= 500]
    noise = np.sqrt(big["truth"] * (1 - big["truth"]) / big["n"])
    assert abs((big["seen"] - big["truth"]) / noise).mean() < 1.2


def test_anchors_who_over_promise_are_seen_to(market: Market) -> None:
    lives = market.evidence["responses"].dropna(subset=["live_id", "invitation_id"])
    said = lives["answers"].struct.field("false_promotion").astype("boolean").astype(float)
    seen = said.groupby(lives["anchor_id"]).mean()
    truth = market.truth["anchors"].set_index("anchor_id")["viewer_false_promotion_rate_30d"].loc[seen.index]
    assert seen.corr(truth, method="spearman") > 0.5
    complaints = market.evidence["complaints"]
    assert complaints.loc[complaints["category"] == "false_advertising", "anchor_id"].notna().all()


def test_carriers_are_at_fault_at_times(market: Market, full: pd.DataFrame) -> None:
    orders = ripe(full)
    late = (orders["delivered_at"] > orders["deliver_by"]) & (orders["shipped_at"] <= orders["ship_by"])
    assert 0.004 < late.mean() < 0.06
    assert not orders["fault_logistics"][late & orders["fault_party"].eq("carrier")].any()


def test_strikes_hold_up_a_carrier_in_a_region(market: Market, full: pd.DataFrame) -> None:
    strikes = market.evidence["exclusions"].dropna(subset=["region"])
    assert set(strikes["reason"]) <= {"carrier_event", "force_majeure"}
    orders = full.assign(late=full["delivered_at"] > full["deliver_by"])
    worst = []
    for strike in strikes.to_dict("records"):
        sent = orders["shipped_at"].between(strike["from"], strike["to"]) & (orders["region"] == strike["region"])
        carriers = orders[sent].groupby("carrier")["late"].agg(["size", "mean"])
        worst.append(carriers.query("size >= 10")["mean"].max())
    assert max(worst) > 0.25
    assert orders["late"].mean() < 0.08


def test_some_bad_news_arrives_late(market: Market, full: pd.DataFrame) -> None:
    returns = market.evidence["returns"].merge(full[["order_id", "delivered_at"]], on="order_id")
    weeks = (returns["opened_at"] - returns["delivered_at"]) > pd.Timedelta(days=14)
    assert 0.01 < weeks.mean() < 0.2
    fresh = full[full["placed_at"] > END - pd.Timedelta(days=1)]
    assert fresh["delivered_at"].isna().mean() > 0.8


def test_brushing_is_there_late_and_from_few_hands(market: Market, full: pd.DataFrame) -> None:
    fakes = full[full["brushing"]]
    assert set(fakes["store_id"]) == set(market.truth["stores"].query("brushing")["store_id"])
    assert (fakes["placed_at"] >= END - pd.Timedelta(days=40)).all()
    assert fakes.groupby("store_id")["device_ref"].nunique().max() <= 4
    owners = market.evidence["stores"].set_index("store_id")["owner_ref"].loc[fakes["store_id"]]
    assert 0 < (fakes["buyer_ref"].to_numpy() == owners.to_numpy()).mean() < 0.3
    assert not (fakes["delivered_at"] > fakes["deliver_by"]).any()
    assert not fakes["defect"].any()
    praise = market.evidence["responses"].merge(fakes[["order_id"]], on="order_id")
    assert (praise["answers"].struct.field("overall") == 5).all()


def test_some_stores_get_better_and_some_worse(market: Market) -> None:
    paths = market.truth["store_paths"].sort_values(["store_id", "until"]).groupby("store_id")["defect_rate_30d"]
    change = (
        (paths.last() / paths.first()).to_frame("ratio").join(market.truth["stores"].set_index("store_id")["drift"])
    )
    middle = change.groupby("drift")["ratio"].median()
    assert middle["improving"] < 0.9 * middle["steady"]
    assert middle["decaying"] > 1.1 * middle["steady"]


def test_truth_at_the_last_day_is_the_end_of_the_path(market: Market) -> None:
    last = market.truth["store_paths"].query("until == @LAST_DAY").set_index("store_id")["defect_rate_30d"]
    now = market.truth["stores"].set_index("store_id")["defect_rate_30d"]
    pd.testing.assert_series_equal(last, now)


def test_truth_stays_apart_from_evidence(market: Market, tmp_path: Path) -> None:
    paths = write(simulate(spec()), tmp_path)
    assert {p.parent.name for p in paths} == {"evidence", "truth"}
    assert {p.stem for p in paths if p.parent.name == "evidence"} == set(KINDS)
    for kind, frame in market.evidence.items():
        leaks = [
            c
            for c in map(str, frame)
            if c.startswith(("quality_", "fault_", "expected")) or c in {"brushing", "drift", "defect"}
        ]
        assert not leaks, kind


def test_files_carry_plain_types(tmp_path: Path) -> None:
    paths = {p.stem: p for p in write(simulate(spec()), tmp_path) if p.parent.name == "evidence"}
    orders, stores = pq.read_schema(paths["orders"]), pq.read_schema(paths["stores"])
    assert orders.field("amount").type == pa.decimal128(12, 2)
    assert orders.field("placed_at").type == pa.timestamp("us", "UTC")
    assert orders.field("store_id").type == pa.string()
    assert stores.field("opened_on").type == pa.date32()
    answers = pq.read_schema(paths["responses"]).field("answers").type
    assert [f.name for f in answers] == [
        "overall",
        "as_described",
        "service",
        "logistics",
        "false_promotion",
        "hype",
    ]


def test_names_are_distinct_and_in_both_languages(market: Market) -> None:
    for kind in ("stores", "anchors"):
        names = market.evidence[kind]["name"]
        assert names.is_unique
        assert 0.05 < names.map(str.isascii).mean() < 0.6


@pytest.mark.parametrize(
    "changes",
    [
        {"stores": 1, "days": 1},
        {"stores": 3, "days": 2, "anchors": 0},
        {"brushing_share": 0.0, "answer_rate": 0.0, "strikes_per_100_days": 0.0, "size_spread": 0.0},
        {"time_zone": "America/New_York", "last_day": date(2026, 3, 20)},
        {
            "viewer_invitations": 0.0,
            "order_invitation_share": 0.0,
            "live_order_share": 0.0,
            "quality_sigma": 0.0,
        },
    ],
)
def test_it_works_at_the_edges(changes: dict[str, object], tmp_path: Path) -> None:
    market = simulate(spec(**changes))
    assert len(market.evidence["stores"]) == market.spec.stores
    assert len(write(market, tmp_path)) == len(KINDS) + 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stores", 0),
        ("stores", 2.5),
        ("days", 0),
        ("days", True),
        ("seed", -1),
        ("anchors", -1),
        ("defect_share", 0.0),
        ("quality_sigma", -0.1),
        ("brushing_share", float("nan")),
        ("orders_per_store_day", 0),
        ("time_zone", "Mars/Olympus"),
        ("last_day", "2026-06-30"),
    ],
)
def test_a_bad_spec_names_the_field_and_the_mend(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{field} .*: give "):
        spec(**{field: value})


def spread(asked: MarketSpec) -> float:
    """Standard deviation over stores of the log-odds of a year's mean latent share of defects."""
    rng, clock = streams(asked.seed), make_clock(asked)
    stores = make_stores(asked, rng["subjects"], rng["names"])
    paths = make_paths(asked, clock, stores, make_anchors(asked, rng["subjects"], rng["names"]), rng["quality"])
    weight = paths.orders + 1e-12
    share = (store_rates(stores, paths)["defect"] * weight).sum(axis=1) / weight.sum(axis=1)
    return float((np.log(share) - np.log1p(-share)).std())


@pytest.mark.parametrize(("share", "wanted"), [(0.05, 0.80), (0.10, 0.73), (0.16, 0.64)])
@pytest.mark.parametrize("seed", [1, 2])
def test_stores_differ_as_olists_sellers_do_when_asked(share: float, wanted: float, seed: int) -> None:
    asked = MarketSpec.like_olist(defect_share=share, stores=1500, days=365, seed=seed, last_day=LAST_DAY)
    assert spread(asked) == pytest.approx(wanted, abs=0.05)


def test_like_olist_leaves_every_other_field_to_whoever_asks() -> None:
    asked = MarketSpec.like_olist(stores=3, days=4, seed=5, last_day=LAST_DAY, quality_sigma=0.1, brushing_share=0.0)
    assert (asked.quality_sigma, asked.brushing_share, asked.defect_share) == (0.1, 0.0, 0.05)
    with pytest.raises(ValueError, match="stores"):
        MarketSpec.like_olist(stores=0, days=4, seed=5, last_day=LAST_DAY)


@pytest.fixture(scope="module")
def small() -> tuple[Market, Counted]:
    made = simulate(MarketSpec(stores=40, days=100, seed=3, last_day=LAST_DAY))
    return made, counted(made)


def test_its_evidence_is_counted_as_if_told_in_time(small: tuple[Market, Counted]) -> None:
    made, units = small
    frames = frames_of(made)
    for kind, columns in COLUMNS.items():
        assert list(getattr(frames, kind)) == list(columns)
    here = units.facts[(units.facts["family"] == "outcomes") & (units.facts["role"] == "store")]
    orders = set(here.loc[here["counter"] == "orders", "unit"].astype("str"))
    valid = made.truth["orders"].query("valid")["order_id"]
    assert {f"o:{order}" for order in valid} <= orders
    assert len(orders) < 1.02 * len(valid)


def test_counted_defects_are_mostly_the_true_ones(small: tuple[Market, Counted]) -> None:
    made, units = small
    here = units.facts[(units.facts["family"] == "outcomes") & (units.facts["role"] == "store")]
    seen = set(here.loc[here["counter"] == "defect", "unit"].astype("str"))
    orders = made.truth["orders"].merge(made.evidence["orders"][["order_id", "placed_at"]], on="order_id")
    ripe_ones = orders[orders["valid"] & (orders["placed_at"] < END - pd.Timedelta(days=60))]
    found = ("o:" + ripe_ones["order_id"]).isin(seen)
    assert found[ripe_ones["defect"]].mean() > 0.8
    assert found[~ripe_ones["defect"]].mean() < 0.02


def test_its_day_tables_are_those_of_the_last_night(small: tuple[Market, Counted]) -> None:
    made, units = small
    archive = archive_of(made, units)
    assert archive.days(("counters",))[-1] == LAST_DAY
    assert archive.days(("outcomes",))[-1] == LAST_DAY - timedelta(days=60)
    facts = units.facts[(units.facts["family"] == "counters") & (units.facts["counter"] == "orders")]
    tables = (load() for load in archive.loaders["counters"].values())
    assert sum(int(table["orders"].sum()) for table in tables) == facts["value"].sum()


def test_its_subjects_are_its_stores_and_anchors(small: tuple[Market, Counted]) -> None:
    made, _ = small
    subjects = subjects_of(made)
    assert list(subjects) == ["kind", "subject_id", "category", "opened_on"]
    assert subjects["kind"].value_counts().to_dict() == {"store": 40, "anchor": len(made.evidence["anchors"])}
