"""Taking money, through whichever gateway the shop uses."""
