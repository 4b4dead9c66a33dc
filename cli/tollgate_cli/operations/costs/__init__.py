"""The cost aggregates' housekeeping by hand."""
