"""Mails: written down with the change that causes them, rendered and sent afterwards."""
