"""The shape of the read API's answers, for the OpenAPI schema alone: a test holds the answers to it."""

from rest_framework import serializers

from reputation.governance.models import ActionState
from reputation.ratings.models import State
from scoring.metrics import ASPECTS
from scoring.policy.vocabulary import ACTIONS

UNTOLD = frozenset({ActionState.HELD, ActionState.REFUSED, ActionState.WITHDRAWN})  # it has never counted
TOLD_STATES = [state.value for state in ActionState if state not in UNTOLD]


class SubjectDocument(serializers.Serializer):
    kind = serializers.ChoiceField(["store", "anchor"])
    id = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField(allow_null=True)


class DefectsDocument(serializers.Serializer):
    expected = serializers.FloatField(help_text="Orders in 100 with a problem that is the subject's doing.")
    low = serializers.FloatField(allow_null=True, help_text="Lower end of the 80 % interval.")
    high = serializers.FloatField(allow_null=True, help_text="Upper end of the 80 % interval.")
    all_causes = serializers.FloatField(allow_null=True, help_text="Whoever caused the problem.")


class AspectDocument(serializers.Serializer):
    stars = serializers.FloatField()
    percentile = serializers.FloatField(allow_null=True)


AspectsDocument = type(
    "AspectsDocument",
    (serializers.Serializer,),
    {aspect: AspectDocument(allow_null=True) for aspect in ASPECTS},
)


class ExcludedDocument(serializers.Serializer):
    orders = serializers.IntegerField()
    reasons = serializers.DictField(child=serializers.IntegerField())


class NoticeDocument(serializers.Serializer):
    """A sanction in force. Mere reminders are between platform and merchant, and stand nowhere in public."""

    id = serializers.CharField()
    action = serializers.ChoiceField(list(ACTIONS))
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    appeal = serializers.ChoiceField(["open", "lost"], allow_null=True, help_text="null: nobody has appealed.")


class RatingDocument(serializers.Serializer):
    subject = SubjectDocument()
    state = serializers.ChoiceField(State.values)
    as_of = serializers.DateField(help_text="The last market day whose evidence counts.")
    night = serializers.DateField()
    revision = serializers.IntegerField(help_text="0, or how often this night's rating was repaired.")
    basis = serializers.ChoiceField(["orders", "aggregated"])
    stars = serializers.FloatField(allow_null=True, help_text="1.0 to 5.0 in tenths.")
    half_stars = serializers.FloatField(allow_null=True, help_text="What is drawn: 1.0 to 5.0 in halves.")
    defects_per_100 = DefectsDocument(allow_null=True)
    orders_counted = serializers.IntegerField()
    window_days = serializers.IntegerField()
    percentile = serializers.FloatField(allow_null=True, help_text="Share of its category that is rated worse, 0-100.")
    aspects = AspectsDocument()
    excluded = ExcludedDocument()
    notices = NoticeDocument(many=True)
    scale = serializers.IntegerField()
    model = serializers.CharField()


class HistoryDocument(serializers.Serializer):
    night = serializers.DateField()
    revision = serializers.IntegerField()
    state = serializers.ChoiceField(State.values)
    stars = serializers.FloatField(allow_null=True)
    corrected = serializers.BooleanField(help_text="Whether this night was repaired after it was published.")
    ledger = serializers.JSONField(allow_null=True, help_text="What moved the star; null where it was not kept.")


class NightDocument(serializers.Serializer):
    night = serializers.DateField()
    published_at = serializers.DateTimeField()
    model = serializers.CharField()
    scale = serializers.IntegerField()
    closed_through = serializers.DictField(child=serializers.DateField(allow_null=True))
    figures = serializers.DictField()


class SubjectTold(serializers.Serializer):
    """As it was called when the action was decided."""

    kind = serializers.ChoiceField(["store", "anchor"])
    id = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField(allow_blank=True)


class ActionDocument(serializers.Serializer):
    sequence = serializers.IntegerField(help_text="Of this change; the cursor of the feed.")
    id = serializers.IntegerField(help_text="Of the action: the same for all of its changes.")
    subject = SubjectTold()
    action = serializers.ChoiceField(list(ACTIONS), help_text="What kind of sanction.")
    share = serializers.FloatField(allow_null=True, help_text="Of a throttle: what is left of the reach, 0 to 1.")
    item_ref = serializers.CharField(allow_null=True, help_text="Of a delisting: which item.")
    state = serializers.ChoiceField(TOLD_STATES, help_text="It counts while it is active, and not in any other state.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(
        allow_null=True, help_text="Planned, or when it ended; null: until it is lifted, and while it is put off."
    )
    reason = serializers.DictField(child=serializers.CharField(), help_text="Language -> text; en and zh-hans.")
    policy = serializers.IntegerField(allow_null=True)
    rule = serializers.CharField(allow_null=True)
    replaces = serializers.IntegerField(allow_null=True, help_text="The action in whose place this one stands.")


class ActionPageDocument(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True, help_text="Always null: the feed is read forwards.")
    results = ActionDocument(many=True)


class AcknowledgementDocument(serializers.Serializer):
    sequence = serializers.IntegerField(required=False, allow_null=True)


class AcknowledgedDocument(serializers.Serializer):
    id = serializers.IntegerField()
    sequence = serializers.IntegerField(help_text="The newest change that was acknowledged.")
    waiting = serializers.BooleanField(help_text="Whether a newer change waits to be acknowledged.")
    acknowledged_at = serializers.DateTimeField()


class ProblemDocument(serializers.Serializer):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
