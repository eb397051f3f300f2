"""Benchmarks and measurements; none of them is a test."""
