"""`tollgate my`: what a key's holder does without an administrator."""
