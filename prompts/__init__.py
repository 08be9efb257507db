"""What models are told: prose with `$name` placeholders, one file a prompt."""
