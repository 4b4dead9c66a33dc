"""OpenAI's responses: what its clients send and get, and what its providers do.

Facts are from its API reference (https://platform.openai.com/docs/api-reference/responses).
"""
