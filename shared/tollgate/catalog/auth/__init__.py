"""Ways to prove to a provider whose a request is. Unlike rules, they may import what signs requests."""
