"""The ladder: what each sanction is, and that policies and laws mean the same ones."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from reputation.governance.models import Action, Tier
from reputation.governance.sanctions import BULK_ALONE, SANCTIONS, needs_second, sanction
from scoring.policy.vocabulary import ACTIONS, LONGEST_EXPIRY

# As the Transparency Database's own StatementStoreRequest lists them (restrictions that we impose).
DSA = {
    "decision_visibility": {"DECISION_VISIBILITY_CONTENT_REMOVED", "DECISION_VISIBILITY_CONTENT_DEMOTED"},
    "decision_provision": {"DECISION_PROVISION_PARTIAL_SUSPENSION", "DECISION_PROVISION_TOTAL_SUSPENSION"},
    "decision_account": {"DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"},
}


def test_policies_can_propose_exactly_these_and_mean_the_same() -> None:
    assert set(SANCTIONS) == set(ACTIONS)
    for key, proposed in ACTIONS.items():
        step = sanction(key)
        assert step.key == key
        assert set(step.scopes) == set(proposed.scopes), key
        assert step.automatic_allowed == proposed.automatic_allowed, key
        assert step.may_be_endless == proposed.may_be_endless, key
        assert step.needs_second == proposed.major, key


def test_a_key_that_is_none_is_said_so() -> None:
    with pytest.raises(KeyError):
        sanction("fine")


def test_the_ladder_goes_upwards_and_fits_its_column() -> None:
    gravities = [step.gravity for step in SANCTIONS.values()]
    assert gravities == sorted(gravities)
    assert gravities[0] == 1
    assert gravities[-1] == 9
    longest = Action._meta.get_field("sanction").max_length
    assert all(len(key) <= (longest or 0) for key in SANCTIONS)


def test_only_low_and_reversible_steps_may_be_automatic() -> None:
    for step in SANCTIONS.values():
        if step.automatic_allowed:
            assert step.reversible
            assert not step.needs_second
            assert step.gravity <= 3


def test_an_appeal_puts_off_what_restricts_and_can_be_given_back_but_no_closed_account() -> None:
    assert {key for key, step in SANCTIONS.items() if step.stayable} == {
        "throttle", "delist", "cart_ban", "listing_ban", "live_ban"}  # fmt: skip
    assert all(step.reversible for step in SANCTIONS.values() if step.stayable)


def test_what_a_form_proposes_is_allowed() -> None:
    for step in SANCTIONS.values():
        if step.default_days is None:
            assert step.may_be_endless
        else:
            assert 1 <= step.default_days <= LONGEST_EXPIRY


def test_what_restricts_is_said_in_the_words_of_the_transparency_database() -> None:
    for key, step in SANCTIONS.items():
        assert bool(step.dsa) == (key not in ("notice", "warning"))
        for field, told in step.dsa.items():
            assert set([told] if isinstance(told, str) else told) <= DSA[field]
    assert sanction("throttle").dsa == {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DEMOTED"]}


@pytest.mark.parametrize("tier", Tier.values)
@pytest.mark.parametrize("size", [0, 1, BULK_ALONE, BULK_ALONE + 1])
def test_a_second_person_for_the_head_for_many_at_once_and_for_what_closes_accounts(tier: str, size: int) -> None:
    for key in SANCTIONS:
        wanted = key in ("suspend", "ban") or tier == "head" or size > 20
        assert needs_second(key, tier, size) == wanted, key


def test_each_has_a_name_and_a_sentence_of_its_own_in_both_languages() -> None:
    told = {}
    for language in ("en", "zh-hans"):
        with override(language):
            told[language] = {str(step.label) + step.measure(share="10%", item="sku-7") for step in SANCTIONS.values()}
    assert len(told["en"] | told["zh-hans"]) == 2 * len(SANCTIONS)
    for texts in told.values():
        assert sum("10%" in text for text in texts) == 1
        assert sum("sku-7" in text for text in texts) == 1
