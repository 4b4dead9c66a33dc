"""HTTP for all routes: access, validation, errors, revisions, pages, CSV and the OpenAPI document."""
