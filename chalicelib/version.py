"""The software's version; CHANGELOG.md tells what is in it."""

VERSION = "0.1.0"
