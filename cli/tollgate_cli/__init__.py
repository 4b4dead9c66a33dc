"""The command line `tollgate`: what administrators, operators and keys' holders do with a gateway."""
