"""Promo codes: what each takes off an order, when it may be used, and how often it was."""
