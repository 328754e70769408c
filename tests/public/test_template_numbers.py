"""Numbers that programs read stand in pages as they are: 1234 is written 1,234 for people alone."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "templates"
ATTRIBUTE = re.compile(
    r'(?:value|name|id|for|href|maxlength|min|max|data-[\w-]+)="[^"]*\{\{ *([\w.]*\b(?:pk|longest|most)\b[^}]*)\}\}'
)


def test_no_attribute_holds_a_number_with_separators() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {value.strip()}"
        for path in sorted(ROOT.rglob("*.html"))
        for value in ATTRIBUTE.findall(path.read_text())
        if "unlocalize" not in value
    ]
    assert found == []
