"""The web edge: parsing, problem documents, cookies, CORS and Server-Timing, once for every route."""
