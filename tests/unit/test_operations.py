"""docs/operations.md says of every alarm what to do, and of every metric what it counts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from chalicelib.metrics import NAMESPACE, Name
from infra import alarms

DOCUMENT = Path("docs/operations.md").read_text()
METRICS = set(get_args(Name))
RESOURCES = alarms.resources("test")
ALARM_TYPES = {"AWS::CloudWatch::Alarm", "AWS::Budgets::Budget"}
# Where each stream has an alarm of its own, they share a section, with whose name theirs begin.
ALARM_NAMES = [name for name, one in RESOURCES.items() if one["Type"] in ALARM_TYPES]


def test_every_alarm_has_a_section_that_says_where_to_look_and_what_to_do() -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.+?)(?=^#)", DOCUMENT, re.MULTILINE | re.DOTALL))
    named = {name: [section for section in sections if name.startswith(section)] for name in ALARM_NAMES}
    assert [name for name, found in named.items() if not found] == []
    assert {section for found in named.values() for section in found} == sections.keys()
    assert all("**Look**" in section and "**Do**" in section for section in sections.values())


def test_every_metric_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT.partition("\n## Metrics")[2], re.MULTILINE))
    assert explained == METRICS


def test_alarms_and_dashboard_watch_metrics_that_there_are() -> None:
    text = str(RESOURCES)
    watched = set(re.findall(rf"""["']{NAMESPACE}["'], (?:'MetricName': )?["'](\w+)["']""", text))
    assert "Orders" in watched
    assert watched - METRICS == set()
