"""Who may call the mock provider, where a test says that it is to know: checked as clouds check it."""
