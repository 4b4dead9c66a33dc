"""Budget requests, admins and settings, by administrators."""
