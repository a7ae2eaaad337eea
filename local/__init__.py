"""Azure for a laptop without an account: nothing of the product imports it, and it imports nothing of the product."""
