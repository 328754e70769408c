"""Bodies of the evidence API: what is answered, and the schema of what may be sent."""

from typing import Any

import msgspec
from rest_framework import serializers

from reputation.evidence.kinds import KINDS
from reputation.evidence.models import Batch, RejectedRow


class RejectionDocument(serializers.Serializer[Any]):
    row = serializers.IntegerField(min_value=1)
    field = serializers.CharField(allow_blank=True)
    error = serializers.CharField()


class BatchResultDocument(serializers.Serializer[Any]):
    batch = serializers.IntegerField()
    accepted = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectionDocument(many=True)


class BatchDocument(serializers.ModelSerializer[Batch]):
    batch = serializers.IntegerField(source="id")

    class Meta:
        model = Batch
        fields = ("batch", "kind", "source", "received_at", "accepted", "unchanged", "rejected")


class RejectedRowDocument(serializers.ModelSerializer[RejectedRow]):
    received_at = serializers.DateTimeField(source="batch.received_at")

    class Meta:
        model = RejectedRow
        fields = ("id", "kind", "batch", "row", "field", "error", "raw", "received_at", "resent_at", "resent_batch")


class CompleteDocument(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="A market day that is over.")


class CompletedDocument(serializers.Serializer[Any]):
    kind = serializers.CharField()
    day = serializers.DateField()
    closed_at = serializers.DateTimeField()


def row_schema(kind: str) -> dict[str, Any]:
    """JSON Schema of one row, definitions inlined."""
    (schema,), parts = msgspec.json.schema_components([KINDS[kind].row], ref_template="{name}")
    rows = dict(parts)
    return _inlined(rows[schema["$ref"]], rows)


def batch_schema() -> dict[str, Any]:
    rows = [{"type": "array", "maxItems": 10_000, "title": kind, "items": row_schema(kind)} for kind in KINDS]
    return {"oneOf": rows}


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0 knows no type null."""
    if node.get("required") == []:
        del node["required"]  # it may not be empty there
    options = node.get("anyOf", [])
    given = [option for option in options if option != {"type": "null"}]
    if len(given) == len(options):
        return node
    rest = {name: value for name, value in node.items() if name != "anyOf"}
    return {**rest, **(given[0] if len(given) == 1 else {"anyOf": given}), "nullable": True}


def _inlined(node: Any, parts: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            return _inlined(parts[node["$ref"]], parts)
        return _nullable({name: _inlined(value, parts) for name, value in node.items()})
    return [_inlined(value, parts) for value in node] if isinstance(node, list) else node
