"""Admins: who administers, and in which role."""
