"""The storefront's benchmark: what is read out of Lighthouse's report, and what is told of others."""

from __future__ import annotations

import json

from bench.lines.storefront import Load, compared, figures, load, paths, published
from bench.peers import client_rendered


def report(lcp: float) -> dict[str, object]:
    """A report of Lighthouse's, as far as it is read."""
    items = [
        {"url": "https://shop/", "resourceType": "Document", "transferSize": 4_000},
        {"url": "https://shop/shop.js", "resourceType": "Script", "transferSize": 9_500},
        {"url": "https://shop/hero.svg", "resourceType": "Image", "transferSize": 3_000},
        {"url": "https://shop/rules", "transferSize": 500},
    ]
    audits = {"largest-contentful-paint": {"numericValue": lcp}, "network-requests": {"details": {"items": items}}}
    return {"audits": audits}


def test_a_load_is_its_largest_paint_and_all_that_crossed_the_wire() -> None:
    assert load(report(1_050)) == Load(lcp_ms=1_050, kilobytes=17, scripts=9.5, requests=4)


def test_every_page_is_measured_and_two_of_them_against_each_library() -> None:
    assert len(paths()) == 3 + 2 * 2
    assert paths()["home, rendered in the browser by React"] == "/react"
    assert paths()["product, rendered in the browser by Preact"] == "/preact/products/stoneware-teapot"


def test_ratios_are_ours_over_the_peers_round_by_round() -> None:
    loads = {name: [Load(2_000, 40, 20, 12), Load(2_200, 40, 20, 12)] for name in paths()}
    loads["home, ours"] = [Load(1_000, 20, 10, 15), Load(1_100, 20, 10, 15)]
    found = {ratio.what: ratio for ratio in compared(loads)}
    assert found["home, largest paint: ours / rendered in the browser by React"].rounds == [0.5, 0.5]
    assert found["home, requests: ours / rendered in the browser by React"].median == 1.25
    assert all(len(figure.samples) == 2 for figure in figures(loads))


def test_what_others_publish_names_its_source_and_its_date() -> None:
    assert {one.project for one in published()} >= {"Saleor", "Medusa", "Vendure", "EverShop"}
    assert all(one.source.startswith("https://") and one.date for one in published())


def test_the_bundle_holds_what_the_pages_show_of_the_shop_and_no_more() -> None:
    shown = client_rendered.shown()
    assert {"name", "categories", "delivery_methods", "countries"} <= shown.keys()
    assert "choosing" not in json.dumps(shown)
