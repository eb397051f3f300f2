"""The palette: every colour in the pictures comes from one of these materials."""

from typing import NamedTuple


class Material(NamedTuple):
    """A surface in three tones: where the light falls, where it grazes, and in the shade."""

    light: str
    mid: str
    dark: str


# Metals
STEEL = Material("#f4f5f4", "#b9bfc1", "#747c80")
PEWTER = Material("#b3b2ad", "#7f7e7a", "#4b4a47")
IRON = Material("#6a6762", "#3d3a36", "#1f1d1b")
COPPER = Material("#f4bd98", "#c9784c", "#8b4727")
BRASS = Material("#f3dfab", "#cfa95a", "#8f6d2c")

# Woods
CHERRY = Material("#c98a5b", "#a3623a", "#6f3d20")
OAK = Material("#e6c59a", "#c99f6c", "#94703f")

# Glazes, enamels and cloth
CLAY = Material("#d9836a", "#b85c43", "#83392a")
SAGE = Material("#b9c6ae", "#8fa184", "#62745a")
CREAM = Material("#fffaf0", "#e8dbc3", "#b9a886")
INK = Material("#5b6b80", "#34435a", "#1c2736")
MUSTARD = Material("#f0cd77", "#d9a63a", "#a2761b")
CANE = Material("#e3bd86", "#c4935a", "#8d6233")
BISQUE = Material("#d9bfa0", "#bd9c78", "#8f7152")
RUBBER = Material("#e58a5c", "#c9623a", "#934222")

# Glass and what is in it
GLASS = Material("#ffffff", "#d5dfdc", "#93a5a2")
TEA = Material("#dd9444", "#b8651f", "#7e3d10")
COFFEE = Material("#6b4430", "#442817", "#28160c")
WATER = Material("#d8e9ec", "#b4d0d6", "#86acb5")
CRUST = Material("#f3cf8a", "#d99f4e", "#a86b25")

SHADOW = "#3b2f22"
WHITE = "#fff"
