"""Projects from the internet: links that people have, what is fetched for them, and how it stays up to date."""
