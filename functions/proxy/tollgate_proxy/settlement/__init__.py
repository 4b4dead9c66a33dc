"""What a call's record says, and what its client is told of the budget."""
