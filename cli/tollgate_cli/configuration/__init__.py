"""Configuration as code: the file, its plan, and how it is applied and exported."""
