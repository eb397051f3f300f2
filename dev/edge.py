"""Stands in for CloudFront in the rehearsal: the deployed bucket's pages and the deployed API on one origin."""

from __future__ import annotations

import os

from dev.ports import HOST, port
from dev.waiting import until
from infra.cloud import Cloud
from infra.stacks import Stack


def main() -> None:
    """Wait for the stage to stand, then serve it in this process's place."""
    stack = Stack(Cloud(os.environ["STAGE"]))
    until(lambda: "SiteBucket" in stack.outputs() and stack.status().endswith("COMPLETE"), "The stack", seconds=300)
    outputs = stack.outputs()
    os.environ |= {
        "ASSETS": "published",
        "SITE_BUCKET": outputs["SiteBucket"],
        "API_ORIGIN": f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{outputs['RestAPIId']}/api",
    }
    bind = f"{HOST}:{port('SITE_PORT')}"
    os.execvp("hypercorn", ["hypercorn", "--workers", "0", "--bind", bind, "dev.site:app"])  # noqa: S606


if __name__ == "__main__":
    main()
