"""Providers: each knows one kind of source, and says what is fetched from where; none of them touches the network itself."""
