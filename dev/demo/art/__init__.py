"""Draws the product pictures of the demo shop as small SVG files, without any dependency."""
