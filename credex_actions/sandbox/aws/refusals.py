"""How the stand-in says no: an AWS error with its code, its message and its HTTP status."""


class Refusal(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def client_error(message: str) -> Refusal:
    return Refusal("ClientException", message)


def invalid(message: str) -> Refusal:
    return Refusal("InvalidParameterException", message)
