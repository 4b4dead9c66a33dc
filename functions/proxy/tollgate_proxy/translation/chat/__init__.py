"""OpenAI's chat completions: its requests, answers, streams and errors, read and written."""
