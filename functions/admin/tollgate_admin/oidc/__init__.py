"""Admins who sign in at an OpenID Connect issuer: their ID tokens, and the roles that these give."""
