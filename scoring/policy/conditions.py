"""The conditions of a rule: nested all and any of comparisons, each a sentence that can be judged."""

from __future__ import annotations

from scoring.policy.document import Node
from scoring.policy.rules import Condition, Group, Leaf, OfCategory
from scoring.policy.vocabulary import (
    LEAST_VOLUME,
    MEASURES,
    OPS,
    READS,
    Measure,
)
from scoring.policy.wants import Wants

MOST_PARTS = 12
DEEPEST = 4
_LEAF = {"metric", "window", "read", "op", "than"}
_GOOD_SIDE = {"share": "high", "rate": "high"}


def condition(node: Node | None, scope: str | None, want: Wants, depth: int = 1) -> Condition | None:
    """`when` of a rule, or a part of it; None where something was refused or absent."""
    if node is None:
        return None
    if not isinstance(node.value, dict):
        want.refuse(node.line, "a condition is no mapping", "write all:, any: or a comparison with metric:")
        return None
    if depth > 1 and not {"all", "any"} & node.value.keys():
        return _leaf(node, scope, want)
    return _group(node, scope, want, depth)


def _group(node: Node, scope: str | None, want: Wants, depth: int) -> Group | None:
    if len(node.value) != 1 or not {"all", "any"} & node.value.keys():
        want.refuse(node.line, "conditions stand under one all: or one any:", "nest them where both are needed")
        return None
    if depth > DEEPEST:
        want.refuse(node.line, "conditions are nested deeper than {most}", "flatten them", most=DEEPEST)
        return None
    (kind, listed), *_ = node.value.items()
    nodes = want.listed(listed, kind, MOST_PARTS)
    parts = [condition(part, scope, want, depth + 1) for part in nodes]
    whole = tuple(part for part in parts if part is not None)
    if not whole or len(whole) < len(nodes):
        return None
    for part in whole:
        if isinstance(part, Leaf):
            _harmful_bound(part, whole if kind == "all" else (part,), want)
    return Group("all" if kind == "all" else "any", whole, node.line)


def _leaf(node: Node, scope: str | None, want: Wants) -> Leaf | None:
    fields = want.fields(node, _LEAF, {"metric", "read", "op", "than"}, "a comparison")
    metric = want.one_of(fields.get("metric"), tuple(MEASURES), "metric")
    read = want.one_of(fields.get("read"), READS, "read")
    op = want.one_of(fields.get("op"), OPS, "op")
    if not (metric and read and op and "than" in fields):
        return None
    measure = MEASURES[metric]
    before = len(want.problems)
    _of_scope(fields["metric"], measure, scope, want)
    if read not in measure.reads:
        reads = " or ".join(measure.reads)
        want.refuse(
            fields["read"].line, "{metric} has no {read}", "read {reads}", metric=metric, read=read, reads=reads
        )
    window = _window(node, fields.get("window"), measure, want)
    than = _than(fields["than"], measure, read, op, want)
    if len(want.problems) > before or than is None:
        return None
    return Leaf(metric, window, read, op, than, node.line)


def _of_scope(node: Node, measure: Measure, scope: str | None, want: Wants) -> None:
    if scope and scope not in measure.scopes:
        want.refuse(
            node.line,
            "{metric} is counted of {of}, never of {scope}",
            "the rule could never fire: choose another metric",
            metric=measure.key,
            of=" and ".join(f"{kind}s" for kind in measure.scopes),
            scope=f"{scope}s",
        )


def _window(leaf: Node, node: Node | None, measure: Measure, want: Wants) -> int:
    if not measure.windows:
        if node is not None:
            want.refuse(node.line, "{metric} is as of the night", "leave window out", metric=measure.key)
        return 0
    value = node.value if node else None
    if isinstance(value, int) and not isinstance(value, bool) and value in measure.windows:
        return value
    known = ", ".join(map(str, measure.windows))
    want.refuse(
        node.line if node else leaf.line,
        "{metric} is read over a window of days",
        "give one of {known}",
        metric=measure.key,
        known=known,
    )
    return 0


def _than(node: Node, measure: Measure, read: str, op: str, want: Wants) -> float | OfCategory | None:
    if not isinstance(node.value, dict):
        return want.number(node, "than")
    if measure.shape not in ("share", "rate", "minutes") or read not in ("value", "low", "high"):
        said = "the {read} of {metric} has no category to compare with"
        want.refuse(node.line, said, "give a number", read=read, metric=measure.key)
        return None
    return _of_category(node, op in measure.harmful_ops, want)


def _of_category(node: Node, harmful: bool, want: Wants) -> OfCategory | None:
    fields = want.fields(node, {"quantile", "mean", "times"}, set(), "a yardstick")
    if len(fields.keys() & {"quantile", "mean"}) != 1:
        want.refuse(
            node.line, "a yardstick is a quantile or the mean of the category", "write quantile: 0.95, or mean: true"
        )
        return None
    times = want.number(fields["times"], "times") if "times" in fields else 1.0
    quantile = want.number(fields["quantile"], "quantile") if "quantile" in fields else None
    if "mean" in fields and fields["mean"].value is not True:
        want.refuse(fields["mean"].line, "mean is a mark", "write mean: true")
    if quantile is not None and not 0 < quantile < 1:
        want.refuse(node.line, "a quantile lies between 0 and 1", "write 0.95 for the worst twentieth")
    if times is not None and (times < 1 if harmful else not 0 < times <= 1):
        mend = "give times of 1 or more" if harmful else "give times above 0 and up to 1"
        want.refuse(node.line, "whoever is like the rest of the category would be meant", mend)
    return None if times is None else OfCategory(quantile, times)


def _harmful_bound(leaf: Leaf, beside: tuple[Condition, ...], want: Wants) -> None:
    """Noise punishes nobody: `low` for being worse, `high` for being better, `value` only beside enough volume."""
    if leaf.measure.shape not in _GOOD_SIDE or leaf.read in ("count", "buyers"):
        return
    bound = "low" if leaf.harmful else "high"
    if leaf.read not in (bound, "value"):
        said = "{metric} {op} would be met by chance"
        want.refuse(leaf.line, said, "read: {bound}", metric=leaf.metric, op=leaf.op, bound=bound)
    elif leaf.read == "value" and not any(_volume(part, leaf) for part in beside):
        said = "the bare share of {metric} is noise where there is little"
        remedy = "read: {bound}, or add beside it, under the same all:, a count of at least {least} in that window"
        want.refuse(leaf.line, said, remedy, metric=leaf.metric, bound=bound, least=LEAST_VOLUME)
    if leaf.window == 1 and leaf.harmful:
        text = "incidents count when known and orders when placed: a share of one day is distorted by sales days"
        want.note(leaf.line, text, "read the share over 7 days or more beside a count of 1 day")


def _volume(part: Condition, leaf: Leaf) -> bool:
    return (
        isinstance(part, Leaf)
        and part.metric in (leaf.metric, "orders")
        and (part.window, part.read) == (leaf.window, "count")
        and part.op in (">=", ">")
        and isinstance(part.than, float)
        and part.than >= LEAST_VOLUME
    )
