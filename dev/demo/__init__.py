"""The demo shop, Hearth & Ladle: its catalogue and its pictures."""
