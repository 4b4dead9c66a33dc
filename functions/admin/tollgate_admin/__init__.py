"""The function of the admin API, and of what keys' holders may do themselves."""
