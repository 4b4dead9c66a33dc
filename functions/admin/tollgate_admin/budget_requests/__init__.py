"""Budget requests: what holders ask for, and what operators and holders of keys above decide."""
