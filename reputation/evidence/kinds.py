"""The twelve kinds of evidence: what a row may say, where it is kept, which of its facts are dated, what it touches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from reputation.base.evidence import Evidence
from reputation.evidence import models as m
from reputation.evidence import rows as r
from reputation.evidence import units as u
from reputation.subjects.models import Anchor, LiveSession, Store

Columns = Mapping[str, list[Any]]
ANSWERS = tuple(item.name for item in msgspec.structs.fields(r.Answers))
_YES_NO = (msgspec.inspect.BoolType, msgspec.inspect.LiteralType)
_NOT_FIELDS = ("observed_at", "retracted", "answers")


@dataclass(frozen=True)
class Kind:
    """`fields` are what a patch may carry, `retracted` last; bit i of `sent` stands for the i-th of them."""

    name: str
    row: type[r.Row]
    model: type[Evidence]
    keys: tuple[str, ...]
    main: tuple[str, ...] = ()  # when it happened: the first of these that is there
    promises: tuple[str, ...] = ()  # times that may lie ahead
    owners: tuple[str, ...] = ()  # once told they may never change
    tracked: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # fact -> (its known_at column, its own time)
    units: Callable[[Columns], list[str]] = u.none
    watched: tuple[str, ...] = ()  # units are marked only where one of these was set or changed; empty: always

    @cached_property
    def fields(self) -> tuple[str, ...]:
        named = [item.name for item in msgspec.structs.fields(self.row)]
        return (*(name for name in named if name not in (*self.keys, *_NOT_FIELDS)), "retracted")

    @cached_property
    def shapes(self) -> dict[str, msgspec.inspect.Type]:
        """Field -> the type of its value, without null and absent."""
        info = msgspec.inspect.type_info(self.row)
        assert isinstance(info, msgspec.inspect.StructType)  # noqa: S101 (narrows the type)
        return {item.name: _value_type(item.type) for item in info.fields}

    @cached_property
    def sent_names(self) -> dict[str, str]:
        """Attribute -> the name under which it is sent."""
        return {item.name: item.encode_name for item in msgspec.structs.fields(self.row)}

    @cached_property
    def times(self) -> tuple[str, ...]:
        return self._of(msgspec.inspect.DateTimeType)

    @cached_property
    def moments(self) -> tuple[str, ...]:
        """The row's own times, of which a fact in a history was observed at the latest."""
        ahead = (*self.promises, "observed_at")
        return tuple(name for name in (*self.times, *self.dates) if name in self.main or name not in ahead)

    @cached_property
    def dates(self) -> tuple[str, ...]:
        return self._of(msgspec.inspect.DateType)

    @cached_property
    def amounts(self) -> tuple[str, ...]:
        return self._of(msgspec.inspect.DecimalType)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return self._of(msgspec.inspect.StrType)

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """Answers that may be said as yes and no."""
        return tuple(name for name in self.shapes if name in ANSWERS and isinstance(self.shapes[name], _YES_NO))

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(self.row)

    @cached_property
    def array_decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(list[self.row])  # type: ignore[name-defined]

    @cached_property
    def table(self) -> str:
        return self.model._meta.db_table

    def _of(self, shape: type[msgspec.inspect.Type]) -> tuple[str, ...]:
        return tuple(name for name, found in self.shapes.items() if isinstance(found, shape))


def _value_type(found: msgspec.inspect.Type) -> msgspec.inspect.Type:
    if isinstance(found, msgspec.inspect.UnionType):
        return next(inner for inner in found.types if not isinstance(inner, msgspec.inspect.NoneType))
    return found


_ALL = (
    Kind("stores", r.StoreRow, Store, ("store_id",), units=u.of_owner("s", "store_id"), watched=("owner_ref",)),
    Kind("anchors", r.AnchorRow, Anchor, ("anchor_id",), units=u.of_owner("a", "anchor_id"), watched=("owner_ref",)),
    Kind(
        "live_sessions", r.LiveSessionRow, LiveSession, ("live_id",), ("started_at",), owners=("anchor_id",),
        units=u.of_live, watched=("retracted",),
    ),
    Kind(
        "orders", r.OrderRow, m.Order, ("order_id",), ("placed_at",),
        promises=("ship_by", "deliver_by"), owners=("store_id",),
        tracked={"cancelled_at": ("cancelled_known_at", "cancelled_at")}, units=u.of_order,
    ),
    Kind(
        "shipments", r.ShipmentRow, m.Shipment, ("order_id",), ("shipped_at", "delivered_at"),
        tracked={
            "shipped_at": ("shipped_known_at", "shipped_at"),
            "delivered_at": ("delivered_known_at", "delivered_at"),
        },
        units=u.of_order,
    ),
    Kind(
        "returns", r.ReturnRow, m.Return, ("return_id",), ("opened_at",), owners=("order_id",),
        tracked={
            "refunded_at": ("refunded_known_at", "refunded_at"),
            "closed_at": ("closed_known_at", "closed_at"),
        },
        units=u.of_order,
    ),
    Kind(
        "complaints", r.ComplaintRow, m.Complaint, ("complaint_id",), ("opened_at",),
        owners=("order_id", "store_id", "anchor_id"),
        tracked={
            "first_response_at": ("first_response_known_at", "first_response_at"),
            "outcome": ("outcome_known_at", "closed_at"),
        },
        units=u.of_complaint,
    ),
    Kind(
        "invitations", r.InvitationRow, m.Invitation, ("invitation_id",), ("sent_at",),
        owners=("order_id", "live_id", "respondent_ref"), units=u.of_voice,
    ),
    Kind(
        "responses", r.ResponseRow, m.Response, ("response_id",), ("answered_at",),
        owners=("order_id", "live_id", "respondent_ref"), units=u.of_voice,
    ),
    Kind(
        "conversations", r.ConversationRow, m.Conversation, ("conversation_id",), ("started_at",),
        owners=("store_id",),
        tracked={
            "first_reply_at": ("first_reply_known_at", "first_reply_at"),
            "resolved": ("resolved_known_at", "started_at"),
            "rating": ("rating_known_at", "started_at"),
        },
        units=u.of_conversation,
    ),
    Kind(
        "exclusions", r.ExclusionRow, m.Exclusion, ("exclusion_id",), ("starts_at",),
        promises=("starts_at", "ends_at"), units=u.of_exclusion,
    ),
    Kind(
        "daily_counts", r.DailyCountRow, m.DailyCount, ("subject_kind", "subject_id", "day", "metric"), ("day",),
        units=u.of_day,
    ),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
