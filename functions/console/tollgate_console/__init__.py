"""The function that serves the console: the pages' files, and what the deployment tells them."""
