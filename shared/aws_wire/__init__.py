"""DynamoDB and SSM over their wire protocol, for where boto3 takes too long to start and to call.

It knows nothing of what it serves, and imports neither boto3 nor an HTTP library. Requests and answers have
the shapes of boto3's low-level clients.
"""
