"""The root of every expected failure."""


class CatyError(Exception):
    """An expected failure, told to the caller as a sentence with a stable code and an HTTP status.

    `details` is a list of {"field": "page.url", "error": "…"}; `retry_after` is in seconds.
    """

    status = 400
    code = "VALIDATION_ERROR"
    message = "Something in the request is not right."

    def __init__(self, message: str = "", *, details: list[dict] | None = None, retry_after: int | None = None):
        super().__init__(message or self.message)
        self.message = message or self.message
        self.details = details
        self.retry_after = retry_after


class NotFound(CatyError):
    status = 404
    code = "NOT_FOUND"
    message = "Not found."


class Unavailable(CatyError):
    status = 503
    code = "UNAVAILABLE"
    message = "The service is not available for the moment. Try again shortly."
