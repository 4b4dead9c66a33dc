"""In which form a stack's data are stored: by which code, and which code can read them."""
