"""Where pages find style sheets and modules: as written, or as a build has named them."""

from __future__ import annotations

import json
from pathlib import Path

from chalicelib.storefront.pages import Assets


def test_without_a_build_files_go_by_their_own_names() -> None:
    assets = Assets(None)
    assert assets.address("css/site.css") == "/assets/css/site.css"
    assert assets.preloads("pages/cart", ["api", "vendor/lit-html"]) == ["js/api.js", "vendor/lit-html.js"]


def test_with_a_build_pages_name_what_was_built_and_preload_what_it_imports(tmp_path: Path) -> None:
    built = tmp_path / "assets.json"
    names = {"css/site.css": "css/site-ABCDEFGH.css"}
    built.write_text(json.dumps({"names": names, "preloads": {"pages/cart": ["js/shared/shop-12345678.js"]}}))
    assets = Assets(built)
    assert assets.address("css/site.css") == "/assets/css/site-ABCDEFGH.css"
    assert assets.address("images/hook.svg") == "/assets/images/hook.svg"
    assert assets.preloads("pages/cart", ["api"]) == ["js/shared/shop-12345678.js"]
