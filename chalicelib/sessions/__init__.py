"""Signed-in devices: sessions, their refresh tokens and access tokens."""
