"""What a request for a message is made of, by the rules that Anthropic's API has for it."""
