"""A company to look at: keys, two months of requests and what was decided meanwhile, on a running stack.

`company.seed` has it live through its past: the admin API is called in this process by a clock that is moved,
records are priced and summed by the code that does so in the functions, and the last calls are real ones.
"""
