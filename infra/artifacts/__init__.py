"""What `sam build` leaves, made ready for Lambda: without what no function reads, and compiled.

A function can't write to its folder, so what isn't compiled here is compiled again by each cold start.
"""
