"""`make backup`, `make restore` and `make migrate` as their user types them, beside a running shop."""

from __future__ import annotations

import json
from pathlib import Path

import requests

from dev.waiting import until
from tests import factories
from tests.run.test_make_run import make
from tests.stack import running


def test_a_shop_is_backed_up_and_comes_back_after_everything_was_changed(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    with running(tmp_path) as shop:
        account = {"email": factories.email(), "password": factories.PASSWORD, "name": "Ada"}
        requests.post(f"{shop.api}/accounts", json=account, timeout=10)
        until(lambda: account["email"] in requests.get(f"{shop.site}/mailbox", timeout=10).text, "the mail")
        mails = requests.get(f"{shop.site}/mailbox", timeout=10).text.count("<article>")
        backup = make(shop, "backup", f"FOLDER={folder}", "SECRETS=1")
        assert backup.returncode == 0, backup.stderr
        assert "items of the stage local" in backup.stdout
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["tables"]["products"]["items"] == 42

        assert make(shop, "price", "SKU=TEAPOT-SAGE", "PRICE=1137").returncode == 0
        refused = make(shop, "restore", f"FOLDER={folder}")
        assert refused.returncode != 0
        assert "The stage local is not empty" in refused.stderr
        restored = make(shop, "restore", f"FOLDER={folder}", "SECRETS=1", "FORCE=1")
        assert restored.returncode == 0, restored.stderr
        assert "The books balance." in restored.stdout
        page = f"{shop.site}/products/stoneware-teapot"
        until(lambda: "£11.37" not in requests.get(page, timeout=10).text, "the page")
        credentials = {"email": account["email"], "password": factories.PASSWORD}
        assert requests.post(f"{shop.api}/sessions", json=credentials, timeout=10).status_code == 201
        assert requests.get(f"{shop.site}/mailbox", timeout=10).text.count("<article>") == mails

        migrated = make(shop, "migrate")
        assert "0 records to migrate in the stage local" in migrated.stdout


def test_without_a_shop_or_a_folder_one_line_says_what_to_do(tmp_path: Path) -> None:
    with running(tmp_path) as shop:
        assert make(shop, "backup").stderr.splitlines()[0] == "Say which folder: FOLDER=…"
    assert "The shop does not run here" in make(shop, "restore", f"FOLDER={tmp_path}").stdout
