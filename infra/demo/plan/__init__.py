"""What the demo company is: its keys, and its models."""
