"""Tools for developing and demonstrating the shop; none of this is deployed."""
