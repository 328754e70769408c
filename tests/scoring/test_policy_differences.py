"""What one policy says otherwise than another."""

from pathlib import Path

from scoring.policy import Policy, policy_read
from scoring.policy.differences import Differences, differences

TEXT = (Path(__file__).resolve().parents[2] / "policies" / "default.yaml").read_text()
FIRST = "late_dispatch_severe"


def read(text: str) -> Policy:
    policy = policy_read(text).policy
    assert policy is not None
    return policy


def ids(found: Differences) -> tuple[list[str], list[str], list[str]]:
    return tuple([rule.id for rule in rules] for rules in (found.added, found.changed, found.gone))  # type: ignore[return-value]


def without(text: str, rule: str) -> str:
    """The policy without this rule."""
    start = text.index(f"  - id: {rule}\n")
    end = text.index("  - id: ", start + 1)
    return text[:start] + text[end:]


def test_a_policy_differs_in_nothing_from_itself_wherever_its_rules_stand() -> None:
    moved = TEXT.replace("rules:\n", "rules:\n\n\n  # further down now\n", 1)
    assert ids(differences(read(TEXT), read(moved))) == ([], [], [])


def test_the_first_policy_is_all_new() -> None:
    policy = read(TEXT)
    assert ids(differences(None, policy)) == ([rule.id for rule in policy.rules], [], [])


def test_a_rule_that_says_something_else_is_changed_and_told_as_it_is_now() -> None:
    found = differences(read(TEXT), read(TEXT.replace("expires: 7 ", "expires: 9 ", 1)))
    assert ids(found) == ([], [FIRST], [])
    assert found.changed[0].expires == 9


def test_a_rule_that_is_left_out_is_gone_one_way_and_new_the_other() -> None:
    shorter = read(without(TEXT, FIRST))
    assert ids(differences(read(TEXT), shorter)) == ([], [], [FIRST])
    assert ids(differences(shorter, read(TEXT))) == ([FIRST], [], [])
