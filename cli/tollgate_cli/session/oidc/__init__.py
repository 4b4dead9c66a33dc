"""Signing in at an OpenID Connect issuer: the browser, the code that comes back, and the tokens for it.

Authorization code with PKCE for a public client, returned to this machine's loopback address:
https://openid.net/specs/openid-connect-core-1_0.html, https://www.rfc-editor.org/rfc/rfc7636 and
https://www.rfc-editor.org/rfc/rfc8252.
"""
