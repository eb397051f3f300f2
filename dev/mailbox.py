"""The page that shows the mails which the local SES has taken."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime
from typing import Any

from jinja2 import Environment

from dev.ports import port

TIMEOUT_SECONDS = 5

TEMPLATE = Environment(autoescape=True, trim_blocks=True).from_string("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>Mailbox</title>
<link rel="stylesheet" href="/assets/css/site.css">
</head>
<body>
<main class="wrap" id="main">
<header class="opening"><h1>Mailbox</h1>
<p class="lead">What the shop has sent. On this machine nothing leaves it.</p></header>
{% for mail in mails %}
<article>
<h2>{{ mail.subject }}</h2>
<p class="hint">To {{ mail.to }}, {{ mail.at }}</p>
{% for paragraph in mail.paragraphs %}
{% if paragraph.startswith("http") %}
<p><a href="{{ paragraph }}">{{ paragraph }}</a></p>
{% else %}
<p>{{ paragraph }}</p>
{% endif %}
{% endfor %}
<hr>
</article>
{% else %}
<p>No mail yet. Sign up, or ask for a new password.</p>
{% endfor %}
</main>
</body>
</html>
""")


def render_mailbox() -> str:
    """Return the page, the latest mail first."""
    mails = sorted(messages(), key=lambda mail: float(mail["Timestamp"]), reverse=True)
    return TEMPLATE.render(mails=[shown(mail) for mail in mails])


def messages() -> list[dict[str, Any]]:
    """Return what the local SES has taken, in its own shape."""
    url = f"http://127.0.0.1:{port('AWS_PORT')}/_ministack/ses/messages"
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
        by_account: dict[str, list[dict[str, Any]]] = json.load(answer)["messages"]
    return [mail for mails in by_account.values() for mail in mails]


def shown(mail: dict[str, Any]) -> dict[str, Any]:
    """Return a mail as the page shows it."""
    sent = datetime.fromtimestamp(float(mail["Timestamp"])).astimezone()
    return {
        "subject": mail["Subject"],
        "to": ", ".join(mail["To"]),
        "at": f"{sent:%d %B %Y, %H:%M:%S}",
        "paragraphs": mail["BodyText"].strip().split("\n\n"),
    }
