"""The ledger's housekeeping by hand."""
