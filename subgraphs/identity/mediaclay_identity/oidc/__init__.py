"""The protocol: OAuth 2.1 and OpenID Connect over the operations of identity. Nothing here knows a web framework."""
