"""The cart that follows an account from one device to the next."""
