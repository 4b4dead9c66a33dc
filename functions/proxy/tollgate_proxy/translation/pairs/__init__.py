"""What one API has and another can't carry, a table for each pair by the client's API and the provider's."""
