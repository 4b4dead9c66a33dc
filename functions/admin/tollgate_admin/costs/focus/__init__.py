"""The export of charges in the columns of FOCUS."""
