"""Streaming responses from Python on AWS Lambda, which its own runtime for Python can't.

A runtime of our own in the place of AWS's: the executable `stream` starts it. It knows nothing of what it
serves, so that it can be deleted on the day AWS ships this.
"""
