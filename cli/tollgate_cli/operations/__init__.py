"""What looks after a deployment by asking AWS itself: the ledger's and the costs' checks, and doctor."""
