"""A development-only HTTP server shaped like OpenAI's and Anthropic's APIs.

Answers are a function of the request. A top-level `mock` object in a request's body steers the answer (see
`control.Control`); it is a field the real providers do not have, so it never reaches them from real traffic.
"""
