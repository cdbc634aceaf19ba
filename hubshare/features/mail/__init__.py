"""Mail: what people find in their inbox, sent to an address that they have given and confirmed."""
