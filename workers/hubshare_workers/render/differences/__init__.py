"""What differs between two versions of a file. What is not shown is said, and nothing is called equal whose bytes are not."""
