"""A receiver of OTLP that takes everything, and says what it took."""
