"""What all routes share: who asks, headers, sessions, errors."""
