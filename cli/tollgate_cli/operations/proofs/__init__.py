"""What a stack's seals prove of its usage records and audit entries."""
