"""What keeps a session's words with the people they belong to."""
