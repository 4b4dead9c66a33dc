"""Parts of a conversation, as what responses and requests for them consist of."""
