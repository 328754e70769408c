"""From the dataset's frames to frames of evidence, with nothing in them that was not known by `until`."""

from collections.abc import Callable
from datetime import datetime

import pandas as pd

from reputation.base.time import market_zone
from reputation.evidence.olist.tables import Tables

_EVENTS = {  # the time at which a column became known
    "order_purchase_timestamp": "placed_at",
    "order_approved_at": "approved_at",
    "order_delivered_carrier_date": "shipped_at",
    "order_delivered_customer_date": "delivered_at",
}
_ORDER = [
    "order_id", "store_id", "item_ref", "buyer_ref", "region", "category", "amount", "currency",
    "placed_at", "ship_by", "deliver_by", "cancelled_at", "cancelled_by",
]  # fmt: skip
NOON, A_DAY = pd.Timedelta(hours=12), pd.Timedelta(days=1)


def evidence(tables: Tables, until: datetime | None) -> dict[str, pd.DataFrame]:
    """Kind -> frame whose columns are the fields of the kind; missing values mean absent."""
    trades = _trades(tables, until)
    reviews = _reviews(tables, trades, until)
    return {kind: make(tables, trades, reviews) for kind, make in KINDS.items()}


def last_known(frames: dict[str, pd.DataFrame]) -> datetime:
    """The latest time at which anything of it happened."""
    columns = [(kind, name) for kind, names in _TIMES.items() for name in names]
    return max(frames[kind][name].max() for kind, name in columns if frames[kind][name].notna().any()).to_pydatetime()


def _trades(tables: Tables, until: datetime | None) -> pd.DataFrame:
    """One row per order and seller."""
    orders = tables["orders"].rename(columns={**_EVENTS, "order_estimated_delivery_date": "deliver_by"})
    orders["deliver_by"] += A_DAY
    orders = orders.merge(tables["customers"], on="customer_id", how="left")
    trades = _sold(tables).merge(orders, on="order_id").sort_values(["order_id", "store_id"], ignore_index=True)
    trades["sellers"] = trades.groupby("order_id")["store_id"].transform("size")
    several = trades["sellers"] > 1
    trades["source_id"] = trades["order_id"]
    trades["order_id"] = trades["order_id"].where(~several, trades["order_id"] + ":" + trades["store_id"])
    trades = _scanned(_cancelled(trades))
    return trades if until is None else _known_by(trades, until)


def _sold(tables: Tables) -> pd.DataFrame:
    items = tables["order_items"].merge(_categories(tables), on="product_id", how="left")
    items["amount"] = items["price"] + items["freight_value"]
    sold = items.groupby(["order_id", "seller_id"], as_index=False).agg(
        item_ref=("product_id", "first"),
        category=("category", "first"),
        amount=("amount", "sum"),
        ship_by=("shipping_limit_date", "min"),
    )
    return sold.rename(columns={"seller_id": "store_id"})


def _categories(tables: Tables) -> pd.DataFrame:
    """product_id, category: in English where the dataset translates it."""
    products = tables["products"].merge(
        tables["product_category_name_translation"], on="product_category_name", how="left"
    )
    category = products["product_category_name_english"].fillna(products["product_category_name"])
    return pd.DataFrame({"product_id": products["product_id"], "category": category})


def _cancelled(trades: pd.DataFrame) -> pd.DataFrame:
    given_up = trades["order_status"].isin(["canceled", "unavailable"])
    last = trades[list(_EVENTS.values())].max(axis=1)
    handed_over = (trades["order_status"] == "canceled") & trades["shipped_at"].notna()
    by = pd.Series("merchant", trades.index).where(~handed_over, "buyer")
    return trades.assign(cancelled_at=last.where(given_up), cancelled_by=by.where(given_up))


def _scanned(trades: pd.DataFrame) -> pd.DataFrame:
    """A hand-over scanned after the delivery was scanned too late to tell when it was."""
    return trades.assign(shipped_at=trades["shipped_at"].mask(trades["delivered_at"] < trades["shipped_at"]))


def _known_by(trades: pd.DataFrame, until: datetime) -> pd.DataFrame:
    trades = trades[trades["placed_at"] < until].copy()
    for name in ("shipped_at", "delivered_at", "cancelled_at"):
        trades[name] = trades[name].where(trades[name] < until)
    trades["cancelled_by"] = trades["cancelled_by"].where(trades["cancelled_at"].notna())
    return trades


