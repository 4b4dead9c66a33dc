"""API Gateway and Lambda as the local stack plays them."""
