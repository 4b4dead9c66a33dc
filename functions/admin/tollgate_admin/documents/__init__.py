"""OpenAPI documents of the two APIs, and the page that shows one."""
