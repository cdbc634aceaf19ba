"""What single-user servers use, and whether they are at work: told by themselves, shown to their users and to admins."""
