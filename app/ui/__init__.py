"""The web page: ask, documents, status. It speaks to `app.application.Application` only."""
