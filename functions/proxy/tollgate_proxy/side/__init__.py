"""Routes and duties beside a metered call: replays, stored responses, kept bodies, estimates."""
