"""What a person may ask of us: everything we hold of them, and to be forgotten."""
