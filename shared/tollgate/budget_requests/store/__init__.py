"""Budget requests in the alerts table, and how an approval gets into a key."""
