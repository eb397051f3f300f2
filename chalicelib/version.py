"""The software's version, as CHANGELOG.md tells it."""

VERSION = "0.1.0"
