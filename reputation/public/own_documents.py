"""What a subject's own programs are answered, and its shape for the OpenAPI schema: a test holds one to the other."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from reputation.governance.appeals.units import Disputable, symptom
from reputation.governance.appeals.window import appeal_window_ends
from reputation.governance.models import Appeal, Notice, ObjectionLine
from reputation.governance.notices import FIELD_LABELS
from reputation.governance.publicity import in_language
from reputation.public.documents import TOLD_STATES, RatingDocument
from reputation.ratings.explaining import metric_name
from reputation.ratings.own_figures import Figure
from reputation.ratings.representation import number
from scoring.metrics import ASPECTS, BY_KEY, EXCLUSION_REASONS
from scoring.policy.vocabulary import ACTIONS

FAMILY = {"o": "order", "c": "complaint", "h": "chat"}


class MetricDocument(serializers.Serializer):
    key = serializers.ChoiceField(list(BY_KEY))
    name = serializers.CharField()
    aspect = serializers.ChoiceField(list(ASPECTS))
    unit = serializers.ChoiceField(["share", "minutes"])
    value = serializers.FloatField(
        allow_null=True, help_text="A share 0 to 1, or minutes. null: fewer than 5 people answered."
    )
    median = serializers.FloatField(allow_null=True, help_text="Of the rated subjects of your category.")
    costs = serializers.FloatField(
        allow_null=True, help_text="Stars that the median in its place would add; below 0 for a strength."
    )


class PeersDocument(serializers.Serializer):
    subjects = serializers.IntegerField(help_text="How many rated subjects the medians are of.")
    of_category = serializers.BooleanField(help_text="false: the category is small, so all of your kind.")


class OwnDocument(serializers.Serializer):
    rating = RatingDocument(allow_null=True)
    metrics = MetricDocument(many=True, help_text="What costs most comes first.")
    peers = PeersDocument(allow_null=True)


class SymptomDocument(serializers.Serializer):
    code = serializers.CharField()
    words = serializers.CharField()
    counts = serializers.BooleanField()


class IncidentDocument(serializers.Serializer):
    unit = serializers.CharField(help_text="As objections and appeals name it.")
    family = serializers.ChoiceField(list(FAMILY.values()))
    id = serializers.CharField()
    at = serializers.DateTimeField(help_text="When the order was placed, the complaint or chat was opened.")
    day = serializers.DateField(help_text="The market day on which the first of it was known.")
    counts = serializers.BooleanField()
    held = serializers.BooleanField(help_text="Set aside by screening, until a person has looked or for good.")
    reason = serializers.ChoiceField(
        list(EXCLUSION_REASONS), allow_null=True, help_text="Why it was set aside for you."
    )
    symptoms = SymptomDocument(many=True)
    objection = serializers.ChoiceField(
        ObjectionLine.State.values, allow_null=True, help_text="What became of your last objection to it."
    )
    appealed = serializers.BooleanField(help_text="Whether an open appeal disputes it.")


class IncidentPageDocument(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    results = IncidentDocument(many=True)


class MeasureDocument(serializers.Serializer):
    id = serializers.IntegerField()
    action = serializers.ChoiceField(list(ACTIONS))
    state = serializers.ChoiceField(TOLD_STATES)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="Planned, or when it ended; null: open.")


class StatementDocument(serializers.Serializer):
    id = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    about = serializers.ChoiceField(Notice.About.values)
    measure = MeasureDocument()
    statement = serializers.DictField(
        child=serializers.CharField(), help_text=f"The statement of reasons: {', '.join(FIELD_LABELS)}."
    )
    appeal_until = serializers.DateField(help_text="The last market day on which an appeal may be filed.")
    appeal = serializers.ChoiceField(Appeal.State.values, allow_null=True, help_text="Of your last appeal.")
    read = serializers.BooleanField(help_text="Whether somebody has opened it in your pages.")


class NoticePageDocument(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = StatementDocument(many=True)


def figure_as_dict(figure: Figure) -> dict[str, Any]:
    metric = figure.metric
    return {
        "key": metric.key, "name": metric_name(metric.key), "aspect": metric.aspect, "unit": metric.unit,
        "value": number(figure.value, 5), "median": number(figure.median, 5), "costs": number(figure.costs, 3),
    }  # fmt: skip


def incident_as_dict(one: Disputable) -> dict[str, Any]:
    incident = one.incident
    told = [(code, True) for code in incident.what] + [(code, False) for code in incident.aside]
    return {
        "unit": one.unit, "family": FAMILY[incident.family], "id": incident.key, "at": _instant(incident.at),
        "day": incident.day.isoformat(), "counts": incident.counts, "held": incident.held,
        "reason": incident.reason or None, "objection": one.objection or None, "appealed": one.appealed,
        "symptoms": [{"code": code, "words": symptom(code), "counts": counts and incident.counts} for code, counts in told],
    }  # fmt: skip


def notice_as_dict(row: Notice) -> dict[str, Any]:
    action = row.action
    appeals = sorted(action.appeals.all(), key=lambda appeal: appeal.pk)
    return {
        "id": row.pk, "made_at": _instant(row.made_at), "about": row.about,
        "measure": {
            "id": action.pk, "action": action.sanction, "state": action.state, "starts_at": _instant(action.starts_at),
            "ends_at": _instant(action.ended_at or action.ends_at),
        },
        "statement": {name: _told(row, name) for name in FIELD_LABELS},
        "appeal_until": appeal_window_ends(action).isoformat(),
        "appeal": appeals[-1].state if appeals else None,
        "read": row.read_at is not None,
    }  # fmt: skip


def _told(row: Notice, name: str) -> str:
    return in_language({language: fields.get(name, "") for language, fields in row.fields.items()})


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
