"""Who someone is: accounts, sessions and the tokens that stand for them."""
