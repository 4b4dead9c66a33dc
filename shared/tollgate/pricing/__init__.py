"""Pricing: token classes, providers' usage reports, price versions, and what a request costs."""
