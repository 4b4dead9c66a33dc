"""Usage records and charges of days that are over, as files in S3."""
