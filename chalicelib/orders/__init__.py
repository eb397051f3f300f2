"""Orders: their records, their states, and who may see them."""
