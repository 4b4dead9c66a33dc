"""What is told of a key besides what it uses of a budget: once each, by what has been told before."""
