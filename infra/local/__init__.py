"""The whole system on one machine: the real template on an AWS emulator, with a mock provider."""
