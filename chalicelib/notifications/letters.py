"""Letters from templates: a text of paragraphs, its first line the subject; the HTML is made of the same paragraphs."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chalicelib.notifications.domain import Letter

TEMPLATES = Path(__file__).with_name("templates")


class Letters:
    """Renders letters of one shop."""

    def __init__(self, shop_name: str, site_url: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        self._environment.globals.update(shop_name=shop_name, site_url=site_url)

    def write(self, template: str, to: str, values: dict[str, str]) -> Letter:
        """Return the letter that a template and its values make."""
        rendered = self._environment.get_template(f"{template}.txt").render(values)
        subject, _, text = rendered.partition("\n")
        paragraphs = [paragraph.strip() for paragraph in text.strip().split("\n\n")]
        html = self._environment.get_template("letter.html").render(subject=subject, paragraphs=paragraphs)
        return Letter(to=to, subject=subject, text=text.strip() + "\n", html=html)
