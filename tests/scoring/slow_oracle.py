"""The written rules of docs/outcomes.md once more, one order at a time in plain Python, to check the fast ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.scoring.small_evidence import MARKET

Row = dict[str, Any]
Fact = tuple[str, str, str, str, date]  # unit, family, role, counter, day
Dues = dict[str, dict[str, date]]  # unit -> kind of evidence -> the day whose closing may change its count
# (aspect, gravity, store liable, anchor liable, metric); liability may still be lifted
RETURNS = {
    "quality": ("product", 2, True, True, "quality_return"),
    "counterfeit": ("product", 0, True, True, "quality_return"),
    "not_as_described": ("product", 2, True, True, "described_return"),
    "damaged": ("logistics", 4, True, False, "fulfilment_return"),
    "wrong_item": ("logistics", 4, True, False, "fulfilment_return"),
    "missing": ("logistics", 4, True, False, "fulfilment_return"),
    "late": ("logistics", 4, True, False, None),
    "size": (None, 6, False, False, None),
    "no_reason": (None, 6, False, False, None),
    "other": (None, 6, False, False, None),
}
COMPLAINTS = {
    "counterfeit": ("product", 0, "complaint_product"),
    "safety": ("product", 0, "complaint_product"),
    "quality": ("product", 2, "complaint_product"),
    "delivery": ("logistics", 4, "complaint_logistics"),
    "service": ("service", 5, "complaint_service"),
    "other": ("service", 5, "complaint_service"),
    "refund": ("after_sales", 3, "complaint_after_sales"),
    "false_advertising": ("honesty", 1, "complaint_honesty"),
    "brushing": ("honesty", 1, "complaint_honesty"),
}
ANSWERS = {
    "overall": ("product", 2, "negative_answer"),
    "as_described": ("product", 2, "described_low"),
    "service": ("service", 5, "service_low"),
    "logistics": ("logistics", 4, "logistics_low"),
}
REASONS = ("force_majeure", "carrier_event", "platform_fault", "attack", "other")


def local_day(instant: datetime) -> date:
    return instant.astimezone(MARKET).date()


def alive(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if not row["retracted"]]


def clock(start: datetime, end: datetime, opens: int, closes: int) -> int:
    """Whole open minutes between two instants, walking over days."""
    here, there, total = start.astimezone(MARKET), end.astimezone(MARKET), timedelta()
    for ahead in range((there.date() - here.date()).days + 1):
        midnight = datetime.combine(here.date() + timedelta(days=ahead), time(), MARKET)
        begins, ends = max(here, midnight + timedelta(hours=opens)), min(there, midnight + timedelta(hours=closes))
        total += max(ends - begins, timedelta())
    return min(int(total // timedelta(minutes=1)), 43200)


class Deadline:
    """A promise: broken or not, since when that is known, and the day whose closing may change the answer."""

    def __init__(
        self,
        by: datetime | None,
        done: datetime | None,
        closed: date | None,
        *,
        known: date,
        told: date | None,
        ended: bool = False,
    ) -> None:
        self.broken, self.since, self.due = False, None, None
        if not by:
            return
        runs_out = local_day(by)
        waiting, over = not done and not ended, closed is not None and runs_out <= closed
        self.broken = bool(done and done > by) or (waiting and over)
        if self.broken:
            self.since = max(known, runs_out) if over or not told else max(known, runs_out, told)
        if not over and (waiting or (self.broken and self.since != max(known, runs_out))):
            self.due = runs_out


class OrderOracle:
    def __init__(self, order: Row, evidence: dict[str, list[Row]], closed: dict[str, date | None]) -> None:
        self.order, self.closed = order, closed
        self.known = local_day(order["first_observed_at"])
        mine = {
            kind: [row for row in alive(rows) if row["order_id"] == order["order_id"]]
            for kind, rows in evidence.items()
            if kind in ("shipments", "returns", "complaints", "responses")
        }
        self.returns, self.complaints = mine.get("returns", []), mine.get("complaints", [])
        self.responses = sorted(mine.get("responses", []), key=lambda row: (row["answered_at"], row["response_id"]))
        blank = dict.fromkeys(("shipped_at", "delivered_at", "shipped_known_at", "delivered_known_at"))
        self.parcel = (mine.get("shipments") or [blank])[0]
        self.exclusions = [row for row in alive(evidence.get("exclusions", [])) if not row["lifted_at"]]
        # (aspect, gravity, metric, key, day as anyone's, as the store's, as the anchor's)
        self.symptoms: list[tuple[Any, ...]] = []
        self.facts: Counter[Fact] = Counter()
        self.dues: dict[str, list[date]] = {}

    def later(self, instant: datetime) -> date:
        return max(self.known, local_day(instant))

    def is_valid(self) -> bool:
        order, left = self.order, self.parcel["shipped_at"] or self.parcel["delivered_at"]
        dropped = order["cancelled_by"] == "buyer" and order["cancelled_at"]
        overdue = dropped and order["ship_by"] and order["cancelled_at"] > order["ship_by"]
        withdrawn = dropped and not overdue and not (left and left <= order["cancelled_at"])
        return bool(order["amount"] and order["amount"] > 0 and not withdrawn)

    def reasons(self, role: str) -> set[str]:
        return {row["reason"] for row in self.exclusions if self._reaches(row, role)}

    def _reaches(self, row: Row, role: str) -> bool:
        order = self.order
        if row["order_id"]:
            named = row["subject_kind"] and row["subject_id"]
            party = (role, order[f"{role}_id"]) == (row["subject_kind"], row["subject_id"])
            return bool(row["order_id"] == order["order_id"] and (party or not named))
        end = order["deliver_by"] or order["ship_by"] or order["placed_at"] + timedelta(days=7)
        if (row["ends_at"] and order["placed_at"] > row["ends_at"]) or (row["starts_at"] and end < row["starts_at"]):
            return False
        if not row["subject_id"] and not row["region"]:
            return False
        subject = not row["subject_id"] or (
            role == row["subject_kind"] and order[f"{row['subject_kind']}_id"] == row["subject_id"]
        )
        return bool(subject and (not row["region"] or row["region"] == order["region"]))

    def symptom(
        self, aspect: Any, gravity: int, metric: Any, day: date, store: date | None, anchor: date | None, key: str = ""
    ) -> None:
        self.symptoms.append((aspect, gravity, metric, key, day, store, anchor))

    def run(self) -> None:
        self._ship()
        self._return()
        self._answer()
        self._complain()
        for role in ("store", "anchor") if self.order["anchor_id"] else ("store",):
            self._count(role)

    def _ship(self) -> None:
        order, parcel, closed = self.order, self.parcel, self.closed.get("shipments")
        shipped, delivered, gone = parcel["shipped_at"], parcel["delivered_at"], order["cancelled_at"]

        def ended(by: datetime | None) -> bool:
            return bool(gone and by and gone <= by)

        unscanned = not shipped and bool(delivered)
        told = [
            instant and local_day(instant) for instant in (parcel["shipped_known_at"], parcel["delivered_known_at"])
        ]
        send = Deadline(
            order["ship_by"],
            shipped,
            closed,
            known=self.known,
            told=told[0],
            ended=unscanned or ended(order["ship_by"]),
        )
        bring = Deadline(
            order["deliver_by"], delivered, closed, known=self.known, told=told[1], ended=ended(order["deliver_by"])
        )
        self.dues["shipments"] = [promise.due for promise in (send, bring) if promise.due]
        self.sent_late, self.late, self.sent_day = send.broken, bring.broken, send.since
        left_in_time = (shipped and order["deliver_by"] and shipped <= order["deliver_by"]) or unscanned
        self.own_late = self.late and (self.sent_late or not left_in_time)
        if self.sent_day:
            self.symptom("logistics", 4, "late_dispatch", self.sent_day, self.sent_day, None)
        if bring.since:
            own = max(bring.since, self.sent_day) if self.sent_day else bring.since
            self.symptom("logistics", 4, "late_delivery", bring.since, own if self.own_late else None, None)
        if gone and order["cancelled_by"] in ("merchant", "platform"):
            day, mine = self.later(order["cancelled_known_at"]), order["cancelled_by"] == "merchant"
            self.symptom(
                "logistics" if mine else None,
                4,
                "merchant_cancel" if mine else None,
                day,
                day if mine else None,
                None,
                "cancel",
            )

    def _return(self) -> None:
        for row in self.returns:
            aspect, gravity, store, anchor, metric = RETURNS.get(row["first_reason"], RETURNS["other"])
            day = self.later(row["first_observed_at"])
            own: date | None = day if store else None
            if row["first_reason"] == "late":
                own = max(day, self.sent_day) if self.sent_late and self.sent_day else None
            self.symptom(aspect, gravity, metric, day, own, day if anchor else None)
            self._refund(row, day)

    def _refund(self, row: Row, known: date) -> None:
        promise = self.refund_promise(row)
        if promise.due:
            self.dues.setdefault("returns", []).append(promise.due)
        if promise.since:
            self.symptom("after_sales", 3, "slow_refund", promise.since, promise.since, None)
        if self.store_fault(row) and row["closed_at"] and not row["refunded_at"]:
            day = max(known, local_day(row["closed_known_at"]))
            self.symptom("after_sales", 3, "refused_return", day, day, None)

    def store_fault(self, row: Row) -> bool:
        return bool(RETURNS.get(row["first_reason"], RETURNS["other"])[2]) and row["first_reason"] != "late"

    def refund_promise(self, row: Row) -> Deadline:
        buyers = row["first_reason"] in ("size", "no_reason")
        settled = [row[f"{name}_known_at"] for name in ("refunded", "closed") if row[f"{name}_at"]]
        return Deadline(
            None if buyers else row["opened_at"] + timedelta(hours=72),
            row["refunded_at"] or row["closed_at"],
            self.closed.get("returns"),
            known=self.later(row["first_observed_at"]),
            told=min(map(local_day, settled), default=None),
        )

    def _answer(self) -> None:
        self.answered: dict[str, tuple[date, int]] = {}  # question -> when known, the first score
        storms = {"force_majeure", "carrier_event"} & self.reasons("store")
        store_excused = self.late and (not self.own_late or bool(self.reasons("store")))
        anchor_excused = self.late and (not self.own_late or bool(storms))
        for question, (aspect, gravity, metric) in ANSWERS.items():
            first = next((row for row in self.responses if row[question] is not None), None)
            if not first:
                continue
            day = self.later(first["first_observed_at"])
            self.answered[question] = day, first[question]
            if first[question] <= 2:
                about_parcel = question in ("overall", "logistics")
                own = None if store_excused and about_parcel else day
                anchors = None if aspect != "product" or (anchor_excused and about_parcel) else day
                self.symptom(aspect, gravity, metric, day, own, anchors)

    def _complain(self) -> None:
        excused = self.late and (not self.own_late or bool(self.reasons("store")))
        for row in self.complaints:
            known = self.later(row["first_observed_at"])
            ends = [day for back in self.returns for day in self._return_ends(back)]
            day, due = confirmed(row, known, min(ends, default=None), self.closed.get("complaints"))
            if due:
                self.dues.setdefault("complaints", []).append(due)
            if day:
                aspect, gravity, metric = COMPLAINTS[row["category"]]
                store, anchor = against(row, True, bool(self.order["anchor_id"]), bool(row["anchor_id"]))
                store = store and not (excused and row["category"] == "delivery")
                self.symptom(aspect, gravity, metric, day, day if store else None, day if anchor else None)

    def _return_ends(self, row: Row) -> list[date]:
        """Refunded, refused or overdue: each makes a settlement of the order's complaint an admission."""
        known, ends = self.later(row["first_observed_at"]), []
        if row["refunded_at"]:
            ends.append(max(known, local_day(row["refunded_known_at"])))
        elif self.store_fault(row) and row["closed_at"]:
            ends.append(max(known, local_day(row["closed_known_at"])))
        since = self.refund_promise(row).since
        return [*ends, since] if since else ends

    def _count(self, role: str) -> None:
        reasons, placed = self.reasons(role), local_day(self.order["placed_at"])
        everything = bool(reasons - {"force_majeure", "carrier_event"})
        cleared, kept = [], []
        for symptom in self.symptoms:
            logistics = symptom[0] == "logistics" or symptom[3] == "cancel"
            (cleared if everything or (logistics and reasons) else kept).append(symptom)
        own = [(*item[:4], item[5 if role == "store" else 6]) for item in kept if item[5 if role == "store" else 6]]
        self.add(role, "orders", self.known)
        per_metric = {"defect": [item[4] for item in own], "problem": [item[4] for item in kept]}
        for _, _, metric, _, day in own:
            per_metric.setdefault(metric, []).append(day)
        for metric, days in per_metric.items():
            if metric and days:
                self.add(role, f"{metric}_n", min(days))
            if days and metric not in ("defect", "problem"):  # None: an own symptom of no metric
                self.add(role, "incident_n", min(days))
        if grave := [item[4] for item in own if item[1] == 0]:
            self.add(role, "grave", min(grave))
        self._denominators(role)
        self._outcomes(role, placed, own, kept)
        if cleared:
            telling = [reason for reason in reasons if not everything or reason not in REASONS[:2]]
            shown = min(telling, key=REASONS.index)
            self.add(role, f"excluded_{shown}", min(item[4] for item in cleared))
        if role == "store":
            self._durations(bool(reasons), everything)

    def _denominators(self, role: str) -> None:
        metrics = ["defect", "problem", "incident", "complaint_product", "complaint_honesty"]
        metrics += ["quality_return", "described_return"]
        if role == "store":
            metrics += ["fulfilment_return", "slow_refund", "refused_return", "merchant_cancel"]
            metrics += ["complaint_logistics", "complaint_service", "complaint_after_sales"]
            metrics += ["late_dispatch"] if self.order["ship_by"] else []
            metrics += ["late_delivery"] if self.order["deliver_by"] else []
        for metric in metrics:
            self.add(role, f"{metric}_d", self.known)
        for question, (day, score) in self.answered.items():
            if role == "store" or question in ("overall", "as_described"):
                self.add(role, f"{ANSWERS[question][2]}_d", day)
                self.add(role, f"{question}_sum", day, value=score)
            if question == "overall" and score > 3:
                self.add(role, "overall_positive", day)

    def _outcomes(self, role: str, placed: date, own: list[Any], kept: list[Any]) -> None:
        base = [instant for instant in (self.parcel["delivered_at"], self.order["deliver_by"]) if instant]
        end = self.order["placed_at"] + timedelta(days=60)
        if base:
            end = min(end, max(base) + timedelta(days=30))
        in_time = sorted((item[1], item[0]) for item in own if item[4] <= local_day(end))
        self.add(role, "orders", placed, "outcomes")
        if in_time:
            self.add(role, "defect", placed, "outcomes")
            self.add(role, f"defect_{in_time[0][1]}", placed, "outcomes")
        if any(item[4] <= local_day(end) for item in kept):
            self.add(role, "problem", placed, "outcomes")
        known = [item for item in kept if item[4] <= local_day(end)]
        for name in self._plain({item[2] for item in known}, any(item[3] == "cancel" for item in known)):
            self.add(role, name, placed, "outcomes")

    def _plain(self, metrics: set[str], cancelled: bool) -> Iterator[str]:
        """metrics: in which anything went wrong, whoever's doing. cancelled: by the merchant or the platform."""
        parcel, negative = self.parcel, "negative_answer" in metrics
        late = "late_delivery" in metrics or (cancelled and not parcel["delivered_at"])
        if negative or late or cancelled:
            yield "bad"
        if negative:
            yield "neg"
        if late:
            yield "late"
        if "late_dispatch" in metrics or (cancelled and not parcel["delivered_at"] and not parcel["shipped_at"]):
            yield "lateship"

    def _durations(self, storm: bool, everything: bool) -> None:
        order, parcel = self.order, self.parcel
        for promise, until in (("dispatch_promise", order["ship_by"]), ("delivery_promise", order["deliver_by"])):
            if until:
                minutes = int((until - order["placed_at"]) // timedelta(minutes=1))
                self.add("store", f"{promise}_d", self.known)
                self.add("store", f"{promise}_n", self.known, value=min(max(minutes, 0), 90 * 24 * 60))
        end, day = parcel["shipped_at"], None
        if end:
            day = self.later(parcel["shipped_known_at"])
        elif not parcel["delivered_at"] and order["cancelled_at"] and order["cancelled_by"] == "merchant":
            end = max(order["cancelled_at"], order["ship_by"] or order["cancelled_at"])
            day = self.later(order["cancelled_known_at"])
        elif not parcel["delivered_at"] and self.sent_late:
            end, day = order["ship_by"], self.sent_day
        if not storm:
            self.add("store", "dispatch_time_d", self.known)
        if day and not storm:
            self.add("store", "dispatch_time_n", day, value=clock(order["placed_at"], end, 6, 18))
        if everything:
            return
        self.add("store", "refund_time_d", self.known)
        for row in self.returns:
            self._refund_time(row)

    def _refund_time(self, row: Row) -> None:
        opened, known, day = row["opened_at"], self.later(row["first_observed_at"]), None
        if row["first_reason"] in ("size", "no_reason"):
            return
        if row["refunded_at"]:
            day, end = local_day(row["refunded_known_at"]), row["refunded_at"]
        else:
            end, day = opened + timedelta(hours=72), self.refund_promise(row).since
            if not day and self.store_fault(row) and row["closed_at"]:
                day = local_day(row["closed_known_at"])
        if day:
            self.add("store", "refund_time_n", max(known, day), value=clock(opened, end, 8, 23))

    def add(self, role: str, counter: str, day: date, family: str = "counters", value: int = 1) -> None:
        self.facts["o:" + self.order["order_id"], family, role, counter, day] += value


def confirmed(row: Row, known: date, refund: date | None, closed: date | None) -> tuple[date | None, date | None]:
    """The day on which a complaint became a symptom, and where its promise of an answer still runs."""
    if row["outcome"] in ("rejected", "withdrawn"):
        return None, None
    answers = [instant for instant in (row["first_response_at"], row["closed_at"]) if instant]
    told = [row["first_response_known_at"]] if row["first_response_at"] else []
    told += [row["outcome_known_at"]] if row["closed_at"] else []
    promise = Deadline(
        row["opened_at"] + timedelta(days=10),
        min(answers, default=None),
        closed,
        known=known,
        told=max(known, min(map(local_day, told))) if told else None,
    )
    days = [promise.since] if promise.since else []
    if row["outcome"] == "upheld" or (row["outcome"] == "settled" and refund):
        ruled = max(known, local_day(row["outcome_known_at"]))
        days.append(max(ruled, refund or ruled) if row["outcome"] == "settled" else ruled)
    return min(days, default=None), promise.due


def against(row: Row, has_store: bool, has_anchor: bool, names_anchor: bool) -> tuple[bool, bool]:
    category = row["category"]
    if category in ("counterfeit", "safety", "quality"):
        return has_store, has_anchor
    if category == "false_advertising":
        return has_store and (not has_anchor or bool(row["outcome"] == "upheld" and row["store_id"])), has_anchor
    return has_store, category == "brushing" and has_anchor and (names_anchor or not has_store)


def oracle(
    evidence: dict[str, list[Row]],
    closed: dict[str, date | None],
    held: frozenset[str] = frozenset(),
    held_for: frozenset[tuple[str, str]] = frozenset(),
) -> tuple[dict[Fact, int], Dues]:
    """Facts and due days of the orders and of the complaints without one."""
    facts: Counter[Fact] = Counter()
    dues: Dues = {}
    for order in alive(evidence.get("orders", [])):
        one = OrderOracle(order, evidence, closed)
        unit = "o:" + order["order_id"]
        dues[unit] = {}
        if unit in held:
            for role in ("store", "anchor") if order["anchor_id"] else ("store",):
                one.add(role, "held", one.known)
        elif one.is_valid():
            one.run()
            dues[unit] = {kind: min(days) for kind, days in one.dues.items() if days}
        facts.update(one.facts)
    for row in alive(evidence.get("complaints", [])):
        if row["order_id"] is None:
            _incident(row, closed, facts, dues, held_for)
    return {fact: value for fact, value in facts.items() if value}, dues


def _incident(
    row: Row, closed: dict[str, date | None], facts: Counter[Fact], dues: Dues, held_for: frozenset[tuple[str, str]]
) -> None:
    unit, known = "c:" + row["complaint_id"], local_day(row["first_observed_at"])
    day, due = confirmed(row, known, known, closed.get("complaints"))
    dues[unit] = {"complaints": due} if due else {}
    liable = against(row, bool(row["store_id"]), bool(row["anchor_id"]), bool(row["anchor_id"]))
    for role, named in zip(("store", "anchor"), liable, strict=True):
        if (role, unit) in held_for:
            facts[unit, "counters", role, "held", known] += bool(row[f"{role}_id"])
        elif day and named:
            facts[unit, "counters", role, f"{COMPLAINTS[row['category']][2]}_n", day] += 1
            facts[unit, "counters", role, "incident_n", day] += 1
            if row["category"] in ("counterfeit", "safety"):
                facts[unit, "counters", role, "grave", day] += 1
