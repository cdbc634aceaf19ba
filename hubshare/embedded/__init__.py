"""What admins run on one machine: an embedded Redis, a supervisor, and the secrets and ports of the installation."""
