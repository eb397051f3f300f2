"""What docs/storefront.md points at is there."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path("docs/storefront.md").read_text()
BROWSER_TESTS = Path("tests/browser")
RULES = 30


def test_every_test_that_the_rules_name_exists() -> None:
    named = re.findall(r"`(test_\w+\.py)::(\w+)`", DOCUMENT)
    assert named
    missing = [(file, test) for file, test in named if f"def {test}(" not in (BROWSER_TESTS / file).read_text()]
    assert missing == []


def test_every_picture_that_the_rules_name_is_taken() -> None:
    taken = re.findall(r'yield "([\w-]+)"', Path("dev/screenshots.py").read_text())
    lists = re.findall(r"pictures? ((?:`[\w-]+`(?:, )?)+)", DOCUMENT)
    named = {name for names in lists for name in re.findall(r"`([\w-]+)`", names)}
    assert named
    assert named <= set(taken)


def test_every_rule_is_shown_by_something() -> None:
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", DOCUMENT, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, RULES + 1))
    assert all("`" in shown for _, shown in rows)
