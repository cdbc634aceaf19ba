"""The Hub service: login by Hub token, the API, packs and uploads."""
