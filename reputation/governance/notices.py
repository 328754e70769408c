"""The statement of reasons (DSA art. 17(3), Order 116 of China): what a subject is told with every change of a sanction.

Written once, in both languages, and kept as it was written. It names no member of staff and quotes no internal note.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext_lazy

from reputation.base.time import market_day, market_zone, now
from reputation.governance.appeals.window import appeal_window_ends
from reputation.governance.facts import measure_sentence, reading_sentence
from reputation.governance.models import Action, ActionChange, ActionState, Notice
from reputation.governance.sanctions import SANCTIONS
from scoring.policy.vocabulary import LANGUAGES

# Field -> its heading, in the order in which they are read. Every notice has every field.
FIELD_LABELS: dict[str, Promise] = {
    "headline": pgettext_lazy("statement", "What happened"),
    "measure": pgettext_lazy("statement", "Measure"),
    "scope": pgettext_lazy("statement", "Where it applies"),
    "duration": pgettext_lazy("statement", "How long"),
    "facts": pgettext_lazy("statement", "Facts"),
    "found": pgettext_lazy("statement", "How it was found"),
    "detected": pgettext_lazy("statement", "Automated detection"),
    "decided": pgettext_lazy("statement", "Automated decision"),
    "ground": pgettext_lazy("statement", "Ground"),
    "explanation": pgettext_lazy("statement", "Why this breaks it"),
    "redress": pgettext_lazy("statement", "What you can do"),
    "contact": pgettext_lazy("statement", "Contact"),
}


def notice_write(action: Action, change: ActionChange, about: str, *, because: str = "") -> Notice:
    """The notice of a change that was just made. `because` "cured": a lifting for which the subject itself is to thank."""
    fields = {}
    for language in LANGUAGES:
        with override(language):
            fields[language] = _fields(action, change, about, because, language)
    return Notice.objects.create(action=action, change=change, about=about, fields=fields, made_at=change.at)


def notice_read(*, notice: Notice, by: AbstractBaseUser) -> None:
    """Note the first time that somebody of the subject saw it."""
    Notice.objects.filter(pk=notice.pk, read_at__isnull=True).update(read_at=now(), read_by=by)


def _fields(action: Action, change: ActionChange, about: str, because: str, language: str) -> dict[str, str]:
    return {
        "headline": _headline(action, change, about, because),
        "measure": f"{SANCTIONS[action.sanction].label}. {measure_sentence(action)}",
        "scope": _scope(action),
        "duration": _duration(action),
        "facts": _facts(action),
        "found": _found(action),
        "detected": _detected(action),
        "decided": _decided(action),
        "ground": _ground(action),
        "explanation": action.reason[language],
        "redress": _redress(action, change),
        "contact": _contact(),
    }


def _headline(action: Action, change: ActionChange, about: str, because: str) -> str:
    values = {"label": SANCTIONS[action.sanction].label, "when": _moment(change.at)}
    if about == Notice.About.STARTED:
        return _("“%(label)s” counts from %(when)s.") % values
    if action.state == ActionState.STAYED:
        return _("“%(label)s” is put off from %(when)s until your appeal is decided.") % values
    if action.state == ActionState.ACTIVE:
        return _("“%(label)s” counts again from %(when)s, for the time that was left.") % values
    return _ended(action, because) % (values | {"when": _moment(action.ended_at or change.at)})


def _ended(action: Action, because: str) -> str:
    if action.state == ActionState.OVERTURNED:
        return _("“%(label)s” is overturned: your appeal was right. It counted until %(when)s.")
    if action.state == ActionState.REPLACED:
        return _("“%(label)s” ended on %(when)s: another measure takes its place, with a statement of its own.")
    if action.state == ActionState.EXPIRED:
        return _("“%(label)s” ended on %(when)s: its time is over.")
    if because == "cured":
        return _("“%(label)s” ended on %(when)s: what it was about is mended.")
    return _("“%(label)s” was lifted on %(when)s.")


def _scope(action: Action) -> str:
    if action.kind == "store":
        return _("The store “%(name)s” (%(id)s), everywhere on this platform.") % {
            "name": action.name, "id": action.subject_id}  # fmt: skip
    return _("The anchor “%(name)s” (%(id)s), everywhere on this platform.") % {
        "name": action.name, "id": action.subject_id}  # fmt: skip


def _duration(action: Action) -> str:
    start = _moment(action.starts_at)
    if action.ended_at is not None:
        return _("From %(start)s to %(end)s.") % {"start": start, "end": _moment(action.ended_at)}
    if action.ends_at is None:
        return _("From %(start)s on, until it is lifted.") % {"start": start}
    if action.state == ActionState.STAYED:
        return _("It began on %(start)s. While it is put off, its time stands still.") % {"start": start}
    return _("From %(start)s to %(end)s.") % {"start": start, "end": _moment(action.ends_at)}


def _facts(action: Action) -> str:
    facts: dict[str, Any] = action.facts
    lines = [reading_sentence(reading) for reading in facts.get("readings", ())]
    if text := str(facts.get("text", "")).strip():
        lines.append(text)
    return "\n".join(lines) or _("The facts are those of the explanation below.")


def _found(action: Action) -> str:
    if action.found_by == Action.Found.NOTICE:
        return _("Somebody reported it to the platform.")
    if action.found_by == Action.Found.AUTOMATED:
        return _("The platform found it itself, in the nightly check of orders and what followed from them.")
    return _("The platform found it itself.")


def _detected(action: Action) -> str:
    if action.found_by == Action.Found.AUTOMATED:
        return _("Yes: a published rule was applied to the figures of the night.")
    return _("No: a person found it.")


def _decided(action: Action) -> str:
    if action.automatic:
        return _("Yes: the rule imposed it without a person. Appeal, and a person decides anew.")
    if action.second_by:
        return _("No: two people decided it.")
    return _("No: a person decided it.")


def _ground(action: Action) -> str:
    law = _("The law: %(law)s") % {"law": action.legal_basis} if action.legal_basis else ""
    if not action.rule:
        return law or _("The platform's rules for stores and anchors.")
    rule = _("Rule %(rule)s of the platform's policy, version %(version)s.") % {
        "rule": action.rule, "version": action.policy_id}  # fmt: skip
    return f"{rule} {law}".strip()


def _redress(action: Action, change: ActionChange) -> str:
    if action.state == ActionState.OVERTURNED:
        return _("Nothing is left for you to do. Ratings that counted what was set aside are corrected.")
    if action.state == ActionState.REPLACED:
        return _("Appeal against the measure that takes its place: its own statement says how and until when.")
    return f"{_appeal(action, change)} {_outside()}"


def _appeal(action: Action, change: ActionChange) -> str:
    if action.state == ActionState.STAYED:
        return _("Your appeal is open: somebody who had no part in this decides it within 5 working days.")
    last = appeal_window_ends(action)
    if last < market_day(change.at):
        return _("The time for an appeal ended with %(day)s.") % {"day": last.isoformat()}
    return _(
        "You can appeal free of charge until the end of %(day)s, at %(address)s. Somebody who had no part in this "
        "decides within 5 working days."
    ) % {"day": last.isoformat(), "address": _address()}


def _outside() -> str:
    if settings.JURISDICTION == "EU":
        return _("You can also turn to a certified out-of-court dispute settlement body (Digital Services Act, art. 21), "
                 "or to a court.")  # fmt: skip
    return _("You can also turn to the market regulator (12315), to mediation, or to a court.")


def _contact() -> str:
    return str(settings.CONTACT) or _("Through your pages: %(address)s") % {"address": _address()}


def _address() -> str:
    return f"{settings.PUBLIC_URL}/portal/notices"


def _moment(instant: datetime | None) -> str:
    """As a clock on the market's wall shows it, the same in every language."""
    return instant.astimezone(market_zone()).strftime("%Y-%m-%d %H:%M") if instant else "?"
