"""The pages of one project: what it holds, its history, its releases, its ignore rules."""
