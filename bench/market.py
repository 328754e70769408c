"""A published night of any size, copied straight into the tables: for benchmarks of reading only."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg

from reputation.subjects.names import name_bigrams, name_letters, name_sounds

ROOT = Path(__file__).resolve().parents[1]
CATEGORIES = ("apparel", "beauty", "electronics", "fresh food", "home", "jewellery", "snacks", "sports")
HEADS = (
    "青禾",
    "云汐",
    "木言",
    "知夏",
    "月光",
    "半山",
    "Amber",
    "Birch",
    "Clover",
    "Dawn",
    "Ember",
    "Fern",
    "Harbour",
    "Lotus",
)
TAILS = (
    "小铺",
    "生活馆",
    "工坊",
    "优选",
    "集市",
    "House",
    "Lane",
    "Studio",
    "Corner",
    "Works",
    "Loft",
    "Market",
    "Wear",
)
ASPECTS = ("product", "logistics", "service", "after_sales", "honesty")
COLUMNS = (
    "kind, subject_id, night, revision, name, category, state, basis, stars, half_stars, expected, low, high, "
    "all_causes, orders_counted, confirmed_defects, percentile, aspects, excluded, withheld_for"
)


def fill(url: str, environment: dict[str, str], stores: int, night: str) -> None:
    """Make the tables of the database at `url` and publish `night` with so many stores."""
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True)
    with psycopg.connect(url) as connection:
        publish_night(connection, stores, night)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def publish_night(connection: psycopg.Connection[Any], stores: int, night: str) -> None:
    """Into tables that are there."""
    _publish(connection, night)
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ratings_rating ({COLUMNS}) FROM STDIN") as copy:
            for row in ratings(stores, night):
                copy.write_row(row)
        cursor.execute(_STORES)
        cursor.execute("CREATE TEMPORARY TABLE names (id text, bigrams text[], letters text, sounds text)")
        with cursor.copy("COPY names FROM STDIN") as copy:
            for row in ratings(stores, night):
                copy.write_row((row[1], name_bigrams(row[4]), *_searched(row[4])))
        cursor.execute(_NAMES)


def _searched(name: str) -> tuple[str, str]:
    """Letters and sounds; the words that many names share are worked out once."""
    words = name_letters(name).split()
    heard = [_sounds(word) for word in words]
    sounds = [sound or word for sound, word in zip(heard, words, strict=True)] if any(heard) else []
    return " ".join(words), " ".join(sounds)


@lru_cache(maxsize=256)
def _sounds(word: str) -> str:
    return name_sounds(word)


_STORES = """INSERT INTO subjects_store
    (store_id, name, category, observed_at, first_observed_at, sent, versions, retracted, batch_id)
    SELECT subject_id, name, category, now(), now(), 7, 1, false, 1 FROM ratings_rating"""


_NAMES = """UPDATE subjects_store SET bigrams = array_to_tsvector(names.bigrams), letters = names.letters,
    sounds = names.sounds FROM names WHERE names.id = subjects_store.store_id"""


def ratings(stores: int, night: str) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(7)
    for i in range(stores):
        stars = round(chance.uniform(2.5, 5), 1)
        expected = (5.2 - stars) * 2
        aspects = {aspect: {"stars": stars, "percentile": round(chance.uniform(0, 100), 1)} for aspect in ASPECTS}
        yield (
            "store", f"S{i:06d}", night, 0, f"{chance.choice(HEADS)} {chance.choice(TAILS)} {i}",
            chance.choice(CATEGORIES), "rated", "orders", stars, round(stars * 2) / 2, expected, expected * 0.8,
            expected * 1.3, expected * 1.9, int(10 ** chance.uniform(1.5, 5)), 12, round(chance.uniform(0, 100), 1),
            json.dumps(aspects), json.dumps({"orders": 3, "reasons": {"carrier_event": 3}}), "",
        )  # fmt: skip


def _publish(connection: psycopg.Connection[Any], night: str) -> None:
    connection.execute(
        "INSERT INTO ratings_scale (version, breakpoints, fitted_on, note) VALUES (1, '[]', %s, '{}')", [night]
    )
    model = connection.execute(
        "INSERT INTO ratings_starmodelrecord (name, night, artefacts, figures, gate, created_at)"
        " VALUES (%s, %s, '{}', '{}', '{}', now()) RETURNING id",
        [f"{night}.1", night],
    ).fetchone()
    connection.execute(
        "INSERT INTO ratings_publication (night, published_at, closed_through, manifest, figures, inputs, model_id, scale_id)"
        " VALUES (%s, now(), '{}', '{}', '{}', '{}', %s, 1)",
        [night, model[0]],
    )
    connection.execute("INSERT INTO ratings_pointer (id, publication_id, counter) VALUES (1, %s, 1)", [night])
