"""What is said of what happens to a key besides what it uses of a budget: a module for each kind of news."""
