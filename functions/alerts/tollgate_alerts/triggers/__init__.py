"""Which changes of the keys table give reason to act."""
