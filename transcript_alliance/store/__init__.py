"""What is kept of coded sessions, and how it leaves for other programs."""
