"""What a usage record is as OpenTelemetry's spans and metrics."""
