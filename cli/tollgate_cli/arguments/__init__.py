"""What stands on a command line: global options, fields of bodies, spans of time, references to keys."""
