"""The link to the centre that all checkouts of a server share."""
