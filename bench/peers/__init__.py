"""What one would pick instead of the shop, built to be compared with it."""
