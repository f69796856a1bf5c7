"""What the findings come to: weighed against the server's words, ranked, their evidence masked, and
seen again in the light of what comes later."""
