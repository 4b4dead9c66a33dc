"""Models, their prices, providers and the shipped catalog."""
