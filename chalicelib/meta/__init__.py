"""The API about itself: whether it is well, and its contract."""
