"""Programs that make calls through the gateway: the variables they read, and a key for a run of one."""
