"""The console's pages on this machine: their packages from npm, built, checked, and shown in a browser."""