def _reviews(tables: Tables, trades: pd.DataFrame, until: datetime | None) -> pd.DataFrame:
    """One row per review of a known order; that of an order of several sellers stands once, with no trade's id."""
    dated = tables["order_reviews"].dropna(subset=["review_creation_date", "review_answer_timestamp"])
    dated = dated.drop_duplicates(["review_id", "order_id"]).rename(columns={"order_id": "source_id"})
    known = trades.drop_duplicates("source_id")[["source_id", "order_id", "customer_unique_id", "sellers"]]
    reviews = dated.merge(known, on="source_id").sort_values(["source_id", "review_id"], ignore_index=True)
    reviews["answer_id"] = reviews["review_id"] + ":" + reviews["source_id"]
    answered = reviews["review_answer_timestamp"]
    reviews["sent_at"] = (reviews["review_creation_date"] + NOON).clip(upper=answered)
    reviews["answered_at"] = answered
    if until is not None:
        reviews = reviews[reviews["sent_at"] < until].copy()
        reviews["answered_at"] = reviews["answered_at"].where(reviews["answered_at"] < until)
    return reviews


def _stores(tables: Tables, trades: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    category = _most_frequent(tables, trades)
    placed = trades.groupby("store_id")["placed_at"]
    first = placed.min().dt.tz_convert(market_zone()).dt.date
    sellers = tables["sellers"].drop_duplicates("seller_id").set_index("seller_id")["seller_state"]
    stores = pd.DataFrame({"opened_on": first, "category": category.reindex(first.index).fillna("unknown")})
    stores["observed_at"] = placed.max()  # its category may change with its orders, and the later one counts
    stores["region"] = sellers.reindex(first.index)
    stores = stores.rename_axis("store_id").reset_index()
    return stores.assign(name="Seller " + stores["store_id"].str[:8])


def _most_frequent(tables: Tables, trades: pd.DataFrame) -> pd.Series:
    """store_id -> the category of most of the items of its known orders; of several the first by name."""
    items = tables["order_items"].merge(_categories(tables), on="product_id")
    items = items[items["order_id"].isin(trades["source_id"])]
    counts = items.groupby(["seller_id", "category"]).size().rename("items").reset_index()
    best = counts.sort_values(["seller_id", "items", "category"], ascending=[True, False, True])
    return best.drop_duplicates("seller_id").set_index("seller_id")["category"]


def _orders(tables: Tables, trades: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    named = trades.rename(columns={"customer_unique_id": "buyer_ref", "customer_state": "region"})
    return named.assign(amount=named["amount"].round(2), currency="BRL")[_ORDER]


def _shipments(tables: Tables, trades: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    moved = trades[trades["shipped_at"].notna() | trades["delivered_at"].notna()]
    return moved[["order_id", "shipped_at", "delivered_at"]]


def _invitations(tables: Tables, trades: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    sent = reviews[reviews["sellers"] == 1]
    named = sent.rename(columns={"answer_id": "invitation_id", "customer_unique_id": "respondent_ref"})
    return named[["invitation_id", "order_id", "respondent_ref", "sent_at"]]


def _responses(tables: Tables, trades: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    given = reviews[reviews["answered_at"].notna()]
    own = given["sellers"] == 1
    return pd.DataFrame({
        "response_id": given["answer_id"],
        "respondent_ref": given["customer_unique_id"],
        "invitation_id": given["answer_id"].where(own),
        "answered_at": given["answered_at"],
        "order_id": given["order_id"].where(own),
        "overall": given["review_score"],
        "text": given["review_comment_message"].str[:4000],
    })  # fmt: skip


KINDS: dict[str, Callable[[Tables, pd.DataFrame, pd.DataFrame], pd.DataFrame]] = {
    "stores": _stores,
    "orders": _orders,
    "shipments": _shipments,
    "invitations": _invitations,
    "responses": _responses,
}
_TIMES = {
    "orders": ("placed_at", "cancelled_at"),
    "shipments": ("shipped_at", "delivered_at"),
    "invitations": ("sent_at",),
    "responses": ("answered_at",),
}
