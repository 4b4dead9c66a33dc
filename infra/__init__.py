"""What runs Tollgate without AWS, and what operators run beside it."""
