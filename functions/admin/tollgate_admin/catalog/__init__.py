"""Routes of providers, models and prices."""
