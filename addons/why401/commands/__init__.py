"""What each subcommand does, free of its options; `cli` declares those."""
