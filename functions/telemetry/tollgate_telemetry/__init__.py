"""The function that tells others of calls: usage records as OpenTelemetry's spans and metrics, by OTLP."""
