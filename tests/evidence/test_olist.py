"""Tiny files of the dataset's shape, made here; and the dataset itself where it is at hand."""

import io
import json
import os
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from reputation.evidence import selectors
from reputation.evidence.kinds import KINDS
from reputation.evidence.models import Hold, Invitation, Order, Response, Shipment, Version
from reputation.subjects.models import Store

pytestmark = pytest.mark.django_db

ORDERS = """order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
good,c1,delivered,2018-01-02 10:00:00,2018-01-02 11:00:00,2018-01-03 09:00:00,2018-01-08 12:00:00,2018-01-20 00:00:00
both,c2,delivered,2018-01-03 10:00:00,2018-01-03 11:00:00,2018-01-04 09:00:00,2018-01-09 12:00:00,2018-01-20 00:00:00
gone,c1,canceled,2018-01-04 10:00:00,2018-01-05 11:00:00,,,2018-01-20 00:00:00
sent,c3,canceled,2018-01-05 10:00:00,2018-01-05 11:00:00,2018-01-07 09:00:00,,2018-01-20 00:00:00
none,c3,unavailable,2018-01-06 10:00:00,2018-01-06 11:00:00,,,2018-01-20 00:00:00
bare,c3,unavailable,2018-01-06 10:00:00,,,,2018-01-20 00:00:00
"""
ITEMS = """order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
good,1,p1,s1,2018-01-06 10:00:00,10.10,1.05
good,2,p1,s1,2018-01-06 10:00:00,10.10,1.05
both,1,p2,s1,2018-01-07 10:00:00,5.00,0.00
both,2,p3,s2,2018-01-07 10:00:00,7.00,0.50
gone,1,p1,s1,2018-01-08 10:00:00,10.10,1.05
sent,1,p3,s2,2018-01-09 10:00:00,7.00,0.50
none,1,p4,s2,2018-01-09 10:00:00,7.00,0.50
"""
REVIEWS = """review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp
r1,good,5,,"muito
bom",2018-01-09 00:00:00,2018-01-10 20:00:00
r2,both,1,,,2018-01-10 00:00:00,2018-01-10 08:00:00
r1,sent,2,,,2018-01-11 00:00:00,2018-01-12 08:00:00
r3,bare,1,,,2018-01-11 00:00:00,2018-01-12 08:00:00
r4,gone,1,,,,
"""
CUSTOMERS = """customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state
c1,u1,1,x,SP
c2,u2,1,x,RJ
c3,u1,1,x,BA
"""
SELLERS = """seller_id,seller_zip_code_prefix,seller_city,seller_state
s1,1,x,SP
s2,1,x,PR
"""
PRODUCTS = """product_id,product_category_name,product_name_lenght
p1,beleza_saude,1
p2,informatica,1
p3,sem_nome,1
p4,,1
"""
TRANSLATION = """product_category_name,product_category_name_english
beleza_saude,health_beauty
informatica,computers
"""
FILES = {
    "olist_orders_dataset": ORDERS,
    "olist_order_items_dataset": ITEMS,
    "olist_order_reviews_dataset": REVIEWS,
    "olist_customers_dataset": CUSTOMERS,
    "olist_sellers_dataset": SELLERS,
    "olist_products_dataset": PRODUCTS,
    "product_category_name_translation": TRANSLATION,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def load(folder: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_olist", str(folder), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def brazil(text: str) -> datetime:
    """The data's naive times: two hours behind UTC in January."""
    return datetime.fromisoformat(text + "-02:00").astimezone(UTC)


def test_an_order_of_one_seller_keeps_its_id(folder: Path) -> None:
    load(folder)
    found = Order.objects.get(order_id="good")
    assert (found.store_id, found.buyer_ref, found.region, found.category) == ("s1", "u1", "SP", "health_beauty")
    assert (str(found.amount), found.currency) == ("22.30", "BRL")
    assert found.placed_at == brazil("2018-01-02 10:00:00")
    assert found.ship_by == brazil("2018-01-06 10:00:00")
    assert found.deliver_by == brazil("2018-01-21 00:00:00")  # promised for the day, so until its end
    shipment = Shipment.objects.get(order_id="good")
    assert shipment.shipped_known_at == shipment.shipped_at == brazil("2018-01-03 09:00:00")
    assert shipment.delivered_known_at == shipment.delivered_at == brazil("2018-01-08 12:00:00")


def test_a_hand_over_scanned_after_the_delivery_is_left_out(folder: Path) -> None:
    (folder / "olist_orders_dataset.csv").write_text(ORDERS.replace("2018-01-03 09:00:00", "2018-01-08 12:00:01"))
    assert " 0 rejected" in load(folder)
    shipment = Shipment.objects.get(order_id="good")
    assert (shipment.shipped_at, shipment.delivered_at) == (None, brazil("2018-01-08 12:00:00"))


def test_an_order_of_two_sellers_becomes_two(folder: Path) -> None:
    load(folder)
    found = Order.objects.filter(order_id__startswith="both").order_by("order_id")
    assert [(o.order_id, o.store_id, str(o.amount)) for o in found] == [
        ("both:s1", "s1", "5.00"),
        ("both:s2", "s2", "7.50"),
    ]
    assert Shipment.objects.filter(order_id__startswith="both:").count() == 2
    assert not Order.objects.filter(order_id="bare").exists()  # no item, so nobody knows whose it was


def test_a_review_is_an_invitation_and_its_answer(folder: Path) -> None:
    load(folder)
    invitation = Invitation.objects.get(order_id="good")
    assert invitation.sent_at == brazil("2018-01-09 12:00:00")
    answer = Response.objects.get(order_id="good")
    assert (answer.overall, answer.invitation_id, answer.text) == (5, invitation.invitation_id, "muito\nbom")
    assert answer.respondent_ref == invitation.respondent_ref == "u1"
    assert answer.first_observed_at == answer.answered_at == brazil("2018-01-10 20:00:00")
    assert Response.objects.get(order_id="sent").overall == 2  # review ids repeat in the data
    assert not Response.objects.filter(response_id__startswith="r3").exists()


def test_a_review_of_two_sellers_is_held(folder: Path) -> None:
    assert "1 answers" in load(folder)
    answer = Response.objects.get(overall=1)
    assert (answer.order_id, answer.store_id, answer.live_id, answer.invitation_id) == (None, None, None, None)
    hold = Hold.objects.get()
    assert (hold.pattern, hold.status) == ("unknown_liability", "held")
    assert hold.details == {"response_id": answer.response_id, "order_id": "both", "overall": 1}
    load(folder)
    assert Hold.objects.count() == 1


def test_cancellations_are_dated_by_the_last_thing_known(folder: Path) -> None:
    load(folder)
    found = {o.order_id: (o.cancelled_by, o.cancelled_at) for o in Order.objects.exclude(cancelled_at=None)}
    assert found == {
        "gone": ("merchant", brazil("2018-01-05 11:00:00")),
        "sent": ("buyer", brazil("2018-01-07 09:00:00")),
        "none": ("merchant", brazil("2018-01-06 11:00:00")),
    }
    assert Order.objects.get(order_id="gone").cancelled_known_at == brazil("2018-01-05 11:00:00")


def test_stores_come_with_category_region_and_first_day(folder: Path) -> None:
    load(folder)
    found = {store.store_id: (store.category, store.region, store.opened_on) for store in Store.objects.all()}
    assert found == {"s1": ("health_beauty", "SP", date(2018, 1, 2)), "s2": ("sem_nome", "PR", date(2018, 1, 3))}


def test_parquet_files_say_the_same(folder: Path) -> None:
    load(folder)
    for name in FILES:
        frame = pd.read_csv(folder / f"{name}.csv")
        for column in frame.columns:
            if column.endswith(("_date", "_at", "_timestamp")):
                frame[column] = pd.to_datetime(frame[column])
        frame.to_parquet(folder / f"{name}.parquet")
        (folder / f"{name}.csv").unlink()
    again = load(folder)
    assert again.count(" 0 accepted") == 5
    assert not Version.objects.exists()


def test_until_leaves_out_what_was_not_known_yet(folder: Path) -> None:
    load(folder, until=date(2018, 1, 8))
    assert set(Order.objects.values_list("order_id", flat=True)) == {
        "good",
        "both:s1",
        "both:s2",
        "gone",
        "sent",
        "none",
    }
    delivered = {shipment.order_id: shipment.delivered_at for shipment in Shipment.objects.all()}
    assert delivered == {
        "good": brazil("2018-01-08 12:00:00"), "both:s1": None, "both:s2": None, "sent": None,
    }  # fmt: skip
    assert not Response.objects.exists()
    assert selectors.closed_through() == dict.fromkeys(KINDS, date(2018, 1, 8))


def test_a_later_until_only_adds(folder: Path) -> None:
    load(folder, until=date(2018, 1, 4))
    assert {o.order_id for o in Order.objects.all()} == {"good", "both:s1", "both:s2", "gone"}
    load(folder, until=date(2018, 1, 8))
    load(folder)
    in_steps = standing()
    for kind in KINDS.values():
        kind.model.objects.all().delete()
    Version.objects.all().delete()
    load(folder)
    assert in_steps == standing()


def standing() -> dict[str, list[dict[str, Any]]]:
    return {name: list(kind.model.objects.order_by("pk").values(*kind.fields)) for name, kind in KINDS.items()}


def test_all_kinds_are_closed_through_the_last_day(folder: Path) -> None:
    load(folder)
    assert selectors.closed_through() == dict.fromkeys(KINDS, date(2018, 1, 12))


def test_a_folder_without_the_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="olist_orders_dataset"):
        load(tmp_path)


def test_a_file_of_another_shape_is_named(folder: Path) -> None:
    (folder / "olist_sellers_dataset.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="olist_sellers_dataset"):
        load(folder)


def test_the_hour_that_summer_time_skipped_does_no_harm(folder: Path) -> None:
    (folder / "olist_orders_dataset.csv").write_text(ORDERS.replace("2018-01-02 10:00:00", "2017-10-15 00:30:00"))
    load(folder)
    assert Order.objects.get(order_id="good").placed_at == datetime(2017, 10, 15, 3, tzinfo=UTC)


def real_folder() -> Path | None:
    places = [os.environ.get("OLIST_DIR"), settings.ROOT.parent / "shared" / "data" / "olist"]
    return next((Path(place) for place in places if place and Path(place).is_dir()), None)


@pytest.mark.skipif(real_folder() is None, reason="the dataset of Olist is not here: set OLIST_DIR to its folder")
def test_the_dataset_itself_goes_in(tmp_path: Path) -> None:
    started = time.monotonic()
    load(real_folder() or Path(), json=tmp_path / "report.json", until=date(2017, 6, 30))
    assert time.monotonic() - started < 90
    report = json.loads((tmp_path / "report.json").read_text())
    assert sum(kind["rejected"] for kind in report["kinds"].values()) == 0
    assert Order.objects.count() == report["kinds"]["orders"]["accepted"] > 10_000
    assert Order.objects.filter(placed_at__gte="2017-07-02T00:00:00Z").count() == 0
    assert selectors.closed_through()["orders"] == date(2017, 6, 30)
