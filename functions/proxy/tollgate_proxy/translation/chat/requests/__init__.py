"""What a chat's request consists of: messages, their contents, and tools."""
