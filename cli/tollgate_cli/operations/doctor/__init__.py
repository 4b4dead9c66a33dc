"""`tollgate doctor`: what is wrong with a gateway, what that means, and what mends it."""
