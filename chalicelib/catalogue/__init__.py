"""What the shop sells: products, their skus and their stock."""
