"""The generator of the Python client: types and methods out of both OpenAPI documents."""
