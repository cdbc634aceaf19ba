"""A walk over the pages of a folder's files, that reports what looks wrong on them: `make look ARGS=FOLDER`."""
